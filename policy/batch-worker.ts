// A worker thread that draws batches of training steps as they are asked for.
import { parentPort, workerData } from 'node:worker_threads'
import { Random } from '../tensor/random.ts'
import type { BatchAnswer, BatchPlan } from './batch-source.ts'
import { drawBatch } from './batches.ts'

const port = parentPort
if (!port) throw new Error('this file runs in a worker thread')

const { set, config, seed } = workerData as BatchPlan
const random = new Random(seed).fork('batches')

port.on('message', (step: number) => {
  const batch = drawBatch(set, config, random.fork(step), true)
  const buffers = Object.values(batch).map(({ buffer }) => buffer as ArrayBuffer)
  port.postMessage({ step, batch } satisfies BatchAnswer, buffers)
})
