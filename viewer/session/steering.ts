// From how fast somebody wants the part to move, to where the end effector should be: twists, integrated.
//
//   command ●────────► wish          the wish leads by no more than the way to stop, and what the twist makes in 30 ms
//           ◄── turned round ──      nor is it ever behind: the other way is answered at once
//
// Turning is about the tip of the held part. A twist that is old is none: silence brakes, and holds.
import type { Limits } from '../../control/limits.ts'
import { gentleStop, hullOf } from '../../control/stop-plan.ts'
import { dot, lengthOf, minus, plus, times } from '../../control/vector.ts'
import {
  conjugateQuat,
  multiplyQuat,
  normalizeQuat,
  type Pose,
  quatToRotationVector,
  rotateVector,
  rotationVectorToQuat,
  transformPoint,
  type Vec3,
} from '../../geometry/index.ts'
import type { Twist } from '../protocol/messages.ts'

/** A twist older than this counts for nothing, s. */
export const DEAD_AFTER = 0.15
/** The wish may lead by what the twist makes in this time, s, beside the way to stop. */
const LEAD = 0.03
/** After a longer silence nothing is made up for, s. */
const LONGEST_STEP = 1 / 30

/** Of the end effector, in the base: m/s and rad/s. */
export interface Motion {
  readonly linear: Readonly<Vec3>
  readonly angular: Readonly<Vec3>
}

/** Where the end effector would come to rest, seen from where it is commanded to be: m and a rotation vector. */
export interface Coasting {
  readonly place: Readonly<Vec3>
  readonly turn: Readonly<Vec3>
}

export interface Frames {
  /** as commanded */
  eeInBase: Pose
  targetInBase: Pose
  /** the part's tip, in the end effector's frame, m */
  tipInEe: Readonly<Vec3>
}

type SpeedLimits = Pick<Limits, 'speed' | 'angularSpeed'>
type StopLimits = Pick<Limits, 'acceleration' | 'jerk' | 'angularAcceleration' | 'angularJerk'>

const ZERO: Vec3 = [0, 0, 0]
export const STANDSTILL: Motion = { linear: ZERO, angular: ZERO }

export const isStandstill = ({ linear, angular }: Motion): boolean => lengthOf(linear) === 0 && lengthOf(angular) === 0

/**
 * How the end effector has to move for the part to move by the twist. Too fast a one is slowed down as a whole, so that
 * the tip stays where it is turned about.
 */
export function motionOf(twist: Twist, { eeInBase, targetInBase, tipInEe }: Frames, limits: SpeedLimits): Motion {
  const axes = { base: undefined, target: targetInBase, ee: eeInBase }[twist.frame]
  const inBase = (vector: Vec3) => (axes ? rotateVector(axes.orientation, vector) : vector)
  const angular = inBase(twist.angular)
  const fromTip = times(rotateVector(eeInBase.orientation, [...tipInEe] as Vec3), -1)
  const linear = plus(inBase(twist.linear), cross(angular, fromTip))
  const [speed, turning] = [lengthOf(linear), lengthOf(angular)]
  const slower = Math.min(1, speed > 0 ? limits.speed / speed : 1, turning > 0 ? limits.angularSpeed / turning : 1)
  return { linear: times(linear, slower), angular: times(angular, slower) }
}

/** The pose after so long, s, of moving: turned about the tip, which itself moves straight. */
export function moved(pose: Pose, { linear, angular }: Motion, tipInEe: Readonly<Vec3>, elapsed: number): Pose {
  const tip = transformPoint(pose, tipInEe)
  const fromTip = minus(pose.position, tip)
  const turn = rotationVectorToQuat(times(angular, elapsed))
  const straight = minus(linear, cross(angular, fromTip))
  return {
    position: plus(plus(tip, rotateVector(turn, fromTip)), straight, elapsed),
    orientation: normalizeQuat(multiplyQuat(turn, pose.orientation)),
  }
}

/** The way to stop after the last two commands. */
export function coasting(before: Pose, command: Pose, elapsed: number, limits: StopLimits): Coasting {
  if (!(elapsed > 0)) return { place: ZERO, turn: ZERO }
  const { place, turn } = leadOf(command, before)
  const { acceleration, jerk, angularAcceleration, angularJerk } = limits
  const end = (way: Vec3, rates: { acceleration: number; jerk: number }) =>
    hullOf(gentleStop(times(way, 1 / elapsed), ZERO, rates))[2]
  return {
    place: end(place, { acceleration, jerk }),
    turn: end(turn, { acceleration: angularAcceleration, jerk: angularJerk }),
  }
}

