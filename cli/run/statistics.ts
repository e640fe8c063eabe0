// What a live run shows of itself: how fast it goes, how late, and what is felt.
import type { Cycle } from '../../control/index.ts'
import { quantile } from '../../sim/index.ts'

/** Times that are remembered, for a rate and for quantiles. */
const REMEMBERED = 120

export interface Glance {
  /** what the governor and the robot let pass: `moving`, `paused`, `stopped`, or why not */
  state: string
  /** s since the episode began */
  seconds: number
  /** of the connection, s */
  roundTrip?: { p50: number; p99: number } | undefined
}

export class RunStatistics {
  readonly #times: number[] = []
  readonly #plans: number[] = []
  readonly #ages: number[] = []
  #plansMade = 0
  #commands = 0
  #last: Cycle | undefined
  #gate: number | undefined
  #peakForceN = 0

  see(cycle: Cycle): void {
    const { time, observation, planSeconds, fusing } = cycle
    this.#last = cycle
    if (!cycle.silent) this.#commands++
    keep(this.#times, time)
    keep(this.#ages, time - observation.stamp)
    if (planSeconds !== undefined) {
      keep(this.#plans, planSeconds)
      this.#plansMade++
    }
    if (fusing?.gate) this.#gate = fusing.gate.reduce((sum, open) => sum + open, 0) / fusing.gate.length
    this.#peakForceN = Math.max(this.#peakForceN, this.#force ?? 0)
  }

  /** Commands so far. */
  get commands(): number {
    return this.#commands
  }

  /** The newest cycle. */
  get last(): Cycle | undefined {
    return this.#last
  }

  get #force(): number | undefined {
    const { insertion, observation } = this.#last ?? {}
    // Where somebody looks at the insertion, what hangs on the sensor does not count, nor what it says before that is known.
    return insertion ? insertion.force : observation?.wrench && Math.hypot(...observation.wrench.force)
  }

  /** Largest force that was felt, N. */
  get peakForceN(): number {
    return this.#peakForceN
  }

  summary() {
    return {
      rateHz: this.#rate ?? null,
      plans: this.#plansMade,
      planSeconds: quantiles(this.#plans),
      observationAgeSeconds: quantiles(this.#ages),
      missedCommands: this.#last?.missed?.commands ?? 0,
      latePlans: this.#last?.missed?.plans ?? 0,
    }
  }

  /** One line for the foot of the terminal. */
  line({ state, seconds, roundTrip }: Glance): string {
    const { insertion, guarded, missed } = this.#last ?? {}
    const plans = quantiles(this.#plans)
    const doing = insertion && (insertion.mode === 'following' ? insertion.phase : insertion.mode)
    const limited = guarded?.interventions.map(({ kind }) => kind) ?? []
    return [
      state,
      ...(doing && doing !== 'free' ? [doing] : []),
      `${seconds.toFixed(1)} s`,
      ...(this.#rate === undefined ? [] : [`${this.#rate.toFixed(1)} Hz`]),
      ...(plans && plans.p99 > 0 ? [`plan ${milliseconds(plans)}`] : []),
      ...(roundTrip ? [`link ${milliseconds(roundTrip)}`] : []),
      ...(this.#force === undefined ? [] : [`${this.#force.toFixed(1)} N`]),
      ...(this.#gate === undefined ? [] : [`gate ${this.#gate.toFixed(2)}`]),
      ...(missed && missed.commands + missed.plans > 0
        ? [`missed ${missed.commands} commands, ${missed.plans} plans late`]
        : []),
      ...(limited.length > 0 ? [`limited: ${[...new Set(limited)].join(', ')}`] : []),
    ].join(' · ')
  }

  get #rate(): number | undefined {
    const [first, last] = [this.#times[0], this.#times.at(-1)]
    return first === undefined || last === undefined || last <= first
      ? undefined
      : (this.#times.length - 1) / (last - first)
  }
}

function keep(values: number[], value: number): void {
  values.push(value)
  if (values.length > REMEMBERED) values.shift()
}

const quantiles = (values: readonly number[]): { p50: number; p99: number } | undefined =>
  values.length === 0 ? undefined : { p50: quantile(values, 0.5), p99: quantile(values, 0.99) }

/** `35/60 ms`: in the median, and at the 99th percentile */
const milliseconds = ({ p50, p99 }: { p50: number; p99: number }): string =>
  `${(p50 * 1e3).toFixed(p50 < 0.01 ? 1 : 0)}/${(p99 * 1e3).toFixed(p99 < 0.01 ? 1 : 0)} ms`
