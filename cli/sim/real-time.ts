// Calls `tick` every few milliseconds until it is told to stop, and sees how well the machine keeps up.

/** ms */
const EVERY = 5
/** Wall time over which keeping up is judged, s. */
const WINDOW = 2
/** Below this the machine does not keep up; said no more often than that, s. */
const ENOUGH = 0.95
const SAY_EVERY = 10

export interface RealTimeOptions {
  signal: AbortSignal
  tick: () => Promise<void>
  /** wall time that was not simulated since the start, s */
  slipped: () => number
  /** Called when a machine does not keep up, with the share of time that was simulated. */
  onSlip: (keptUp: number) => void
}

/** `state.keptUp`: how much of the last two seconds was simulated, 0 to 1. Rejects with what `tick` throws. */
export async function keepRealTime(state: { keptUp: number }, options: RealTimeOptions): Promise<void> {
  const { signal, tick, slipped, onSlip } = options
  const now = () => performance.now() / 1e3
  // Also where a tick takes longer than that, others get their turn.
  const turn = (spent: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, EVERY - spent)))
  let window = { from: now(), slipped: slipped() }
  let said = Number.NEGATIVE_INFINITY
  let spent = 0
  while (!signal.aborted) {
    await turn(spent)
    const begin = now()
    await tick()
    spent = (now() - begin) * 1e3
    const passed = now() - window.from
    if (passed < WINDOW) continue
    state.keptUp = Math.max(0, 1 - (slipped() - window.slipped) / passed)
    window = { from: now(), slipped: slipped() }
    if (state.keptUp >= ENOUGH || now() - said < SAY_EVERY) continue
    said = now()
    onSlip(state.keptUp)
  }
}
