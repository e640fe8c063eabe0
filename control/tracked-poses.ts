// Whether the tracker can be believed: both objects seen lately, and neither moving faster than an object can.
import { type Pose, poseDistance } from '../geometry/index.ts'
import { isValidPose, type TrackedPose } from '../perception/index.ts'
import type { Change } from './interventions.ts'
import type { Limits } from './limits.ts'
import type { Observation } from './robot.ts'
import { FUTURE } from './watchdogs.ts'

type Name = 'source' | 'target'
type TrackingLimits = Pick<Limits, 'poseStaleAfter' | 'poseJump' | 'speed' | 'angularSpeed'>

export class TrackedPoses {
  readonly #limits: TrackingLimits
  readonly #believed = new Map<Name, { pose: Pose; stamp: number }>()
  /** what is wrong with an object that jumped, and how long it had not been seen then, s */
  readonly #jumped = new Map<Name, { message: string; elapsed: number }>()

  constructor(limits: TrackingLimits) {
    this.#limits = limits
  }

  /** Looks at what was observed; says why the robot should hold, if it should. */
  check({ source, target }: Observation, now: number): Change | undefined {
    const problems = [this.#look('source', source, now), this.#look('target', target, now)]
    return problems.find((problem) => problem)
  }

  /** Believes what is seen next, whatever it is. */
  forget(): void {
    this.#believed.clear()
    this.#jumped.clear()
  }

  #look(name: Name, { pose, stamp, confidence }: TrackedPose, now: number): Change | undefined {
    const last = this.#believed.get(name)
    // Lost, or nonsense: as if nothing had come.
    if (confidence > 0 && isValidPose(pose) && stamp <= now + FUTURE && !(last && stamp <= last.stamp)) {
      // One that jumped is not allowed more because nobody believes it for long.
      const elapsed = Math.min(
        stamp - (last?.stamp ?? stamp),
        this.#jumped.get(name)?.elapsed ?? Number.POSITIVE_INFINITY,
      )
      const message = last && this.#jump(name, pose, last.pose, elapsed)
      if (message) this.#jumped.set(name, { message, elapsed })
      else {
        this.#jumped.delete(name)
        this.#believed.set(name, { pose, stamp })
      }
    }
    const jump = this.#jumped.get(name)
    if (jump) return { kind: 'jump', message: jump.message }
    const seen = this.#believed.get(name)
    const age = now - (seen?.stamp ?? Number.NEGATIVE_INFINITY)
    const { poseStaleAfter } = this.#limits
    if (age >= -FUTURE && age <= poseStaleAfter) return undefined
    const since = seen ? `not seen for ${age.toFixed(2)} s, limit ${poseStaleAfter} s` : 'was never seen'
    return { kind: 'lost', message: `the ${name} ${since}` }
  }

  /** More than the jump allowed, and than what the robot itself can have moved it by. */
  #jump(name: Name, pose: Pose, last: Pose, elapsed: number): string | undefined {
    const { poseJump, speed, angularSpeed, poseStaleAfter } = this.#limits
    const { translation, rotation } = poseDistance(last, pose)
    const time = Math.min(elapsed, poseStaleAfter)
    const allowed = poseJump.translation + speed * time
    const allowedTurn = poseJump.rotation + angularSpeed * time
    if (translation <= allowed && rotation <= allowedTurn) return undefined
    const [mm, mmAllowed] = [translation, allowed].map((value) => (value * 1e3).toFixed(0))
    const [degrees, degreesAllowed] = [rotation, allowedTurn].map((value) => ((value * 180) / Math.PI).toFixed(0))
    return `the ${name} jumped by ${mm} mm and ${degrees}°, limit ${mmAllowed} mm and ${degreesAllowed}°: look at the tracker, then resume`
  }
}
