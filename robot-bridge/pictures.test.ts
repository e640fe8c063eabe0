import { decode as cborDecode, encode as cborEncode } from 'cbor2'
import fc from 'fast-check'
import { encode as encodeAny } from 'fast-png'
import { describe, expect, it } from 'vitest'
import { encodePng } from '../demos/index.ts'
import { fitsDepth } from '../demos/stored-rgbd.ts'
import {
  type ColourPicture,
  decodeColour,
  decodeDepth,
  encodeColour,
  encodeDepth,
  encodeJpeg,
  jsonForm,
} from './pictures.ts'

const header = { stamp: { sec: 3, nanosec: 500000000 }, frame_id: 'camera' }
const IMAGE = 'sensor_msgs/Image'
const COMPRESSED = 'sensor_msgs/CompressedImage'
const base64 = (...bytes: number[]) => Buffer.from(bytes).toString('base64')
const stamped = { stamp: 3.5, frame: 'camera' }

describe('colour', () => {
  const image = { header, width: 2, height: 2, is_bigendian: 0 }
  const expected = { ...stamped, width: 2, height: 2, rgb: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) }

  it('rgb8, as base64, as bytes, and as a view into a larger message', () => {
    const bytes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    const around = Uint8Array.from([99, ...bytes, 99])
    for (const data of [base64(...bytes), Uint8Array.from(bytes), around.subarray(1, 13), bytes]) {
      expect(decodeColour(IMAGE, { ...image, encoding: 'rgb8', step: 6, data })).toEqual(expected)
    }
  })

  it('bgr8, rgba8 and bgra8', () => {
    const bgr = base64(3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10)
    expect(decodeColour(IMAGE, { ...image, encoding: 'bgr8', step: 6, data: bgr })).toEqual(expected)
    const rgba = base64(1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 10, 11, 12, 0)
    expect(decodeColour(IMAGE, { ...image, encoding: 'rgba8', step: 8, data: rgba })).toEqual(expected)
    const bgra = base64(3, 2, 1, 0, 6, 5, 4, 0, 9, 8, 7, 0, 12, 11, 10, 0)
    expect(decodeColour(IMAGE, { ...image, encoding: 'bgra8', step: 8, data: bgra })).toEqual(expected)
  })

  it('rows that end in padding, the last one with it or without', () => {
    const rows = [1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12]
    for (const bytes of [rows, [...rows, 0, 0]]) {
      expect(decodeColour(IMAGE, { ...image, encoding: 'rgb8', step: 8, data: base64(...bytes) })).toEqual(expected)
    }
  })

  it.each<[string, object, string]>([
    [
      'an encoding of depth',
      { encoding: '16UC1' },
      'encoding: expected a colour encoding: rgb8, bgr8, rgba8, bgra8, got "16UC1"',
    ],
    ['too few bytes', { data: base64(1, 2, 3) }, 'data: expected 6×2 bytes, as step and height say, got 3'],
    ['too many bytes', { data: new Uint8Array(13) }, 'data: expected 6×2 bytes, as step and height say, got 13'],
    ['a step shorter than a row', { step: 5 }, 'step: expected at least 2×3, got 5'],
    ['no pixels', { width: 0 }, 'width: expected a picture’s size, got 0×2'],
    ['half a pixel', { height: 1.5 }, 'height: expected a whole number of at least 0, got 1.5'],
    ['text that is not base64', { data: 'a%bc' }, 'data: expected base64, got "a%bc"'],
    ['no data', { data: undefined }, 'data: expected bytes'],
  ])('%s is refused', (_, change, message) => {
    const wrong = { ...image, encoding: 'rgb8', step: 6, data: new Uint8Array(12), ...change }
    expect(() => decodeColour(IMAGE, wrong)).toThrow(RangeError)
    expect(() => decodeColour(IMAGE, wrong)).toThrow(`sensor_msgs/Image ${message}`)
  })
})

