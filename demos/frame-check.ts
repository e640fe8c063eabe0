// The check a frame must pass to be recorded, so that no file holds what the reader would refuse.
import { z } from 'zod'
import { check } from './check.ts'
import type { Frame } from './episode.ts'
import { EpisodeError } from './errors.ts'
import { isUnit, WRITE_TOLERANCE } from './quaternion-check.ts'
import { nanosecondsToStamp, stampToNanoseconds } from './stamp.ts'
import { DEEPEST, fitsDepth } from './stored-rgbd.ts'

// z.number() refuses NaN and infinities.
const vec3 = z.tuple([z.number(), z.number(), z.number()])

const pose = z.object({
  position: vec3,
  orientation: z.tuple([z.number(), z.number(), z.number(), z.number()]).refine((q) => isUnit(q, WRITE_TOLERANCE), {
    error: ({ input }) =>
      `expected a unit quaternion (to ${WRITE_TOLERANCE}), its length is ${Math.hypot(...(input as number[]))}`,
  }),
})

const rgbd = z
  .strictObject({
    intrinsics: z.strictObject({
      width: z.int().positive(),
      height: z.int().positive(),
      fx: z.number().positive(),
      fy: z.number().positive(),
      cx: z.number(),
      cy: z.number(),
    }),
    rgb: z.instanceof(Uint8Array),
    depth: z.instanceof(Float32Array),
  })
  .superRefine(({ intrinsics: { width, height }, rgb, depth }, context) => {
    const refuse = (path: PropertyKey[], message: string, input: unknown) =>
      context.addIssue({ code: 'custom', path, message, input })
    const size = `${width}×${height}`
    if (rgb.length !== width * height * 3) {
      refuse(['rgb'], `expected ${width * height * 3} values for ${size} pixels of 3`, rgb)
    }
    if (depth.length !== width * height) {
      refuse(['depth'], `expected ${width * height} values for ${size} pixels`, depth)
    }
    const wrong = depth.findIndex((metres) => !fitsDepth(metres))
    if (wrong >= 0) refuse(['depth', wrong], `expected metres from 0 (no reading) to ${DEEPEST}`, depth[wrong])
  })

const frameSchema = z.strictObject({
  // Seconds are 32 bits wide in ROS and Foxglove times.
  stamp: z
    .number()
    .nonnegative()
    .lt(2 ** 32),
  sourceInCamera: pose,
  targetInCamera: pose,
  eeInBase: pose,
  cameraInBase: pose,
  commandInBase: pose.optional(),
  wrench: z.strictObject({ force: vec3, torque: vec3 }).optional(),
  rgbd: rgbd.optional(),
})

/**
 * The frame's stamp in nanoseconds. Throws an EpisodeError naming `path`, the frame's number `index` and the field
 * unless every number is finite, every quaternion has unit length and the stamp is later than `previous` (ns).
 */
export function checkFrame(frame: Frame, path: string, index: number, previous: bigint | undefined): bigint {
  const { problem } = check(frameSchema, frame)
  if (problem !== undefined) {
    throw new EpisodeError(`${path}: frame ${index} (${frame?.stamp} s) not recorded: ${problem}`)
  }
  const stamp = stampToNanoseconds(frame.stamp)
  if (previous !== undefined && stamp <= previous) {
    const last = nanosecondsToStamp(previous)
    throw new EpisodeError(
      `${path}: frame ${index} not recorded: stamp: expected later than the previous frame's ${last} s, ` +
        `got ${frame.stamp} s`,
    )
  }
  return stamp
}
