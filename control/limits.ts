// What a robot may do at most: the part of an arm's profile that the governor keeps.
import { z } from 'zod'
import { lengthOf, times } from './vector.ts'

const positive = z.number().positive()
const vector = z.tuple([z.number(), z.number(), z.number()])
const isBox = ({ low, high }: { low: number[]; high: number[] }) => low.every((value, i) => value < (high[i] as number))
const NO_BOX = 'expected low below high on each axis'
const box = z.strictObject({ low: vector, high: vector }).refine(isBox, NO_BOX)
/** Rounded ones are made exact: a longer axis would widen the cone. */
const direction = vector
  .refine((axis) => Math.abs(Math.hypot(...axis) - 1) < 1e-3, 'expected a vector of length 1')
  .transform((axis) => times(axis, 1 / lengthOf(axis)))

const fields = z.strictObject({
  /** box that the end effector stays in, base frame, m */
  workspace: box,
  /** cone that an axis of the end effector stays in: unit vectors in the end-effector and the base frame, rad */
  tilt: z.strictObject({ axisInEe: direction, axisInBase: direction, angle: positive.max(Math.PI) }).optional(),
  /** m/s */
  speed: positive,
  /** rad/s */
  angularSpeed: positive,
  /** m/s² */
  acceleration: positive,
  /** rad/s² */
  angularAcceleration: positive,
  /** m/s³ */
  jerk: positive,
  /** rad/s³ */
  angularJerk: positive,
  /** box around the target where contact is to be expected, target frame, m; and the speed in it, m/s */
  contactZone: z.strictObject({ low: vector, high: vector, speed: positive }).refine(isBox, NO_BOX),
  /** largest distance of the command from where the end effector is, m and rad: what a spring may be stretched */
  reach: z.strictObject({ translation: positive, rotation: positive }),
  /** speed at which the first target is approached, m/s, until the command is that close to it, m */
  creep: z.strictObject({ speed: positive, until: positive }),
  /** contact force (N) and torque (N·m) beyond which the command goes no further, and how far it backs off, m */
  force: positive,
  torque: positive,
  retract: z.number().min(0),
  /** age of an observation beyond which the robot holds, s */
  staleAfter: positive,
  /** age of an object's pose beyond which the robot holds, s */
  poseStaleAfter: positive,
  /** age of the newest plan beyond which the robot holds, s */
  planStaleAfter: positive,
  /** a tracked pose that moves by more than this between two observations is not followed, m and rad */
  poseJump: z.strictObject({ translation: positive, rotation: positive }),
})

/** What no field can know by itself. */
export const Limits = fields.superRefine(({ retract, reach }, context) => {
  if (retract <= reach.translation) return
  context.addIssue({
    code: 'custom',
    path: ['retract'],
    message:
      `expected no more than reach.translation, ${reach.translation} m, got ${retract} m: the command is never so far from an ` +
      'end effector that stands, and would back off for ever; lower retract, or raise reach.translation',
  })
})
export type Limits = z.infer<typeof Limits>