describe('depth', () => {
  const image = { header, width: 2, height: 1 }

  it.each(['16UC1', 'mono16'])('%s is millimetres, in either order of bytes', (encoding) => {
    // 1000 = 0x03e8, 2500 = 0x09c4
    const little = { ...image, encoding, step: 4, is_bigendian: 0, data: base64(0xe8, 0x03, 0xc4, 0x09) }
    const big = { ...image, encoding, step: 4, is_bigendian: 1, data: base64(0x03, 0xe8, 0x09, 0xc4) }
    for (const message of [little, big]) {
      expect(decodeDepth(IMAGE, message)).toEqual({ ...stamped, width: 2, height: 1, depth: Float32Array.of(1, 2.5) })
    }
  })

  it('32FC1 is metres; 1.0 is 3f800000, 0.5 is 3f000000', () => {
    const little = {
      ...image,
      encoding: '32FC1',
      step: 8,
      is_bigendian: 0,
      data: base64(0, 0, 0x80, 0x3f, 0, 0, 0, 0x3f),
    }
    const big = { ...little, is_bigendian: 1, data: base64(0x3f, 0x80, 0, 0, 0x3f, 0, 0, 0) }
    for (const message of [little, big]) expect([...decodeDepth(IMAGE, message).depth]).toEqual([1, 0.5])
  })

  it('what is no reading is 0', () => {
    const depth = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, -1, 0)
    const message = encodeDepth({ ...stamped, width: 4, height: 1, depth }, 2)
    expect([...decodeDepth(IMAGE, message).depth]).toEqual([0, 0, 0, 0])
  })

  it('what is farther than an episode can hold is no reading', () => {
    // 65535 mm is what 16 bits hold, 6553 and 6554 mm lie on both sides of the tenths that an episode has.
    const millimetres = { header, width: 2, height: 1, encoding: '16UC1', is_bigendian: 0, step: 4 }
    const far = decodeDepth(IMAGE, { ...millimetres, data: base64(0xff, 0xff, 0x99, 0x19) })
    expect([...far.depth]).toEqual([0, Math.fround(6.553)])
    const edge = { ...millimetres, data: base64(0x9a, 0x19, 0x99, 0x19) }
    expect([...decodeDepth(IMAGE, edge).depth]).toEqual([0, Math.fround(6.553)])
    expect(far.depth.every(fitsDepth)).toBe(true)
  })

  it('a picture in colour is refused', () => {
    expect(() => decodeDepth(IMAGE, { ...image, encoding: 'rgb8' })).toThrow(
      'sensor_msgs/Image encoding: expected a depth encoding: mono16, 16UC1, 32FC1, got "rgb8"',
    )
  })
})

describe('in a room that was used before', () => {
  const image = { header, width: 2, height: 2, is_bigendian: 0 }
  /** Returns a room in which nothing of a picture must be left, and what was asked of it. */
  const used = () => {
    const asked: number[] = []
    return {
      asked,
      rgb: (length: number) => {
        asked.push(length)
        return new Uint8Array(new SharedArrayBuffer(length)).fill(77)
      },
      depth: (length: number) => {
        asked.push(length)
        return new Float32Array(new SharedArrayBuffer(4 * length)).fill(77)
      },
    }
  }
  const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 37) % 64)
  const size = { width: 2, height: 2 }
  const png = (channels: number, data: Uint8Array | Uint16Array) => encodePng({ ...size, channels, data })
  const smooth = { ...stamped, ...size, rgb: new Uint8Array(12).fill(90) }

  it.each<[string, typeof IMAGE | typeof COMPRESSED, object]>([
    ['rgb8', IMAGE, { ...image, encoding: 'rgb8', step: 6, data: bytes(12) }],
    ['rgb8 with padding', IMAGE, { ...image, encoding: 'rgb8', step: 8, data: bytes(14) }],
    ['bgra8', IMAGE, { ...image, encoding: 'bgra8', step: 8, data: bytes(16) }],
    ['a PNG of three channels', COMPRESSED, { header, format: 'png', data: png(3, bytes(12)) }],
    [
      'a PNG of four',
      COMPRESSED,
      { header, format: 'png', data: encodeAny({ ...size, channels: 4, data: bytes(16) }) },
    ],
    ['a JPEG', COMPRESSED, encodeJpeg(smooth, 2)],
  ])('the colours of %s are what they are without', (_, type, message) => {
    const room = used()
    const { rgb } = decodeColour(type, message, room)
    expect(rgb.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect(rgb).toEqual(decodeColour(type, message).rgb)
    expect(room.asked).toEqual([12])
  })

  // No reading, 0.5 m, no reading, 1 m.
  const metres = Float32Array.of(Number.NaN, 0.5, -1, 1)
  const floats = new Uint8Array(metres.buffer)
  const swapped = Uint8Array.from(floats, (_, i) => floats[4 * Math.floor(i / 4) + 3 - (i % 4)] as number)
  const unaligned = Uint8Array.from([9, ...floats]).subarray(1)
  // 500 mm = 0x01f4, 1000 mm = 0x03e8
  const units = Uint8Array.of(0, 0, 0xf4, 0x01, 0, 0, 0xe8, 0x03)
  const rows = Uint8Array.of(0, 0, 0xf4, 0x01, 99, 99, 0, 0, 0xe8, 0x03, 99, 99)
  const parameters = new Uint8Array(12)
  new DataView(parameters.buffer).setFloat32(4, 1000, true)
  const inverse = Uint8Array.from([...parameters, ...png(1, Uint16Array.of(0, 2000, 0, 1000))])
  it.each<[string, typeof IMAGE | typeof COMPRESSED, object]>([
    ['32FC1', IMAGE, { ...image, encoding: '32FC1', step: 8, data: floats }],
    ['32FC1 at an odd place', IMAGE, { ...image, encoding: '32FC1', step: 8, data: unaligned }],
    ['32FC1, big-endian', IMAGE, { ...image, is_bigendian: 1, encoding: '32FC1', step: 8, data: swapped }],
    ['16UC1', IMAGE, { ...image, encoding: '16UC1', step: 4, data: units }],
    ['16UC1 with padding', IMAGE, { ...image, encoding: '16UC1', step: 6, data: rows }],
    [
      'a PNG of millimetres',
      COMPRESSED,
      { header, format: '16UC1; png compressed', data: png(1, Uint16Array.of(0, 500, 0, 1000)) },
    ],
    ['a PNG of inverse depth', COMPRESSED, { header, format: '32FC1; compressedDepth png', data: inverse }],
  ])('the depth of %s is complete, with 0 where there is no reading', (_, type, message) => {
    const room = used()
    const { depth } = decodeDepth(type, message, room)
    expect(depth.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect([...depth]).toEqual([0, 0.5, 0, 1])
    expect(room.asked).toEqual([4])
  })
})

