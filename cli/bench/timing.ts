// Taking times: of a piece of work alone, and of two that race.
import { quantile } from '../../sim/index.ts'
import { startProgress } from '../terminal.ts'

const WARM_UP = 3
/** Threads of onnxruntime spin for some 40 ms after a run, and PyTorch's do too: a rival waits until the cores are free. */
const SETTLE_MS = 80

/** Runs `work` until a second and `atLeast` repeats have passed, after warming up, and returns the times in ms. */
export async function time(label: string, work: () => Promise<unknown>, atLeast = 20): Promise<number[]> {
  const progress = startProgress(label, atLeast)
  for (let i = 0; i < WARM_UP; i++) await work()
  const times: number[] = []
  const begin = performance.now()
  while (times.length < atLeast || performance.now() - begin < 1000) {
    times.push(await once(work))
    progress.update(Math.min(times.length, atLeast))
  }
  progress.stop()
  return times
}

/** Runs both in turn, each on a machine at rest; a rival takes its own time. Times in ms. */
export async function race(label: string, work: () => Promise<unknown>, rival: () => Promise<number>, repeats = 20) {
  const progress = startProgress(label, repeats)
  const [ours, theirs]: [number[], number[]] = [[], []]
  for (let i = -WARM_UP; i < repeats; i++) {
    const mine = await once(work)
    await settle()
    const other = await rival()
    await settle()
    if (i < 0) continue
    ours.push(mine)
    theirs.push(other)
    progress.update(i + 1)
  }
  progress.stop()
  return { ours, theirs }
}

async function once(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

const settle = () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS))

export interface Timing {
  p50Ms: number
  p95Ms: number
}

export const timing = (times: readonly number[]): Timing => ({
  p50Ms: quantile(times, 0.5),
  p95Ms: quantile(times, 0.95),
})
