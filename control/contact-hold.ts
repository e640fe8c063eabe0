// Too much force: go no further, back off along where one came from, and wait there.
//
//   free ──(too much, and the wish goes deeper)──► backing ──(as far as asked)──► held ──(the wish comes back)──► free
//
// A command that still runs deeper when the wish comes back is stopped, and is free then.
//
// Deeper is what stretches the spring between command and end effector, in length or in angle. Without a way to back off
// by (`retract: 0`) the command holds for as long as the force is too high and the wish goes deeper.
import { interpolateLinear, type Pose, poseAt, poseDistance, type Track } from '../geometry/index.ts'
import { poseWay } from './bounds.ts'
import type { Change } from './interventions.ts'
import type { Limits } from './limits.ts'
import type { Wrench } from './robot.ts'
import { dot } from './vector.ts'

type ContactLimits = Pick<Limits, 'force' | 'torque' | 'retract' | 'reach' | 'contactZone'>

/** Poses of the way here are kept this far apart, m … */
const SPACING = 2e-4
/** … and so many of them. */
const LONGEST_TRAIL = 1000
/** Differences smaller than this are rounding, m and rad, and m². */
const NOTHING = 1e-9
/** Close enough to where it backs off to, m. */
const THERE = 1e-4
/** It may take so much longer than the way is long, s. */
const PATIENCE = 1

/** What to do instead of the wish: go to `goal`, or without one stay. */
export interface Instead {
  change: Change
  goal?: Pose
  /** the command is still deeper than the end effector: an arm that is told velocities must not make up for that */
  isAhead: boolean
}

type Decision = Omit<Instead, 'isAhead'> & {
  /** from one to the other it goes deeper */
  inward: [Pose, Pose]
}

type Phase =
  | { name: 'free' }
  | { name: 'backing'; cause: Change; way: Track; gone: number }
  | { name: 'held'; cause: Change; contact: Pose }

export class ContactHold {
  readonly #limits: ContactLimits
  /** m per rad: a stretch in angle counts as much as one in length when both are at the reach's end */
  readonly #lever: number
  #trail: Pose[] = []
  #phase: Phase = { name: 'free' }

  constructor(limits: ContactLimits) {
    this.#limits = limits
    this.#lever = limits.reach.translation / limits.reach.rotation
  }

  /** Forgets the way here and what it was held for. */
  reset(): void {
    this.#trail = []
    this.#phase = { name: 'free' }
  }

  /** Lets go of what it was held for; the way here is remembered. */
  release(): void {
    this.#phase = { name: 'free' }
  }

