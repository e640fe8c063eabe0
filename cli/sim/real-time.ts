// Calls `tick` every few milliseconds until it is told to stop, and sees how well the machine keeps up.

/** ms */
const EVERY = 5
/** Wall time over which keeping up is judged, s. */
const WINDOW = 2
/** Below this the machine does not keep up. */
const ENOUGH = 0.98

export interface RealTime {
  /** How much of the wall time of the last seconds was simulated, 0 to 1. */
  readonly keptUp: number
}

export interface RealTimeOptions {
  signal: AbortSignal
  tick: () => Promise<void>
  /** wall time that was not simulated since the start, s */
  slipped: () => number
  /** Told once for each window that was not kept up with, with the share that was. */
  onSlip: (keptUp: number) => void
}

/** Rejects with what `tick` throws. */
export async function keepRealTime(state: { keptUp: number }, options: RealTimeOptions): Promise<void> {
  const { signal, tick, slipped, onSlip } = options
  const now = () => performance.now() / 1e3
  const turn = () => new Promise<void>((resolve) => setTimeout(resolve, EVERY))
  let window = { from: now(), slipped: slipped() }
  while (!signal.aborted) {
    await turn()
    await tick()
    const passed = now() - window.from
    if (passed < WINDOW) continue
    state.keptUp = Math.max(0, 1 - (slipped() - window.slipped) / passed)
    window = { from: now(), slipped: slipped() }
    if (state.keptUp < ENOUGH) onSlip(state.keptUp)
  }
}
