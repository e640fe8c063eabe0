import { decode } from 'cbor2'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { typeTable } from './message-types.ts'
import { populate } from './populate.ts'
import { cborValue, encodeCbor, jsonValue } from './wire-form.ts'

const types = typeTable(1)
const inCbor = (type: string, message: object) =>
  decode(encodeCbor(cborValue(types, type, populate(type, message, { types, now: 0 }))))

describe('CBOR', () => {
  it('tags arrays of numbers as little-endian typed arrays', () => {
    const bytes = encodeCbor(cborValue(types, 'sensor_msgs/Joy', { header: {}, axes: [0.5], buttons: [1, 2] }))
    // Tag 85 (d8 55), 4 bytes: 0.5 as float32 is 0000003f; tag 78 (d8 4e), 8 bytes.
    expect(Buffer.from(bytes).toString('hex')).toContain('d855440000003f')
    expect(Buffer.from(bytes).toString('hex')).toContain('d84e480100000002000000')
    expect(inCbor('sensor_msgs/Joy', { axes: [0.5], buttons: [-1] })).toMatchObject({
      axes: Float32Array.of(0.5),
      buttons: Int32Array.of(-1),
    })
  })

  it('leaves bytes of any length where they are: what is read is what was written', () => {
    const tree = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        fc.string(),
        fc.double({ noNaN: true }),
        fc.boolean(),
        fc.constantFrom(0, 10, 4095, 4096, 70_000).map((n) => new Uint8Array(n).fill(n)),
        fc.array(tie('tree'), { maxLength: 30 }),
        fc.dictionary(fc.string({ minLength: 1 }), tie('tree'), { noNullPrototype: true, maxKeys: 30 }),
      ),
    })).tree
    fc.assert(
      fc.property(tree, (value) => {
        const read = decode(encodeCbor(value))
        // Views of larger buffers compare as bytes.
        expect(JSON.stringify(jsonValue(read))).toBe(JSON.stringify(jsonValue(value)))
      }),
      { numRuns: 50 },
    )
  })

  it('is not to be had for arrays of strings and of fixed length on ROS 1, as rosbridge has it', () => {
    expect(() => inCbor('sensor_msgs/CameraInfo', {})).toThrow('sensor_msgs/CameraInfo K: rosbridge does not write')
    expect(() => inCbor('sensor_msgs/JointState', { name: ['a'] })).toThrow('JointState name')
    expect(inCbor('sensor_msgs/JointState', {})).toMatchObject({ name: [] })
    const ros2 = typeTable(2)
    const info = populate('sensor_msgs/CameraInfo', {}, { types: ros2, now: 0 })
    expect(cborValue(ros2, 'sensor_msgs/CameraInfo', info)).toHaveProperty('k')
  })
})

describe('JSON', () => {
  it('has base64 for bytes, and null for numbers it does not know', () => {
    const value = { data: Uint8Array.of(1, 2, 3), list: Float64Array.of(1, Number.NaN), x: Number.POSITIVE_INFINITY }
    expect(jsonValue(value)).toEqual({ data: 'AQID', list: [1, null], x: null })
  })
})
