// Which of a tracker's reports to believe, for one object.
//
// Each report is held against a prediction from those believed before. What lies too far off is an outlier and is not
// believed; yet when several in a row agree with each other the object has really jumped (or the first was wrong), and
// they are. The gate widens with the time since the last report that was believed: what stays out of
// it as long as it moves is believed when it slows down.
import { z } from 'zod'
import { interpolateLinear, type Pose, poseDistance } from '../geometry/index.ts'
import type { TrackedPose } from './pose-source.ts'
import { isValidPose } from './valid-pose.ts'

export const PoseGateConfig = z.strictObject({
  /** half-width of the gate, m and rad … */
  translationM: z.number().positive().default(0.004),
  rotationRad: z.number().positive().default(0.07),
  /** … and what is added for each second since the last believed report, m/s and rad/s */
  translationRate: z.number().min(0).default(0.1),
  rotationRate: z.number().min(0).default(1),
  /** predicted is the last believed pose, or its motion continued */
  prediction: z.enum(['last', 'velocity']).default('velocity'),
  /** no motion is continued for longer, s */
  horizon: z.number().min(0).default(0.1),
  /** outliers in a row that agree with each other (lie in each other's gate) after which they are believed */
  jumpAfter: z.int().positive().default(5),
  /** reports with less confidence are not looked at */
  leastConfidence: z.number().min(0).max(1).default(0.2),
  /** the confidence of a believed report lasts so long, s, … */
  freshFor: z.number().min(0).default(0.15),
  /** … and falls evenly to 0 by this age, s */
  forgottenAfter: z.number().positive().default(0.5),
})
export type PoseGateConfig = z.infer<typeof PoseGateConfig>

/** Stamps further ahead of the clock than this are wrong, s: believed once, they would make all others old. */
const FUTURE = 0.1
/** Stamps that go back by more than this tell of a clock that was set back, s: what was believed is of another time. */
const SET_BACK = 1
/** Two reports closer than this say nothing of speed, s. */
const LEAST_INTERVAL = 1e-3

/** What became of a report: believed; believed as a jump; or not, and why. */
export type Verdict = 'believed' | 'jump' | 'outlier' | 'unsure' | 'old' | 'invalid'

export class PoseGate {
  readonly #config: PoseGateConfig
  #before: TrackedPose | undefined
  #believed: TrackedPose | undefined
  /** the last of the outliers that agree with each other, and how many they are */
  #suspect: TrackedPose | undefined
  #suspects = 0
  #newest = Number.NEGATIVE_INFINITY

  constructor(config: Partial<PoseGateConfig> = {}) {
    this.#config = PoseGateConfig.parse(config)
  }

  /** Looks at a report at the time `now`, s. */
  update(tracked: TrackedPose, now: number): Verdict {
    const { stamp, confidence } = tracked
    if (!(isValidPose(tracked.pose) && stamp <= now + FUTURE && confidence >= 0)) return 'invalid'
    if (stamp < this.#newest - SET_BACK) this.#startAnew()
    else if (stamp <= this.#newest) return 'old'
    if (confidence < this.#config.leastConfidence || confidence === 0) return 'unsure'
    this.#newest = stamp
    const predicted = this.#predict(stamp)
    if (!this.#believed || !predicted || this.#fits(tracked, predicted, this.#believed.stamp)) {
      this.#before = this.#believed
      return this.#believe(tracked, 'believed')
    }
    const agrees = this.#suspect && this.#fits(tracked, this.#suspect.pose, this.#suspect.stamp)
    this.#suspects = agrees ? this.#suspects + 1 : 1
    this.#suspect = tracked
    if (this.#suspects < this.#config.jumpAfter) return 'outlier'
    // There is no speed across a jump.
    this.#before = undefined
    return this.#believe(tracked, 'jump')
  }

  /** The last believed report, its confidence aged to the time `now`, s; undefined until there is one. */
  latest(now: number): TrackedPose | undefined {
    if (!this.#believed) return undefined
    const { freshFor, forgottenAfter } = this.#config
    const age = now - this.#believed.stamp
    const left = age <= freshFor ? 1 : Math.max(0, (forgottenAfter - age) / (forgottenAfter - freshFor))
    const isForgotten = age >= forgottenAfter || age < -FUTURE
    return { ...this.#believed, confidence: this.#believed.confidence * (isForgotten ? 0 : left) }
  }

  #startAnew(): void {
    this.#newest = Number.NEGATIVE_INFINITY
    this.#before = undefined
    this.#believed = undefined
    this.#suspect = undefined
    this.#suspects = 0
  }

  #believe(tracked: TrackedPose, verdict: Verdict): Verdict {
    this.#believed = tracked
    this.#suspect = undefined
    this.#suspects = 0
    return verdict
  }

  #predict(stamp: number): Pose | undefined {
    const [before, last] = [this.#before, this.#believed]
    if (!before || !last || this.#config.prediction === 'last') return last?.pose
    const interval = last.stamp - before.stamp
    if (interval < LEAST_INTERVAL) return last.pose
    const ahead = Math.min(stamp - last.stamp, this.#config.horizon)
    return interpolateLinear(before.pose, last.pose, 1 + ahead / interval)
  }

  #fits({ pose, stamp }: TrackedPose, expected: Pose, since: number): boolean {
    const { translationM, translationRate, rotationRad, rotationRate } = this.#config
    const { translation, rotation } = poseDistance(pose, expected)
    const elapsed = stamp - since
    return translation <= translationM + translationRate * elapsed && rotation <= rotationRad + rotationRate * elapsed
  }
}
