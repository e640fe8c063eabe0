import { inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { decode } from 'fast-png'
import { describe, expect, test } from 'vitest'
import { decodePng, encodePng, GREY, type Pixels, RGB, readPngHeader } from './png.ts'

const size = fc.integer({ min: 1, max: 17 })
const rgb: fc.Arbitrary<Pixels> = fc
  .tuple(size, size)
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
      .map((data) => ({ width, height, channels: 3, data })),
  )
const grey16: fc.Arbitrary<Pixels> = fc
  .tuple(size, size)
  .chain(([width, height]) =>
    fc
      .uint16Array({ minLength: width * height, maxLength: width * height })
      .map((data) => ({ width, height, channels: 1, data })),
  )

test('any pixels come back as they were, whatever the size', () => {
  fc.assert(
    fc.property(fc.oneof(rgb, grey16), (pixels) => {
      expect(decodePng(encodePng(pixels))).toEqual(pixels)
    }),
    { numRuns: 200 },
  )
})

test('the bytes are known, and laid out as the specification says', () => {
  const grey = encodePng({ width: 2, height: 2, channels: 1, data: Uint16Array.of(256, 258, 1, 3) })
  const bytes = Buffer.from(grey).toString('hex')
  const parts = ['89504e470d0a1a0a', '0000000d49484452', '0000000200000002', '1000000000', '074d8ebb']
  // signature; 13 bytes of header; 2×2; 16 bits, grey, no options; checksum
  expect(bytes).toBe(
    `${parts.join('')}0000001249444154780163646460606264606460020000330009bed42c3e0000000049454e44ae426082`,
  )
  // Two rows of filter 1: 256 and 258 − 256, 1 and 3 − 1; byte by byte, 0x0102 − 0x0100 is 00 02.
  expect(inflateSync(grey.subarray(41, 59)).toString('hex')).toBe('01' + '01000002' + '01' + '00010002')
})

test('the header says size and kind, and no pixel needs to be right for that', () => {
  const color = encodePng({ width: 5, height: 3, channels: 3, data: new Uint8Array(45) })
  expect(readPngHeader(color)).toEqual({ width: 5, height: 3, bits: 8, colorType: RGB })
  const depth = encodePng({ width: 4, height: 7, channels: 1, data: new Uint16Array(28) })
  depth[45] = 77
  expect(readPngHeader(depth)).toEqual({ width: 4, height: 7, bits: 16, colorType: GREY })
})

describe('what is no whole PNG is refused:', () => {
  const whole = encodePng({ width: 5, height: 3, channels: 3, data: Uint8Array.from({ length: 45 }, (_, i) => i * i) })
  const refused: [string, Uint8Array, string][] = [
    ['nothing', new Uint8Array(), 'expected a PNG, it does not start like one'],
    ['a JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0, 0), 'expected a PNG, it does not start like one'],
    ['a header alone', whole.subarray(0, 33), 'expected a whole PNG, its end is missing'],
    ['a PNG without its last byte', whole.subarray(0, -1), 'expected a whole PNG, its end is missing'],
  ]
  test.each(refused)('%s', (_, bytes, message) => {
    expect(() => readPngHeader(bytes)).toThrow(message)
    expect(() => decodePng(bytes)).toThrow()
  })

  test('pixels that changed, by their checksum', () => {
    const changed = whole.slice()
    changed[50] = 1 + (changed[50] as number)
    expect(() => decodePng(changed)).toThrow(/CRC mismatch for chunk IDAT/)
  })

  test('a PNG with too few rows', () => {
    const short = encodePng({ width: 5, height: 3, channels: 3, data: new Uint8Array(30) })
    expect(() => decodePng(short)).toThrow()
  })
})

test('a smooth picture of 320×240 with noise is packed to less than half', () => {
  const data = Uint8Array.from({ length: 320 * 240 * 3 }, (_, i) => 40 + (i % 960) / 6 + ((i * 7919) % 5))
  const bytes = encodePng({ width: 320, height: 240, channels: 3, data })
  expect(bytes.length).toBeLessThan(data.length / 2)
  expect(Buffer.compare(decode(bytes).data as Uint8Array, data)).toBe(0)
})
