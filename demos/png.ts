// PNG: pixels to bytes and back. Written here, because compact and quick come from the row filter, which fast-png leaves
// out; read by fast-png, because files from elsewhere use all that PNG can do.
import { constants, deflateSync } from 'node:zlib'
import { crc32 } from '@foxglove/crc'
import { decode } from 'fast-png'

/** Row-major, channels beside each other. */
export interface Pixels<Data extends Uint8Array | Uint16Array = Uint8Array | Uint16Array> {
  readonly width: number
  readonly height: number
  /** 1: grey, 3: red, green, blue */
  readonly channels: number
  readonly data: Data
}

/** What the first bytes of a PNG say of it. */
export interface PngHeader {
  readonly width: number
  readonly height: number
  /** bits of one channel */
  readonly bits: number
  /** 0: grey, 2: red, green, blue; others have a palette or an alpha channel */
  readonly colorType: number
}

export const GREY = 0
export const RGB = 2

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
/** An IEND chunk with its length and checksum: what every whole PNG ends with. */
const END = chunk('IEND', new Uint8Array())
const HEADER_END = SIGNATURE.length + 12 + 13

/**
 * Equal pixels give equal bytes. Of the ways to deflate, run lengths with Huffman coding is the one that does not search
 * for repetitions: quickest, smallest on pictures with noise, and free of the hashes in which zlib differs from one
 * processor to another.
 */
export function encodePng({ width, height, channels, data }: Pixels): Uint8Array {
  const wide = data instanceof Uint16Array
  const header = new DataView(new ArrayBuffer(13))
  header.setUint32(0, width)
  header.setUint32(4, height)
  header.setUint8(8, wide ? 16 : 8)
  header.setUint8(9, channels === 1 ? GREY : RGB)
  const rows = wide
    ? filterSub(bigEndian(data), 2 * width * channels, 2 * channels)
    : filterPaeth(data, width, channels)
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', new Uint8Array(header.buffer)),
    chunk('IDAT', deflateSync(rows, { strategy: constants.Z_RLE })),
    END,
  ])
}

/** Throws an Error in words for what is no PNG or does not end like one. No pixel is looked at. */
export function readPngHeader(bytes: Uint8Array): PngHeader {
  if (bytes.length < SIGNATURE.length || SIGNATURE.some((byte, i) => bytes[i] !== byte)) {
    throw new Error('expected a PNG, it does not start like one')
  }
  if (bytes.length < HEADER_END + END.length || !END.every((byte, i) => bytes.at(i - END.length) === byte)) {
    throw new Error('expected a whole PNG, its end is missing')
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_END)
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    bits: view.getUint8(24),
    colorType: view.getUint8(25),
  }
}

/** The pixels of a PNG without palette or alpha. Throws an Error when the file is damaged. */
export function decodePng(bytes: Uint8Array): Pixels {
  const { width, height, channels, data } = decode(bytes, { checkCrc: true })
  return { width, height, channels, data: data instanceof Uint16Array ? data : new Uint8Array(data) }
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(data.length + 12)
  bytes.writeUInt32BE(data.length, 0)
  bytes.write(type, 4, 'latin1')
  bytes.set(data, 8)
  // The checksum leaves out the length.
  bytes.writeUInt32BE(crc32(bytes.subarray(4, data.length + 8)), data.length + 8)
  return bytes
}

function bigEndian(values: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(2 * values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    bytes[2 * i] = value >> 8
    bytes[2 * i + 1] = value
  }
  return bytes
}

/** Filter 1: every byte less the one a pixel to its left. Best for depth, of `stride` bytes a row and `step` a pixel. */
function filterSub(bytes: Uint8Array, stride: number, step: number): Uint8Array {
  const filtered = new Uint8Array(bytes.length + bytes.length / stride)
  for (let from = 0, to = 0; from < bytes.length; from += stride) {
    filtered[to++] = 1
    for (let i = 0; i < stride; i++) {
      const left = i < step ? 0 : (bytes[from + i - step] as number)
      filtered[to++] = (bytes[from + i] as number) - left
    }
  }
  return filtered
}

/** Filter 4: every byte less that neighbour among left, up and up-left which is nearest to left + up − up-left. */
function filterPaeth(bytes: Uint8Array, width: number, channels: number): Uint8Array {
  const stride = width * channels
  const filtered = new Uint8Array(bytes.length + bytes.length / stride)
  for (let from = 0, to = 0; from < bytes.length; from += stride) {
    filtered[to++] = 4
    for (let i = from; i < from + stride; i++) {
      const hasLeft = i >= from + channels
      const left = hasLeft ? (bytes[i - channels] as number) : 0
      const up = from > 0 ? (bytes[i - stride] as number) : 0
      const corner = hasLeft && from > 0 ? (bytes[i - stride - channels] as number) : 0
      const toLeft = Math.abs(up - corner)
      const toUp = Math.abs(left - corner)
      const toCorner = Math.abs(left + up - 2 * corner)
      const nearest = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner
      filtered[to++] = (bytes[i] as number) - nearest
    }
  }
  return filtered
}