  /** Remembers a command as part of the way here. */
  note(pose: Pose): void {
    const last = this.#trail.at(-1)
    if (last && this.#distance(last, pose) < SPACING) return
    this.#trail = [...this.#trail.slice(1 - LONGEST_TRAIL), pose]
  }

  /** `command`: the last one; `resting`: where braking gently would end; `elapsed`: since the last one, s. */
  update(
    wanted: Pose,
    { pose: command, resting }: { pose: Pose; resting: Pose },
    seen: { eeInBase: Pose; wrench?: Wrench },
    elapsed: number,
  ): Instead | undefined {
    const decision = this.#decide(wanted, { command, resting }, seen, elapsed)
    if (!decision) return undefined
    const { inward, ...instead } = decision
    return { ...instead, isAhead: this.#dot([seen.eeInBase, command], inward) > NOTHING }
  }

  #decide(
    wanted: Pose,
    { command, resting }: { command: Pose; resting: Pose },
    { eeInBase, wrench }: { eeInBase: Pose; wrench?: Wrench },
    elapsed: number,
  ): Decision | undefined {
    const phase = this.#phase
    if (phase.name === 'backing') {
      const deep = phase.way.poses[0] as Pose
      const end = phase.way.poses.at(-1) as Pose
      const whole = phase.way.stamps.at(-1) as number
      const { speed } = this.#limits.contactZone
      phase.gone += speed * elapsed
      const isThere = phase.gone >= whole && this.#distance(command, end) <= THERE
      // Where another limit is in the way, it gets no further.
      if (!isThere && phase.gone < whole + PATIENCE * speed) {
        return { change: phase.cause, goal: poseAt(phase.way, phase.gone), inward: [end, deep] }
      }
      const message = `${phase.cause.message}; holds until the wish comes back or is resumed`
      this.#phase = { name: 'held', cause: { kind: phase.cause.kind, message }, contact: deep }
      return { change: this.#phase.cause, inward: [end, deep] }
    }
    if (phase.name === 'held') {
      const { cause, contact } = phase
      if (this.#along(command, contact, wanted) > NOTHING) return { change: cause, inward: [command, contact] }
      this.#phase = { name: 'free' }
    }
    const cause = this.excess(wrench)
    if (!cause) return undefined
    if (!isDeeper(wanted, command, eeInBase)) {
      // The wish comes back, but the command does not yet: it is stopped first.
      return isDeeper(resting, command, eeInBase) ? { change: cause, inward: [command, resting] } : undefined
    }
    if (this.#limits.retract === 0) return { change: cause, inward: [command, wanted] }
    const way = this.#wayBack(command, eeInBase)
    // Nothing is known of the way here: it holds where it is, until the wish comes back.
    if (way.poses.length < 2) {
      this.#phase = { name: 'held', cause, contact: wanted }
      return { change: cause, inward: [command, wanted] }
    }
    const back = (way.stamps.at(-1) as number) * 1e3
    const change = { kind: cause.kind, message: `${cause.message}: backs off ${back.toFixed(1)} mm` }
    this.#phase = { name: 'backing', cause: change, way, gone: 0 }
    return { change, inward: [command, wanted] }
  }

  /** A sensor that says NaN says nothing good; no sensor, no news. */
  excess(wrench: Wrench | undefined): Change | undefined {
    if (!wrench) return undefined
    const [force, torque] = [Math.hypot(...wrench.force), Math.hypot(...wrench.torque)]
    const { force: most, torque: mostTorque } = this.#limits
    if (!(force <= most)) return { kind: 'force', message: `${force.toFixed(1)} N, limit ${most} N` }
    if (!(torque <= mostTorque)) return { kind: 'torque', message: `${torque.toFixed(2)} N·m, limit ${mostTorque} N·m` }
    return undefined
  }

  /**
   * From `command` back along the trail until it is `retract` away, stamped with the length of the way. Where the way came by
   * again, as in a search on the spot, the loop is left out. Who came from deeper goes towards the end effector instead.
   */
  #wayBack(command: Pose, eeInBase: Pose): Track {
    const trail = this.#retrace(command)
    const comesDeeper = this.#along(command, trail.at(-1) as Pose, eeInBase) < -NOTHING
    const poses = comesDeeper ? [command, this.#relaxed(command, eeInBase)] : trail
    const way = { poses: [command], stamps: [0] }
    for (let i = 0; i < poses.length - 1; ) {
      const here = poses[i] as Pose
      const within = poses.findLastIndex((pose) => this.#distance(here, pose) <= this.#limits.retract / 2)
      i = Math.max(i + 1, within)
      const step = this.#distance(here, poses[i] as Pose)
      if (step < NOTHING) continue
      way.poses.push(poses[i] as Pose)
      way.stamps.push((way.stamps.at(-1) as number) + step)
    }
    return way
  }

  /** The trail back to where it is `retract` away from `command`; it loses that part. */
  #retrace(command: Pose): Pose[] {
    const poses = [command]
    for (let next = this.#trail.pop(); next; next = this.#trail.pop()) {
      const last = poses.at(-1) as Pose
      const [far, further] = [this.#distance(command, last), this.#distance(command, next)]
      if (further >= this.#limits.retract) {
        this.#trail.push(next)
        poses.push(interpolateLinear(last, next, (this.#limits.retract - far) / (further - far)))
        break
      }
      poses.push(next)
    }
    return poses
  }

  /** `retract` closer to the end effector, or there. */
  #relaxed(command: Pose, eeInBase: Pose): Pose {
    const depth = this.#distance(command, eeInBase)
    return interpolateLinear(command, eeInBase, Math.min(1, this.#limits.retract / depth))
  }

  #distance(a: Pose, b: Pose): number {
    const { place, turn } = poseWay(a, b, this.#lever)
    return Math.hypot(...place, ...turn)
  }

  /** How far `a` and `b` lie on the same side, seen from `command`, m². */
  #along(command: Pose, a: Pose, b: Pose): number {
    return this.#dot([command, a], [command, b])
  }

  /** Of two ways, m². */
  #dot(a: [Pose, Pose], b: [Pose, Pose]): number {
    const [one, other] = [poseWay(...a, this.#lever), poseWay(...b, this.#lever)]
    return dot(one.place, other.place) + dot(one.turn, other.turn)
  }
}

/** Whether `wanted` stretches the spring between command and end effector further than `command` does. */
function isDeeper(wanted: Pose, command: Pose, eeInBase: Pose): boolean {
  const [then, now] = [poseDistance(wanted, eeInBase), poseDistance(command, eeInBase)]
  return then.translation > now.translation + NOTHING || then.rotation > now.rotation + NOTHING
}
