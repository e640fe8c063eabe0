// A camera's picture on the wire: header, colour, depth. Little endian.
//
//   byte 0 kind (PICTURE) · 2 width, u16 · 4 height, u16 · 8 stamp, f64 · 16 rgb, 3 bytes a pixel · depth, u16 of 0.1 mm
/** First byte of a binary message. */
export const PICTURE = 2

export interface PictureFrame {
  width: number
  height: number
  /** s, on the robot's clock */
  stamp: number
  /** row by row */
  rgb: Uint8Array
  /** 0.1 mm along the optical axis; 0: not known */
  depth: Uint16Array
}

const HEAD = 16

export function encodePicture({ width, height, stamp, rgb, depth }: PictureFrame): Uint8Array<ArrayBuffer> {
  const pixels = width * height
  const bytes = new Uint8Array(HEAD + 5 * pixels)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, PICTURE)
  view.setUint16(2, width, true)
  view.setUint16(4, height, true)
  view.setFloat64(8, stamp, true)
  bytes.set(rgb, HEAD)
  for (let i = 0; i < pixels; i++) view.setUint16(HEAD + 3 * pixels + 2 * i, depth[i] as number, true)
  return bytes
}

/** Throws a RangeError for bytes that are no picture. */
export function decodePicture(bytes: Uint8Array): PictureFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [width, height] = bytes.length < HEAD ? [0, 0] : [view.getUint16(2, true), view.getUint16(4, true)]
  const pixels = width * height
  if (bytes[0] !== PICTURE || bytes.length !== HEAD + 5 * pixels) {
    throw new RangeError(`expected a picture of ${width}×${height}, got ${bytes.length} bytes`)
  }
  return {
    width,
    height,
    stamp: view.getFloat64(8, true),
    rgb: bytes.subarray(HEAD, HEAD + 3 * pixels),
    depth: Uint16Array.from({ length: pixels }, (_, i) => view.getUint16(HEAD + 3 * pixels + 2 * i, true)),
  }
}
