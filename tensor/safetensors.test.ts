import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts'

/** A file by the published format: 8 bytes of header length, little-endian, the header, the data. */
function fileOf(header: unknown, data: readonly number[]): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  return Uint8Array.of(json.length % 256, Math.floor(json.length / 256), 0, 0, 0, 0, 0, 0, ...json, ...data)
}

// IEEE 754 single precision, little-endian: 1 is 0x3f800000, −2 is 0xc0000000, 0.5 is 0x3f000000.
const ONE = [0, 0, 0x80, 0x3f]
const MINUS_TWO = [0, 0, 0, 0xc0]
const HALF = [0, 0, 0, 0x3f]

const HEADER = '{"__metadata__":{"kind":"ema"},"b":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}'

describe('encodeSafetensors', () => {
  it('writes the bytes of the published format, the header filled up with spaces to a multiple of 8', () => {
    const bytes = encodeSafetensors({
      tensors: { b: { shape: [1, 2], data: Float32Array.of(1, -2) } },
      metadata: { kind: 'ema' },
    })
    // The header has 86 characters: two spaces make 88.
    expect(HEADER).toHaveLength(86)
    expect([...bytes]).toEqual([...fileOf(`${HEADER}  `, [...ONE, ...MINUS_TWO])])
  })

  it('aligns the numbers whatever letters the names hold', () => {
    for (const name of ['a', 'é', 'Ω²', '重み']) {
      const bytes = encodeSafetensors({ tensors: { [name]: { shape: [], data: Float32Array.of(1) } }, metadata: {} })
      expect((bytes.length - 4) % 8).toBe(0)
      expect(decodeSafetensors(bytes).tensors[name]?.data[0]).toBe(1)
    }
  })

  it('refuses numbers that do not fill their shape', () => {
    const tensors = { a: { shape: [2, 2], data: Float32Array.of(1) } }
    expect(() => encodeSafetensors({ tensors, metadata: {} })).toThrow('tensor "a": 1 numbers do not fill shape [2,2]')
  })

  it('writes a part of a larger array as that part', () => {
    const data = Float32Array.of(9, 1, 9).subarray(1, 2)
    const { tensors } = decodeSafetensors(encodeSafetensors({ tensors: { a: { shape: [1], data } }, metadata: {} }))
    expect([...(tensors.a?.data ?? [])]).toEqual([1])
  })
})

describe('decodeSafetensors', () => {
  it('reads a file of another writer: no spaces, no metadata, tensors in any order', () => {
    const header = {
      second: { dtype: 'F32', shape: [2], data_offsets: [4, 12] },
      first: { dtype: 'F32', shape: [], data_offsets: [0, 4] },
    }
    const { tensors, metadata } = decodeSafetensors(fileOf(header, [...HALF, ...ONE, ...MINUS_TWO]))
    expect(tensors).toEqual({
      second: { shape: [2], data: Float32Array.of(1, -2) },
      first: { shape: [], data: Float32Array.of(0.5) },
    })
    expect(metadata).toEqual({})
  })

  it('reads bytes that lie anywhere in a larger buffer', () => {
    const file = fileOf(HEADER, [...ONE, ...MINUS_TWO])
    const larger = new Uint8Array(file.length + 20).fill(7)
    larger.set(file, 3)
    const { tensors } = decodeSafetensors(larger.subarray(3, 3 + file.length))
    expect(tensors.b).toEqual({ shape: [1, 2], data: Float32Array.of(1, -2) })
  })

  it("reads Node's Buffer, into arrays of their own", () => {
    const buffer = Buffer.from(fileOf(HEADER, [...ONE, ...MINUS_TWO]))
    const { b } = decodeSafetensors(buffer).tensors
    buffer.fill(0)
    expect([...(b?.data ?? [])]).toEqual([1, -2])
    expect(b?.data.buffer.byteLength).toBe(8)
  })

  it('gives back what was written', () => {
    const array = fc.float32Array({ minLength: 0, maxLength: 12 })
    const text = fc.string({ minLength: 1 }).filter((name) => !name.startsWith('__'))
    fc.assert(
      fc.property(fc.dictionary(text, array), fc.dictionary(text, fc.string()), (arrays, metadata) => {
        const tensors = Object.fromEntries(
          Object.entries(arrays).map(([name, data]) => [name, { shape: [data.length, 1], data }]),
        )
        const back = decodeSafetensors(encodeSafetensors({ tensors, metadata }))
        expect({ ...back.metadata }).toEqual({ ...metadata })
        expect({ ...back.tensors }).toEqual({ ...tensors })
      }),
    )
  })

  const entry = (change: object) => ({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4], ...change } })
  const two = (offsets: number[]) => ({ ...entry({}), b: { dtype: 'F32', shape: [1], data_offsets: offsets } })
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /expected a safetensors file, got 0 bytes/],
    ['less than a length', Uint8Array.of(1, 2, 3), /expected a safetensors file, got 3 bytes/],
    ['a header that is cut short', fileOf(HEADER, []).subarray(0, 40), /header of 86 bytes in a file of 40: cut short/],
    ['an absurd header length', new Uint8Array(16).fill(255), /header of \d+ bytes in a file of 16/],
    ['a header that is no JSON', fileOf('{"a"', []), /header is no JSON/],
    ['a header that is no object', fileOf('[]', []), /header is no JSON object/],
    ['a header of null', fileOf('null', []), /header is no JSON object/],
    [
      'data that is cut short',
      fileOf(entry({}), ONE.slice(0, 3)),
      /tensor "a" ends at byte 4 of the data, which has 3/,
    ],
    ['data beyond the tensors', fileOf(entry({}), [...ONE, 0]), /expected 4 bytes of data, got 5/],
    ['another type', fileOf(entry({ dtype: 'BF16' }), ONE), /tensor "a": expected F32, got BF16/],
    ['an entry that is null', fileOf({ a: null }, ONE), /tensor "a": expected F32, got undefined/],
    ['no shape', fileOf(entry({ shape: undefined }), ONE), /tensor "a": expected a shape of whole numbers/],
    ['a shape below zero', fileOf(entry({ shape: [-1, -1] }), ONE), /expected a shape of whole numbers, got -1,-1/],
    [
      'a shape that its bytes do not fill',
      fileOf(entry({ shape: [2] }), ONE),
      /tensor "a": 4 bytes do not hold shape \[2\]/,
    ],
    ['no offsets', fileOf(entry({ data_offsets: undefined }), ONE), /expected data_offsets of two whole numbers/],
    [
      'offsets before the data',
      fileOf(entry({ data_offsets: [-4, 0] }), ONE),
      /data_offsets of two whole numbers, got -4,0/,
    ],
    ['tensors that overlap', fileOf(two([2, 6]), [...ONE, ...ONE]), /"b" starts at byte 2 of the data, expected 4/],
    [
      'tensors with a gap between',
      fileOf(two([8, 12]), [...ONE, ...ONE, ...ONE]),
      /"b" starts at byte 8 of the data, expected 4/,
    ],
  ])('says what is wrong with %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(message)
  })
})
