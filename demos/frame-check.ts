// The check a frame must pass to be recorded, so that no file holds what the reader would refuse.
import { z } from 'zod'
import { check } from './check.ts'
import type { Frame } from './episode.ts'
import { EpisodeError } from './errors.ts'
import { isUnit, WRITE_TOLERANCE } from './quaternion-check.ts'
import { nanosecondsToStamp, stampToNanoseconds } from './stamp.ts'

// z.number() refuses NaN and infinities.
const vec3 = z.tuple([z.number(), z.number(), z.number()])

const pose = z.object({
  position: vec3,
  orientation: z.tuple([z.number(), z.number(), z.number(), z.number()]).refine((q) => isUnit(q, WRITE_TOLERANCE), {
    error: ({ input }) =>
      `expected a unit quaternion (to ${WRITE_TOLERANCE}), its length is ${Math.hypot(...(input as number[]))}`,
  }),
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