describe('compressed', () => {
  const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7919) % 251)
  const colour: ColourPicture = { ...stamped, width: 16, height: 8, rgb: noise(16 * 8 * 3) }
  const png = (channels: number, data: Uint8Array | Uint16Array) => encodePng({ width: 2, height: 1, channels, data })

  it('a PNG in colour is exact', () => {
    const data = encodePng({ width: 16, height: 8, channels: 3, data: colour.rgb })
    for (const format of ['png', 'rgb8; png compressed bgr8']) {
      expect(decodeColour(COMPRESSED, { header, format, data: Buffer.from(data).toString('base64') })).toEqual(colour)
    }
  })

  it('a JPEG is near, and its channels are not swapped', () => {
    // Smooth, as pictures are: red from left to right, green from top to bottom, blue even.
    const rgb = new Uint8Array(32 * 32 * 3)
    for (let i = 0; i < 32 * 32; i++) rgb.set([8 * (i % 32), 8 * Math.floor(i / 32), 40], 3 * i)
    const message = encodeJpeg({ ...stamped, width: 32, height: 32, rgb }, 1, 95)
    expect(message.format).toBe('rgb8; jpeg compressed bgr8')
    const decoded = decodeColour(COMPRESSED, jsonForm(message))
    expect([decoded.width, decoded.height, decoded.stamp]).toEqual([32, 32, 3.5])
    const worst = Math.max(...rgb.map((value, i) => Math.abs(value - (decoded.rgb[i] as number))))
    expect(worst).toBeLessThan(16)
  })

  it('what is cut short is refused', () => {
    const { data, format } = encodeJpeg(colour, 2)
    expect(() => decodeColour(COMPRESSED, { header, format, data: data.subarray(0, data.length / 2) })).toThrow(
      'sensor_msgs/CompressedImage data: expected a whole JPEG, got a damaged one',
    )
    const whole = encodePng({ width: 16, height: 8, channels: 3, data: colour.rgb })
    expect(() => decodeColour(COMPRESSED, { header, format: 'png', data: whole.subarray(0, 60) })).toThrow(
      'sensor_msgs/CompressedImage data: expected a whole PNG, got a damaged one',
    )
  })

  it('what is neither JPEG nor PNG, or grey, is refused as colour', () => {
    expect(() => decodeColour(COMPRESSED, { header, format: 'webp', data: base64(1, 2, 3) })).toThrow(
      'format: expected jpeg or png, with bytes that begin so, got "webp"',
    )
    const grey = { header, format: 'mono8; png compressed ', data: png(1, Uint8Array.of(1, 2)) }
    expect(() => decodeColour(COMPRESSED, grey)).toThrow('got a PNG of 1 channels of 8 bits')
  })

  it('compressedDepth 16UC1: 12 bytes, then a PNG of millimetres', () => {
    const data = Buffer.concat([Buffer.alloc(12), png(1, Uint16Array.of(0, 1234))])
    for (const format of ['16UC1; compressedDepth png', '16UC1; compressedDepth', '16UC1']) {
      const { depth } = decodeDepth(COMPRESSED, { header, format, data: data.toString('base64') })
      expect([...depth]).toEqual([0, Math.fround(1.234)])
    }
    const bare = { header, format: '16UC1; png compressed ', data: png(1, Uint16Array.of(0, 1234)) }
    expect([...decodeDepth(COMPRESSED, bare).depth]).toEqual([0, Math.fround(1.234)])
  })

  /** As compressed_depth_image_transport does it, for the quantisation 100 and at most 10 m. */
  function inverseDepth(...units: [number, number]): object {
    // A = 100 · (100 + 1) = 10100, B = 1 − A / 10 = −1009
    const head = new DataView(new ArrayBuffer(12))
    head.setFloat32(4, 10100, true)
    head.setFloat32(8, -1009, true)
    const data = Buffer.concat([new Uint8Array(head.buffer), png(1, Uint16Array.from(units))])
    return { header, format: '32FC1; compressedDepth png', data: new Uint8Array(data) }
  }

  it('compressedDepth 32FC1: inverse depth, z = A / (v − B)', () => {
    // v = A / z + B: 1 m is 10100 − 1009 = 9091, 2 m is 5050 − 1009 = 4041.
    expect([...decodeDepth(COMPRESSED, inverseDepth(9091, 4041)).depth]).toEqual([1, 2])
    expect([...decodeDepth(COMPRESSED, inverseDepth(0, 1011)).depth]).toEqual([0, 5])
    // 10 m
    expect([...decodeDepth(COMPRESSED, inverseDepth(1, 1)).depth]).toEqual([0, 0])
  })

  it('compressedDepth 32FC1 is as near as one unit is wide', () => {
    const metres = fc.double({ min: 0.2, max: 6.5, noNaN: true })
    fc.assert(
      fc.property(metres, metres, (a, b) => {
        const quantise = (z: number) => Math.trunc(10100 / z - 1009)
        const { depth } = decodeDepth(COMPRESSED, inverseDepth(quantise(a), quantise(b)))
        // dz = z² / A
        for (const [i, z] of [a, b].entries()) {
          expect(Math.abs((depth[i] as number) - z)).toBeLessThan(((z * z) / 10100) * 1.02 + 1e-6)
        }
      }),
    )
  })

  it('depth in another format is refused', () => {
    const data = Buffer.concat([Buffer.alloc(12), png(1, Uint16Array.of(0, 1234))])
    for (const format of ['16UC1; compressedDepth rvl', 'jpeg', 'rgb8; jpeg compressed bgr8']) {
      expect(() => decodeDepth(COMPRESSED, { header, format, data })).toThrow(
        'format: expected "16UC1; compressedDepth',
      )
    }
    const bare = { header, format: '32FC1; compressedDepth png', data: png(1, Uint16Array.of(0, 1)) }
    expect(() => decodeDepth(COMPRESSED, bare)).toThrow('expected the 12 bytes that tell of the quantisation')
    const narrow = { header, format: '16UC1; compressedDepth png', data: png(1, Uint8Array.of(0, 1)) }
    expect(() => decodeDepth(COMPRESSED, narrow)).toThrow('expected a grey PNG of 16 bits, got 1 channels of 8 bits')
    const rest = { header, format: '16UC1; compressedDepth png', data: base64(1, 2, 3, 4) }
    expect(() => decodeDepth(COMPRESSED, rest)).toThrow('data: expected a PNG, at the beginning or after 12 bytes')
  })
})

