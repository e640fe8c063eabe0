// Pixels of ROS pictures: raw and compressed, colour and depth, to and from the arrays of `Rgbd`.
import jpeg from 'jpeg-js'
import { decodePng } from '../demos/png.ts'
import { fitsDepth } from '../demos/stored-rgbd.ts'
import { Field } from './message-field.ts'
import { encodeHeader, type RosVersion, type Stamped, stampedOf } from './messages.ts'

export const PICTURE_TYPES = ['sensor_msgs/Image', 'sensor_msgs/CompressedImage'] as const
export type PictureType = (typeof PICTURE_TYPES)[number]

export interface ColourPicture extends Stamped {
  width: number
  height: number
  /** height·width·3, row-major, sRGB */
  rgb: Uint8Array
}

export interface DepthPicture extends Stamped {
  width: number
  height: number
  /** height·width, row-major: metres along the optical axis, 0 where there is no reading */
  depth: Float32Array
}

/** Where pixels are written: so many numbers, all of which are written over. */
export interface PictureRoom {
  rgb(length: number): Uint8Array
  depth(length: number): Float32Array
}

/** Of its own for each picture. */
export const NEW_ROOM: PictureRoom = {
  rgb: (length) => new Uint8Array(length),
  depth: (length) => new Float32Array(length),
}

/** Channels of a pixel, and which of them are red, green and blue. */
const COLOURS: Readonly<Record<string, { channels: number; rgb: readonly [number, number, number] }>> = {
  rgb8: { channels: 3, rgb: [0, 1, 2] },
  bgr8: { channels: 3, rgb: [2, 1, 0] },
  rgba8: { channels: 4, rgb: [0, 1, 2] },
  bgra8: { channels: 4, rgb: [2, 1, 0] },
}

/** Bytes of a pixel, and metres of a unit. */
const DEPTHS: Readonly<Record<string, { bytes: number; metres: number }>> = {
  mono16: { bytes: 2, metres: 1e-3 },
  '16UC1': { bytes: 2, metres: 1e-3 },
  '32FC1': { bytes: 4, metres: 1 },
}

/** Throws a RangeError that names what is wrong with the message. */
export function decodeColour(type: PictureType, message: unknown, room = NEW_ROOM): ColourPicture {
  const field = new Field(type, message)
  const decode = type === 'sensor_msgs/Image' ? rawColour : compressedColour
  return { ...stampedOf(field), ...decode(field, room) }
}

/**
 * Readings that are NaN, not above 0 or beyond 6.5535 m become 0: whatever is driven by can be recorded. Throws a RangeError
 * that names what is wrong.
 */
export function decodeDepth(type: PictureType, message: unknown, room = NEW_ROOM): DepthPicture {
  const field = new Field(type, message)
  const decode = type === 'sensor_msgs/Image' ? rawDepth : compressedDepth
  return { ...stampedOf(field), ...decode(field, room) }
}

/** As sensor_msgs/Image, rgb8. `data` are bytes: right for CBOR; for JSON see {@link jsonForm}. */
export function encodeColour({ width, height, rgb, ...stamped }: ColourPicture, ros: RosVersion) {
  checkLength('sensor_msgs/Image', rgb.length, width, height, 3)
  return image(stamped, ros, { width, height, encoding: 'rgb8', step: 3 * width, data: rgb })
}

/** As sensor_msgs/Image, 32FC1. */
export function encodeDepth({ width, height, depth, ...stamped }: DepthPicture, ros: RosVersion) {
  checkLength('sensor_msgs/Image', depth.length, width, height, 1)
  const data = new Uint8Array(4 * depth.length)
  const view = new DataView(data.buffer)
  for (let i = 0; i < depth.length; i++) view.setFloat32(4 * i, depth[i] as number, true)
  return image(stamped, ros, { width, height, encoding: '32FC1', step: 4 * width, data })
}

/** As sensor_msgs/CompressedImage, jpeg; quality 1 to 100. */
export function encodeJpeg({ width, height, rgb, ...stamped }: ColourPicture, ros: RosVersion, quality = 90) {
  checkLength('sensor_msgs/CompressedImage', rgb.length, width, height, 3)
  const rgba = new Uint8Array(4 * width * height)
  for (let i = 0; i < width * height; i++) {
    rgba.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i)
    rgba[4 * i + 3] = 255
  }
  const { data } = jpeg.encode({ width, height, data: rgba }, quality)
  return { header: encodeHeader(stamped, ros), format: 'rgb8; jpeg compressed bgr8', data: new Uint8Array(data) }
}

