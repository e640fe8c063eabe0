// A pose as people write it into files.
import { z } from 'zod'
import { makePose } from '../geometry/index.ts'

/** Of a quaternion that was copied with three digits or more. */
const ROUNDING = 1e-3

/** m, and a quaternion [x, y, z, w] of length 1, but for rounding, which is mended: raw, it would stretch what it turns. */
export const WrittenPose = z
  .strictObject({
    position: z.tuple([z.number(), z.number(), z.number()]),
    orientation: z
      .tuple([z.number(), z.number(), z.number(), z.number()])
      .refine((q) => Math.abs(Math.hypot(...q) - 1) < ROUNDING, 'expected a quaternion [x, y, z, w] of length 1'),
  })
  .transform(({ position, orientation }) => makePose(position, orientation))