/** The wish, kept so near to the command that whoever turns round is answered at once. */
export function onLeash(wish: Pose, command: Pose, coast: Coasting, motion: Motion): Pose {
  const { place, turn } = leadOf(wish, command)
  return ledBy(command, {
    place: shortened(place, coast.place, motion.linear),
    turn: shortened(turn, coast.turn, motion.angular),
  })
}

/** Where to go when there is nothing to wish for: to where it comes to rest anyway. */
export const atEndOf = (command: Pose, coast: Coasting): Pose => ledBy(command, coast)

/** A lead along the motion no less than nothing and no more than allowed; beside it, no more than what coasts there. */
function shortened(lead: Vec3, coast: Readonly<Vec3>, motion: Readonly<Vec3>): Vec3 {
  const speed = lengthOf(motion)
  if (speed === 0) return atMost(lead, lengthOf(coast))
  const along = times(motion, 1 / speed)
  const [ahead, coasts] = [dot(lead, along), dot(coast, along)]
  const beside = plus(lead, along, -ahead)
  const most = Math.max(0, coasts) + speed * LEAD
  const besideMost = lengthOf(plus(coast, along, -coasts)) + (speed * LEAD) / 3
  return plus(atMost(beside, besideMost), along, Math.min(most, Math.max(0, ahead)))
}

const leadOf = (wish: Pose, command: Pose): { place: Vec3; turn: Vec3 } => ({
  place: minus(wish.position, command.position),
  turn: quatToRotationVector(multiplyQuat(wish.orientation, conjugateQuat(command.orientation))),
})

const ledBy = (command: Pose, { place, turn }: Coasting): Pose => ({
  position: plus(command.position, place),
  orientation: normalizeQuat(multiplyQuat(rotationVectorToQuat([...turn] as Vec3), command.orientation)),
})

function atMost(vector: Vec3, length: number): Vec3 {
  const own = lengthOf(vector)
  return own > length ? times(vector, length / own) : vector
}

const cross = (a: Readonly<Vec3>, b: Readonly<Vec3>): Vec3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
]

/** The newest twist, and the wish that follows from it. */
export class Steering {
  readonly #limits: SpeedLimits & StopLimits
  #twist: { twist: Twist; at: number } | undefined
  #wish: Pose | undefined
  #stood = true
  #last: { command: Pose; time: number } | undefined
  #coast: Coasting = { place: ZERO, turn: ZERO }

  constructor(limits: SpeedLimits & StopLimits) {
    this.#limits = limits
  }

  /** `at`: when it came, s on the same clock as in {@link fresh}. */
  steer(twist: Twist, at: number): void {
    this.#twist = { twist, at }
  }

  /** Nobody steers. */
  letGo(): void {
    this.#twist = undefined
  }

  /** The twist that counts now. */
  fresh(at: number): Twist | undefined {
    return this.#twist && at - this.#twist.at <= DEAD_AFTER ? this.#twist.twist : undefined
  }

  /** The wish for `time` (s, on the robot's clock). `speed`: m/s, what is allowed here. */
  wishAt(time: number, twist: Twist | undefined, frames: Frames, speed: number): Pose {
    const command = this.#last?.command ?? frames.eeInBase
    const elapsed = Math.min(LONGEST_STEP, Math.max(0, time - (this.#last?.time ?? time)))
    const motion = twist ? motionOf(twist, { ...frames, eeInBase: command }, { ...this.#limits, speed }) : STANDSTILL
    const stands = isStandstill(motion)
    // Let go of: it comes to rest where it can, and is not drawn back.
    const wish = stands && !this.#stood ? atEndOf(command, this.#coast) : (this.#wish ?? command)
    this.#stood = stands
    this.#wish = onLeash(moved(wish, motion, frames.tipInEe, elapsed), command, this.#coast, motion)
    return this.#wish
  }

  /** What became of the wish at `time`. `begins`: it begins anew there. */
  commanded(command: Pose, time: number, begins = false): void {
    const elapsed = time - (this.#last?.time ?? time)
    const last = this.#last
    this.#last = { command, time }
    // So close to each other two commands tell of no speed.
    if (begins || !last) this.#coast = { place: ZERO, turn: ZERO }
    else if (elapsed > 1e-3) this.#coast = coasting(last.command, command, elapsed, this.#limits)
    if (begins) this.#wish = undefined
  }
}
