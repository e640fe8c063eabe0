// Where training takes its batches from: drawn when they are asked for, or ahead of time in a thread of their own. Either
// way, the batch of a step is a function of the seed and the step's number.
import { Worker } from 'node:worker_threads'
import type { Arrays } from '../tensor/compile/session.ts'
import { Random } from '../tensor/random.ts'
import { drawBatch, type TrainingSet } from './batches.ts'
import type { PolicyConfig } from './config.ts'

/** Everything that decides the batches. Plain data: it is sent to a thread. */
export interface BatchPlan {
  set: TrainingSet
  config: PolicyConfig
  seed: number
}

export interface BatchAnswer {
  step: number
  batch: Arrays
}

export interface BatchSource {
  /** The batch of this step; steps are asked for in order. Rejects when drawing it failed. */
  take(step: number): Promise<Arrays>
  close(): Promise<void>
}

/**
 * A thread for pictures; poses are drawn faster than a thread can hand them over. `ahead` batches are kept in store: two,
 * so that one that took long holds nothing up.
 */
export function openBatches(plan: BatchPlan, first: number, end: number, ahead = 2): BatchSource {
  return plan.config.model.image ? drawAhead(plan, first, end, ahead) : drawOnDemand(plan)
}

export function drawOnDemand({ set, config, seed }: BatchPlan): BatchSource {
  const random = new Random(seed).fork('batches')
  return {
    take: async (step) => drawBatch(set, config, random.fork(step), true),
    close: async () => {},
  }
}

/** Draws the batches of steps `first` to `end` − 1 in a worker thread, `ahead` of them before they are taken. */
export function drawAhead(plan: BatchPlan, first: number, end: number, ahead: number): BatchSource {
  const worker = new Worker(new URL('./batch-worker.mjs', import.meta.url), { workerData: plan })
  const ready = new Map<number, Arrays>()
  const waiting = new Map<number, { resolve(batch: Arrays): void; reject(error: unknown): void }>()
  let failure: unknown
  let asked = first
  const askUpTo = (limit: number) => {
    for (; asked < Math.min(end, limit); asked++) worker.postMessage(asked)
  }
  const fail = (error: unknown) => {
    failure ??= error
    for (const { reject } of waiting.values()) reject(failure)
    waiting.clear()
  }
  worker.on('message', ({ step, batch }: BatchAnswer) => {
    const asker = waiting.get(step)
    waiting.delete(step)
    if (asker) asker.resolve(batch)
    else ready.set(step, batch)
  })
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('the thread that draws batches has ended')))
  askUpTo(first + ahead)
  return {
    take(step) {
      askUpTo(step + 1 + ahead)
      const batch = ready.get(step)
      ready.delete(step)
      if (batch) return Promise.resolve(batch)
      if (failure !== undefined) return Promise.reject(failure)
      if (step < first || step >= asked) {
        return Promise.reject(new RangeError(`expected a step from ${first} to ${end - 1}, got ${step}`))
      }
      return new Promise((resolve, reject) => void waiting.set(step, { resolve, reject }))
    },
    async close() {
      await worker.terminate()
    },
  }
}