/** A message as JSON holds it: bytes become base64. */
export function jsonForm(message: unknown): unknown {
  if (message instanceof Uint8Array)
    return Buffer.from(message.buffer, message.byteOffset, message.length).toString('base64')
  if (ArrayBuffer.isView(message) && !(message instanceof DataView)) return Array.from(message as Float32Array)
  if (Array.isArray(message)) return message.map(jsonForm)
  if (typeof message !== 'object' || message === null) return message
  return Object.fromEntries(Object.entries(message).map(([name, value]) => [name, jsonForm(value)]))
}

function image(
  stamped: Stamped,
  ros: RosVersion,
  {
    width,
    height,
    encoding,
    step,
    data,
  }: { width: number; height: number; encoding: string; step: number; data: Uint8Array },
) {
  return { header: encodeHeader(stamped, ros), height, width, encoding, is_bigendian: 0, step, data }
}

function checkLength(type: string, length: number, width: number, height: number, channels: number): void {
  if (length === width * height * channels) return
  throw new RangeError(`${type} data: expected ${width}×${height}×${channels} numbers, got ${length}`)
}

// Raw pictures

/** The rows of an Image: rows may end in padding, of which `step` tells. */
function rowsOf(field: Field, bytesPerPixel: number) {
  const [width, height] = [field.get('width').count(), field.get('height').count()]
  if (!(width > 0 && height > 0)) field.get('width').fail('a picture’s size', `${width}×${height}`)
  const step = field.get('step').count()
  if (step < width * bytesPerPixel) field.get('step').fail(`at least ${width}×${bytesPerPixel}`)
  const data = field.get('data').bytes()
  // The last row may come without its padding.
  const least = step * (height - 1) + width * bytesPerPixel
  if (data.length < least || data.length > step * height) {
    field.get('data').fail(`${step}×${height} bytes, as step and height say`, `${data.length}`)
  }
  return { width, height, step, data }
}

function find<T>(table: Readonly<Record<string, T>>, encoding: Field, what: string): T {
  const name = encoding.string()
  return Object.hasOwn(table, name) ? (table[name] as T) : encoding.fail(`${what}: ${Object.keys(table).join(', ')}`)
}

function rawColour(field: Field, room: PictureRoom) {
  const { channels, rgb: order } = find(COLOURS, field.get('encoding'), 'a colour encoding')
  const { width, height, step, data } = rowsOf(field, channels)
  const rgb = room.rgb(3 * width * height)
  if (channels === 3 && order[0] === 0) {
    // One copy is quicker than one for each row.
    if (step === 3 * width) rgb.set(data.subarray(0, rgb.length))
    else {
      for (let row = 0; row < height; row++) rgb.set(data.subarray(row * step, row * step + 3 * width), 3 * row * width)
    }
    return { width, height, rgb }
  }
  const [red, green, blue] = order
  let to = 0
  for (let row = 0; row < height; row++) {
    for (let from = row * step, end = from + channels * width; from < end; from += channels) {
      rgb[to++] = data[from + red] as number
      rgb[to++] = data[from + green] as number
      rgb[to++] = data[from + blue] as number
    }
  }
  return { width, height, rgb }
}

function rawDepth(field: Field, room: PictureRoom) {
  const { bytes, metres } = find(DEPTHS, field.get('encoding'), 'a depth encoding')
  const { width, height, step, data } = rowsOf(field, bytes)
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const little = !field.get('is_bigendian').boolean()
  const depth = room.depth(width * height)
  let to = 0
  for (let row = 0; row < height; row++) {
    for (let from = row * step, end = from + bytes * width; from < end; from += bytes) {
      depth[to++] = reading(bytes === 4 ? view.getFloat32(from, little) : view.getUint16(from, little) * metres)
    }
  }
  return { width, height, depth }
}

/** Whether there is one: 0 stands for none, also where it is farther than an episode can hold, 6.5 m. */
const reading = (metres: number): number => (metres > 0 && fitsDepth(metres) ? metres : 0)