describe('what went out comes back, in both versions of ROS, through JSON and through CBOR', () => {
  const size = fc.integer({ min: 1, max: 8 })
  const ways = [
    (message: unknown): unknown => JSON.parse(JSON.stringify(jsonForm(message))),
    (message: unknown): unknown => cborDecode(cborEncode(message)),
  ]

  it('colour', () => {
    const picture = fc
      .tuple(size, size)
      .chain(([width, height]) =>
        fc
          .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
          .map((rgb) => ({ ...stamped, width, height, rgb })),
      )
    fc.assert(
      fc.property(picture, fc.constantFrom(1 as const, 2 as const), fc.constantFrom(...ways), (value, ros, send) => {
        expect(decodeColour(IMAGE, send(encodeColour(value, ros)))).toEqual(value)
      }),
    )
  })

  it('depth', () => {
    const metres = fc.float({ min: 0, max: 6.5, noNaN: true }).map((z) => z + 0)
    const picture = fc
      .tuple(size, size)
      .chain(([width, height]) =>
        fc
          .array(metres, { minLength: width * height, maxLength: width * height })
          .map((depth) => ({ ...stamped, width, height, depth: Float32Array.from(depth) })),
      )
    fc.assert(
      fc.property(picture, fc.constantFrom(1 as const, 2 as const), fc.constantFrom(...ways), (value, ros, send) => {
        expect(decodeDepth(IMAGE, send(encodeDepth(value, ros)))).toEqual(value)
      }),
    )
  })

  it('and what has another size than it says does not go out', () => {
    const wrong = { ...stamped, width: 2, height: 2, rgb: new Uint8Array(11) }
    expect(() => encodeColour(wrong, 1)).toThrow('sensor_msgs/Image data: expected 2×2×3 numbers, got 11')
  })
})
