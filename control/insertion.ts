// Watches an insertion: what is felt, whether the part is seated or stuck, and what is done about that.
import { compose, makePose, type Pose, relative, rotateVector, type Vec3 } from '../geometry/index.ts'
import type { Believed } from './belief.ts'
import { beginRecovery, type RecoveryMode, type RecoveryOptions, type RecoveryState, recover } from './recover.ts'
import type { Observation } from './robot.ts'
import { beginSeat, type SeatOptions, type SeatPhase, type SeatState, updateSeat } from './seat.ts'
import { Tare } from './tare.ts'

export interface InsertionOptions {
  seat: SeatOptions
  /** left out, a part that is stuck stays so */
  recovery?: RecoveryOptions
}

export interface InsertionStatus {
  phase: SeatPhase
  mode: RecoveryMode
  /** what pushes the part out and all that is felt, N; undefined for a robot that feels nothing, and at first */
  push: number | undefined
  force: number | undefined
  /** how often the part was withdrawn, and how often the mouth was found by searching */
  retried: number
  found: number
  /** where the mouth is taken to be, beside where the tracker says: found there, or only tried there; target frame, m */
  shift: Readonly<Vec3>
}

/** For this long at the start the part hangs free, s. */
const TARE_TIME = 0.3

export class Insertion {
  readonly #options: InsertionOptions
  readonly #tare = new Tare(TARE_TIME)
  #seat: SeatState | undefined
  #recovery: RecoveryState | undefined
  #stamp = Number.NEGATIVE_INFINITY
  /** s; undefined while the part is not stuck */
  #stuckSince: number | undefined
  #felt: { push: number; force: number } | undefined

  constructor(options: InsertionOptions) {
    this.#options = options
  }

  get status(): InsertionStatus {
    const { mode = { name: 'following' }, retried = 0, found = 0, shift = [0, 0, 0] } = this.#recovery ?? {}
    const { push, force } = this.#felt ?? {}
    return { phase: this.#seat?.phase ?? 'free', mode: mode.name, push, force, retried, found, shift }
  }

  /**
   * After a time in which nothing was followed: where the mouth was found stays, what was tried begins anew. Returns whether
   * something was being tried: plans are older than that, and no longer hold.
   */
  goOn(): boolean {
    this.#seat = undefined
    this.#stuckSince = undefined
    const isTrying = this.status.mode !== 'following'
    if (this.#recovery) this.#recovery = { ...this.#recovery, mode: { name: 'following' } }
    return isTrying
  }

  /** While nothing is followed: what is felt then is told, and judged by nobody. No offset is taken of it. */
  feel({ stamp, wrench, eeInBase }: Observation, { targetInBase }: Believed): void {
    if (stamp > this.#stamp && this.#felt) this.#felt = this.#feltBy(wrench, 0, relative(targetInBase, eeInBase))
  }

  /** The part as it is when the tracker's error is what was found. */
  corrected(sourceInTarget: Pose): Pose {
    const [x, y, z] = this.status.shift
    return this.#isShifted ? compose(makePose([-x, -y, -z]), sourceInTarget) : sourceInTarget
  }

  /** The frame of the plans, where the tracker sees the target at `targetInBase`. */
  planFrame(targetInBase: Pose): Pose {
    return this.#isShifted ? compose(targetInBase, makePose(this.status.shift)) : targetInBase
  }

  get #isShifted(): boolean {
    return this.status.shift.some((value) => value !== 0)
  }

  /**
   * What to do now: the part in the target frame as the tracker says, instead of the plan; and whether plans so far no
   * longer hold. `planned`: the part in the frame of the plans; `commanded`: the end effector in the base, as last sent;
   * `patience`: for so long, s, a stuck part is rocked, and may yet come free.
   */
  update(
    { stamp, wrench, eeInBase }: Observation,
    believed: Believed,
    planned: Pose,
    commanded: Pose,
    patience = 0,
  ): { wanted?: Pose; forget: boolean } {
    const isNew = stamp > this.#stamp
    const elapsed = Math.min(0.1, Math.max(0, stamp - this.#stamp))
    this.#stamp = Math.max(stamp, this.#stamp)
    const { sourceInTarget, targetInBase, sourceInEe } = believed
    if (isNew) this.#felt = this.#feltBy(wrench, elapsed, relative(targetInBase, eeInBase))
    const height = this.corrected(sourceInTarget).position[2]
    const lead = sourceInTarget.position[2] - relative(targetInBase, compose(commanded, sourceInEe)).position[2]
    const felt = { time: stamp, height, push: wrench && (this.#felt?.push ?? 0), lead }
    const { seat: seatOptions, recovery: options } = this.#options
    const before = this.#seat ?? beginSeat(felt)
    this.#seat = updateSeat(before, felt, seatOptions)
    if (!options) return { forget: false }
    this.#stuckSince = this.#seat.phase === 'stuck' ? (this.#stuckSince ?? stamp) : undefined
    const situation = {
      time: stamp,
      phase: this.#seat.phase,
      sourceInTarget,
      push: felt.push,
      force: wrench && (this.#felt?.force ?? 0),
      goal: seatOptions.goal,
      planned,
      isRocked: stamp - (this.#stuckSince ?? stamp) < patience,
    }
    const { state, ...step } = recover(this.#recovery ?? beginRecovery(stamp), situation, options)
    // What comes next begins with a part that is free.
    this.#recovery = state
    if (step.forget) this.#seat = beginSeat({ ...felt, height: this.corrected(sourceInTarget).position[2] })
    return step
  }

  /** `elapsed`: since the last, s. Undefined while the offset is being taken. */
  #feltBy(wrench: Observation['wrench'], elapsed: number, eeInTarget: Pose) {
    const contact = wrench && this.#tare.contact(wrench, elapsed)
    return (
      contact && {
        push: rotateVector(eeInTarget.orientation, contact.force)[2],
        force: Math.hypot(...contact.force),
      }
    )
  }
}
