// A simulated robot knows how an episode ended: its verdict, asked for again and again while the episode runs.
import { z } from 'zod'
import type { Ended } from './run-live.ts'

/** What the service of the profile's `episode.verdict` answers in its message, as JSON. Other keys are let be. */
const Verdict = z.object({
  /** `waiting`: for the first command */
  state: z.enum(['waiting', 'running', 'seated', 'failed']),
  /** s since the first command */
  seatSeconds: z.number().nullable(),
  failure: z.string().nullable(),
  peakForceN: z.number(),
})

/** `ended` is undefined as long as it is not over. Throws a RangeError for an answer that is no verdict. */
export function parseVerdict(message: string): { ended: Ended | undefined; peakForceN: number } {
  let json: unknown
  try {
    json = JSON.parse(message)
  } catch (cause) {
    throw new RangeError(`expected a verdict as JSON, got "${message.slice(0, 80)}"`, { cause })
  }
  const parsed = Verdict.safeParse(json)
  if (!parsed.success) throw new RangeError(`no verdict: ${z.prettifyError(parsed.error)}`)
  const { state, seatSeconds, failure, peakForceN } = parsed.data
  const seated = state === 'seated'
  const isOver = seated || state === 'failed'
  return {
    ended: isOver ? { seated, seatSeconds, reason: seated ? 'seated' : (failure ?? 'failed') } : undefined,
    peakForceN,
  }
}

/** Asks every `interval` s, of the wall clock; an answer that fails to come is asked for again. */
export class VerdictWatch {
  readonly #ask: () => Promise<string>
  #timer: NodeJS.Timeout | undefined
  #asking: Promise<void> | undefined
  #ended: Ended | undefined
  #wasOver: boolean | undefined
  #peakForceN: number | undefined
  #problem: string | undefined
  /** s on this machine's clock */
  #problemSince = 0

  constructor(ask: () => Promise<string>, interval = 0.2) {
    this.#ask = ask
    this.#timer = setInterval(() => {
      this.#asking ??= this.look().finally(() => {
        this.#asking = undefined
      })
    }, interval * 1e3)
  }

  /** Undefined as long as the episode has not ended by itself. */
  get ended(): Ended | undefined {
    return this.#ended
  }

  /** Whether it had ended by the first answer that came: then it tells nothing of what happened since. */
  get wasOver(): boolean | undefined {
    return this.#wasOver
  }

  get peakForceN(): number | undefined {
    return this.#peakForceN
  }

  /** What was wrong with the last answer. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** For how long each answer was wrong or none came, s. */
  get problemSeconds(): number {
    return this.#problem === undefined ? 0 : performance.now() / 1e3 - this.#problemSince
  }

  /** Asks once. Does not throw. */
  async look(): Promise<void> {
    if (this.#ended) return
    try {
      const { ended, peakForceN } = parseVerdict(await this.#ask())
      this.#ended = ended
      this.#wasOver ??= ended !== undefined
      this.#peakForceN = peakForceN
      this.#problem = undefined
    } catch (error) {
      if (this.#problem === undefined) this.#problemSince = performance.now() / 1e3
      this.#problem = error instanceof Error ? error.message : String(error)
    }
  }

  /** Asks no more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#asking
  }
}
