// The worker thread of a policy that plans beside its controller.
import { parentPort, workerData } from 'node:worker_threads'
import { loadPolicy } from './checkpoint.ts'
import type { FromPolicy, PolicyThreadSetup, ToPolicy } from './policy-thread.ts'
import type { Predictor } from './predictor.ts'

const port = parentPort
if (!port) throw new Error('this file runs in a worker thread')

const { folder, options } = workerData as PolicyThreadSetup
const tell = (message: FromPolicy) => port.postMessage(message)
const wordsOf = (error: unknown) => {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  return { name, message }
}

try {
  const { predictor } = await loadPolicy(folder, options)
  let last = Promise.resolve()
  const { needsView, poseInterval, actionHorizon } = predictor
  port.on('message', (message: ToPolicy) => {
    if (message.kind === 'begin') predictor.begin(message.seed)
    else if (message.kind === 'forget') predictor.forget?.()
    else if (message.kind === 'predict') last = plan(predictor, message.id, message.seen)
    else void last.then(() => predictor.dispose()).finally(() => port.close())
  })
  tell({ kind: 'ready', needsView, poseInterval, actionHorizon })
} catch (error) {
  tell({ kind: 'unloadable', ...wordsOf(error) })
}

async function plan(predictor: Predictor, id: number, seen: Parameters<Predictor['predict']>[0]): Promise<void> {
  try {
    const poses = await predictor.predict(seen)
    tell({ kind: 'planned', id, poses, fusing: predictor.lastFusing })
  } catch (error) {
    tell({ kind: 'failed', id, ...wordsOf(error) })
  }
}