// Compressed pictures

const startsWith = (data: Uint8Array, ...bytes: number[]): boolean => bytes.every((byte, i) => data[i] === byte)
const isJpeg = (data: Uint8Array) => startsWith(data, 0xff, 0xd8, 0xff)
const isPng = (data: Uint8Array) => startsWith(data, 0x89, 0x50, 0x4e, 0x47)

/** Which of the two it is, the bytes tell: formats are written as `jpeg`, and as `rgb8; jpeg compressed bgr8`. */
function compressedColour(field: Field, room: PictureRoom) {
  const data = field.get('data').bytes()
  const format: Field = field.get('format')
  if (isJpeg(data)) {
    const picture = attempt(field.get('data'), 'a whole JPEG', () =>
      jpeg.decode(data, { useTArray: true, formatAsRGBA: false, tolerantDecoding: false }),
    )
    const rgb = room.rgb(picture.data.length)
    rgb.set(picture.data)
    return { width: picture.width, height: picture.height, rgb }
  }
  if (!isPng(data)) format.fail('jpeg or png, with bytes that begin so')
  const { width, height, channels, data: pixels } = attempt(field.get('data'), 'a whole PNG', () => decodePng(data))
  if (pixels instanceof Uint16Array || channels < 3) {
    format.fail('a colour picture of 8 bits', `a PNG of ${channels} channels of ${8 * pixels.BYTES_PER_ELEMENT} bits`)
  }
  const rgb = room.rgb(3 * width * height)
  if (channels === 3) rgb.set(pixels)
  else for (let i = 0; i < width * height; i++) rgb.set(pixels.subarray(channels * i, channels * i + 3), 3 * i)
  return { width, height, rgb }
}

/** Of compressed_depth_image_transport: how it is compressed, and two parameters of the quantisation. */
const CONFIG_HEADER = 12

/**
 * `16UC1; compressedDepth png`: 12 bytes, then a PNG of millimetres. `32FC1; compressedDepth png`: 12 bytes, of which
 * the last eight are A and B (little-endian floats), then a PNG of inverse depth v, `z = A / (v − B)`, 0 for none.
 * `16UC1; png compressed`, of compressed_image_transport, is a PNG of millimetres.
 */
function compressedDepth(field: Field, room: PictureRoom) {
  const format = field.get('format')
  const name = format.string()
  const [encoding = '', transport = ''] = name.split(';').map((part) => part.trim())
  if (!Object.hasOwn(DEPTHS, encoding) || !/^(compressedDepth( png)?|png.*)?$/.test(transport)) {
    format.fail('"16UC1; compressedDepth png", "32FC1; compressedDepth png" or "16UC1; png compressed"')
  }
  const data: Field = field.get('data')
  const bytes = data.bytes()
  const hasHeader = !isPng(bytes)
  const png = hasHeader ? bytes.subarray(CONFIG_HEADER) : bytes
  if (!isPng(png)) data.fail('a PNG, at the beginning or after 12 bytes')
  const { width, height, channels, data: units } = attempt(data, 'a whole PNG', () => decodePng(png))
  if (!(units instanceof Uint16Array) || channels !== 1) {
    data.fail('a grey PNG of 16 bits', `${channels} channels of ${8 * units.BYTES_PER_ELEMENT} bits`)
  }
  const depth = room.depth(units.length)
  if (encoding !== '32FC1') {
    for (let i = 0; i < depth.length; i++) depth[i] = reading((units[i] as number) * 1e-3)
    return { width, height, depth }
  }
  if (!hasHeader) data.fail('the 12 bytes that tell of the quantisation before the PNG', 'a PNG')
  const view = new DataView(bytes.buffer, bytes.byteOffset, CONFIG_HEADER)
  const [a, b] = [view.getFloat32(4, true), view.getFloat32(8, true)]
  for (let i = 0; i < depth.length; i++) {
    const unit = units[i] as number
    depth[i] = unit === 0 ? 0 : reading(a / (unit - b))
  }
  return { width, height, depth }
}

function attempt<T>(field: Field, expected: string, decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    return field.fail(expected, `a damaged one: ${cause instanceof Error ? cause.message : cause}`)
  }
}
