// A policy that plans in a thread of its own. onnxruntime computes on the thread that calls it: who streams commands at a
// fixed rate must not be that thread.
import { Worker } from 'node:worker_threads'
import type { Pose } from '../geometry/index.ts'
import { type LoadOptions, readCheckpointConfig } from './checkpoint.ts'
import type { Fusing, Predictor, Seen } from './predictor.ts'

/** What the thread loads. */
export interface PolicyThreadSetup {
  folder: string
  options: LoadOptions
}

export type ToPolicy =
  | { kind: 'begin'; seed: number }
  | { kind: 'forget' }
  | { kind: 'predict'; id: number; seen: Seen }
  /** when the plan that is being made is made */
  | { kind: 'end' }

export type FromPolicy =
  | ({ kind: 'ready' } & Pick<Predictor, 'needsView' | 'poseInterval' | 'actionHorizon'>)
  | { kind: 'planned'; id: number; poses: Pose[]; fusing?: Fusing | undefined }
  | { kind: 'failed'; id: number; name: string; message: string }
  | { kind: 'unloadable'; name: string; message: string }

const ENDED = 'the thread that plans has ended'

interface Asker {
  resolve(answer: Extract<FromPolicy, { kind: 'planned' }>): void
  reject(error: unknown): void
}

/**
 * As `loadPolicy`, in a worker thread: the same plans for the same seed. Errors of the thread keep name and message.
 * After `dispose`, or when the thread has died, `predict` rejects; `dispose` resolves when the thread has ended.
 */
export async function loadPolicyThread(folder: string, options: LoadOptions = {}) {
  // What is wrong with the checkpoint is thrown here, where it can be told apart.
  const info = await readCheckpointConfig(folder)
  const worker = new Worker(new URL('./policy-worker.mjs', import.meta.url), {
    workerData: { folder, options } satisfies PolicyThreadSetup,
  })
  const askers = new Map<number, Asker>()
  let failure: unknown
  let asked = 0
  let fusing: Fusing | undefined
  const settle = ({ id }: { id: number }, how: (asker: Asker) => void) => {
    const asker = askers.get(id)
    askers.delete(id)
    if (asker) how(asker)
  }
  let ending = false
  const fail = (error: unknown) => {
    failure ??= error
    for (const asker of askers.values()) asker.reject(failure)
    askers.clear()
  }
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  const loaded = new Promise<Extract<FromPolicy, { kind: 'ready' }>>((resolve, reject) => {
    const failed = (error: unknown) => {
      fail(error)
      reject(failure)
    }
    worker.on('message', (message: FromPolicy) => {
      if (message.kind === 'ready') resolve(message)
      else if (message.kind === 'planned') settle(message, (asker) => asker.resolve(message))
      else if (message.kind === 'failed') settle(message, (asker) => asker.reject(errorOf(message)))
      else failed(errorOf(message))
    })
    worker.on('error', failed)
    worker.on('messageerror', failed)
    worker.on('exit', () => failed(new Error(ENDED)))
  })
  const tell = (message: ToPolicy) => worker.postMessage(message)
  const { needsView, poseInterval, actionHorizon } = await loaded
  const predictor: Predictor & { dispose(): Promise<void> } = {
    needsView,
    poseInterval,
    actionHorizon,
    get lastFusing() {
      return fusing
    },
    begin(seed) {
      fusing = undefined
      tell({ kind: 'begin', seed })
    },
    forget() {
      tell({ kind: 'forget' })
    },
    async predict(seen) {
      if (failure !== undefined) throw failure
      const id = ++asked
      const planned = new Promise<Parameters<Asker['resolve']>[0]>((resolve, reject) => {
        // First: what cannot be sent is thrown here, and nobody waits for it.
        tell({ kind: 'predict', id, seen })
        askers.set(id, { resolve, reject })
      })
      const answer = await planned
      fusing = answer.fusing
      return answer.poses
    },
    // A thread that is terminated while onnxruntime computes takes the whole process with it: it has to end by itself.
    async dispose() {
      fail(new Error(ENDED))
      if (!ending) tell({ kind: 'end' })
      ending = true
      await exited
    },
  }
  return { info, predictor }
}

function errorOf({ name, message }: { name: string; message: string }): Error {
  const error = new Error(message)
  error.name = name
  return error
}
