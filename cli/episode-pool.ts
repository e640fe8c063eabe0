// Episodes in parallel worker threads, each with a world and a policy of its own. Results do not depend on how many.
import { Worker } from 'node:worker_threads'
import type { LoadOptions } from '../policy/index.ts'
import type { EpisodeResult } from '../sim/index.ts'
import type { ReplayDemonstration, ReplayFrame } from './replay-baseline.ts'
import type { Conditions, Trace } from './run-episode.ts'

export type DriverSetup =
  | { kind: 'policy'; checkpoint: string; loading: LoadOptions }
  | { kind: 'replay'; frame: ReplayFrame; demonstrations: ReplayDemonstration[] }

export interface WorkerSetup {
  conditions: Conditions
  driver: DriverSetup
}

/** Said to a worker thread that is to end. */
export const END = 'end'

export interface WorkerJob {
  index: number
  keepTrace: boolean
}

export interface Finished {
  result: EpisodeResult
  trace?: Trace
}

export interface PoolOptions extends WorkerSetup {
  episodes: number
  workers: number
  /** episodes below this number come with their trace */
  traces?: number
  signal: AbortSignal
  onResult?(finished: Finished, done: number): void
}

/**
 * Runs episodes 0 to `episodes` − 1 and returns them in order; fewer when `signal` ended it early. An error in a worker
 * ends all and is thrown.
 */
export async function runEpisodes(options: PoolOptions): Promise<Finished[]> {
  const { conditions, driver, episodes, signal } = options
  const setup: WorkerSetup = { conditions, driver }
  const finished: Finished[] = []
  let next = 0
  const workers: Worker[] = []
  const over = new AbortController()
  const serve = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL('./worker.mjs', import.meta.url), { workerData: setup })
      workers.push(worker)
      const handOut = () => {
        if (next >= episodes || signal.aborted) return resolve()
        const index = next++
        worker.postMessage({ index, keepTrace: index < (options.traces ?? 0) } satisfies WorkerJob)
      }
      worker.on('message', (message: 'ready' | Finished) => {
        if (message !== 'ready') {
          finished.push(message)
          options.onResult?.(message, finished.length)
        }
        handOut()
      })
      worker.on('error', reject)
      signal.addEventListener('abort', () => resolve(), { signal: over.signal })
    })
  try {
    await Promise.all(Array.from({ length: Math.min(options.workers, episodes) }, serve))
  } finally {
    over.abort()
    await Promise.all(workers.map((worker) => endThread(worker, driver)))
  }
  // Stopped early, only an unbroken run counts: what was under way would be missing, and that is mostly what fails.
  const inOrder = finished.sort((a, b) => a.result.index - b.result.index)
  return inOrder.filter(({ result }, i) => result.index === i)
}

/**
 * Runs one episode of those, with its trace, in a worker thread of its own. It is the same episode as among many. An
 * error in the thread is thrown; `signal` ends the thread, and then its reason is thrown.
 */
export async function runOneEpisode(
  setup: WorkerSetup,
  index: number,
  signal: AbortSignal,
): Promise<Required<Finished>> {
  signal.throwIfAborted()
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), { workerData: setup })
  let abort = () => {}
  try {
    return await new Promise((resolve, reject) => {
      worker.on('error', reject)
      worker.on('exit', () => reject(new Error('the thread that runs the episode has ended')))
      abort = () => reject(signal.reason)
      signal.addEventListener('abort', abort)
      worker.on('message', (message: 'ready' | Required<Finished>) => {
        if (message === 'ready') worker.postMessage({ index, keepTrace: true } satisfies WorkerJob)
        else resolve(message)
      })
    })
  } finally {
    signal.removeEventListener('abort', abort)
    await endThread(worker, setup.driver)
  }
}

/**
 * Ends it, in the middle of an episode too. One that onnxruntime computes in has to end by itself, which it does before
 * its next plan: terminated in it, it takes the whole process with it.
 */
async function endThread(worker: Worker, driver: DriverSetup): Promise<void> {
  const hasEnded = worker.threadId === -1
  if (hasEnded) return
  if (driver.kind === 'replay') {
    await worker.terminate()
    return
  }
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  worker.postMessage(END)
  await exited
}
