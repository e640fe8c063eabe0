// A worker thread that runs episodes one after another, as the pool hands them out.
import { parentPort, workerData } from 'node:worker_threads'
import { loadPolicy } from '../policy/index.ts'
import type { WorkerJob, WorkerSetup } from './episode-pool.ts'
import { createWorld, type Driver, runEpisode } from './run-episode.ts'

const port = parentPort
if (!port) throw new Error('this file runs in a worker thread')

const { conditions, driver: setup } = workerData as WorkerSetup
const world = await createWorld(conditions)
const driver: Driver =
  setup.kind === 'replay'
    ? setup
    : { kind: 'policy', predictor: (await loadPolicy(setup.checkpoint, setup.loading)).predictor }

port.on('message', async ({ index, keepTrace }: WorkerJob) => {
  const { result, trace } = await runEpisode(world, driver, conditions, index)
  port.postMessage(keepTrace ? { result, trace } : { result })
})
port.postMessage('ready')
