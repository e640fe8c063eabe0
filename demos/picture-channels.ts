// The three channels of a picture: colour, depth and the camera's calibration, as Foxglove's protobuf messages.
import { z } from 'zod'
import type { Rgbd } from '../geometry/index.ts'
import { type Channel, type FramePart, protobufTimestampSchema } from './channel.ts'
import { type Codec, protobufCodec } from './codec.ts'
import { EpisodeError, messageOf } from './errors.ts'
import { GREY, type PngHeader, RGB, readPngHeader } from './png.ts'
import { encodeColor, encodeDepth, METRES_PER_UNIT, openRgbd } from './stored-rgbd.ts'

const compressedImage = protobufCodec(
  'CompressedImage',
  `message CompressedImage {
    google.protobuf.Timestamp timestamp = 1;
    string frame_id = 4;
    bytes data = 2;
    string format = 3;
  }`,
)

const cameraCalibration = protobufCodec(
  'CameraCalibration',
  `message CameraCalibration {
    google.protobuf.Timestamp timestamp = 1;
    string frame_id = 9;
    fixed32 width = 2;
    fixed32 height = 3;
    string distortion_model = 4;
    repeated double D = 5;
    repeated double K = 6;
    repeated double R = 7;
    repeated double P = 8;
  }`,
)

/** What the fields of every message on these channels begin with. */
const heading = { timestamp: protobufTimestampSchema, frame_id: z.literal('camera') }

interface PictureChannel {
  topic: string
  codec: Codec
  metadata?: Readonly<Record<string, string>>
  holds: string
  /** The fields after time and frame id. */
  encode(rgbd: Rgbd): object
  decode: Channel['decode']
}

const pictureChannel = ({ encode, ...rest }: PictureChannel): Channel => ({
  metadata: {},
  ...rest,
  needed: 'with a picture',
  encode({ rgbd }, { sec, nsec }) {
    return rgbd && { timestamp: { seconds: sec, nanos: nsec }, frame_id: 'camera', ...encode(rgbd) }
  },
})

const imageSchema = (part: 'color' | 'depth', bits: number, colorType: number, kind: string): Channel['decode'] =>
  z
    .object({ ...heading, format: z.literal('png'), data: z.instanceof(Uint8Array) })
    .transform(({ timestamp, data }, context) => {
      const refuse = (message: string, input: unknown) => {
        context.addIssue({ code: 'custom', path: ['data'], message, input })
        return z.NEVER
      }
      let header: PngHeader
      try {
        header = readPngHeader(data)
      } catch (error) {
        return refuse(messageOf(error), data)
      }
      if (header.bits !== bits || header.colorType !== colorType) return refuse(`expected ${kind}`, header)
      return { timestamp, part: { [part]: data } as FramePart }
    })

/** A calibration matrix without skew and distortion: `[fx 0 cx; 0 fy cy; 0 0 1]`, row-major. */
const matrixSchema = z
  .array(z.number())
  .refine(
    ([fx = 0, skew, , zero, fy = 0, , x, y, one, ...more]) =>
      fx > 0 && fy > 0 && skew === 0 && zero === 0 && x === 0 && y === 0 && one === 1 && more.length === 0,
    { error: 'expected [fx 0 cx 0 fy cy 0 0 1] with fx, fy > 0' },
  )

const calibrationSchema: Channel['decode'] = z
  .object({
    ...heading,
    width: z.int().positive(),
    height: z.int().positive(),
    D: z.array(z.number()).refine((d) => d.every((k) => k === 0), { error: 'expected a picture without distortion' }),
    K: matrixSchema,
  })
  .transform(({ timestamp, width, height, K }) => {
    const [fx, , cx, , fy, cy] = K as [number, number, number, number, number, number]
    return { timestamp, part: { intrinsics: { width, height, fx, fy, cx, cy } } }
  })

const CALIBRATION = pictureChannel({
  topic: '/camera/calibration',
  codec: cameraCalibration,
  holds: "the camera's intrinsics",
  encode({ intrinsics: { width, height, fx, fy, cx, cy } }) {
    return {
      width,
      height,
      D: [],
      K: [fx, 0, cx, 0, fy, cy, 0, 0, 1],
      R: [1, 0, 0, 0, 1, 0, 0, 0, 1],
      P: [fx, 0, cx, 0, 0, fy, cy, 0, 0, 0, 1, 0],
    }
  },
  decode: calibrationSchema,
})

const COLOR = pictureChannel({
  topic: '/camera/color',
  codec: compressedImage,
  holds: 'the colour picture',
  encode: (rgbd) => ({ data: encodeColor(rgbd), format: 'png' }),
  decode: imageSchema('color', 8, RGB, 'an 8-bit RGB picture'),
})

const DEPTH = pictureChannel({
  topic: '/camera/depth',
  codec: compressedImage,
  // Of a picture in other units, say a RealSense's millimetres, every length would be wrong and nothing would tell.
  metadata: { metresPerUnit: METRES_PER_UNIT },
  holds: 'the depth along the optical axis',
  encode: (rgbd) => ({ data: encodeDepth(rgbd), format: 'png' }),
  decode: imageSchema('depth', 16, GREY, 'a 16-bit grey picture'),
})

export const PICTURE_CHANNELS: readonly Channel[] = [CALIBRATION, COLOR, DEPTH]

/**
 * The picture that a frame's parts make, undefined if they have none of it; `where` names the frame. Throws an
 * EpisodeError if colour, depth and calibration are not of one size.
 */
export function rgbdOf({ intrinsics, color, depth }: FramePart, where: string): Rgbd | undefined {
  if (!intrinsics || !color || !depth) return undefined
  const sizes = [intrinsics, readPngHeader(color), readPngHeader(depth)].map(
    ({ width, height }) => `${width}×${height}`,
  )
  if (new Set(sizes).size > 1) {
    const found = PICTURE_CHANNELS.map(({ topic }, i) => `${topic} ${sizes[i]}`)
    throw new EpisodeError(`${where}: expected calibration, colour and depth of one size, got ${found.join(', ')}`)
  }
  return openRgbd({ intrinsics, color, depth }, where)
}
