// A worker thread that runs episodes one after another, as the pool hands them out.
import { parentPort, workerData } from 'node:worker_threads'
import { loadPolicy } from '../policy/index.ts'
import { END, type WorkerJob, type WorkerSetup } from './episode-pool.ts'
import { createWorld, type Driver, runEpisode } from './run-episode.ts'

const port = parentPort
if (!port) throw new Error('this file runs in a worker thread')

// The thread's, not the process's. Heard while it loads, and between two plans.
port.on('message', (message: WorkerJob | typeof END) => {
  if (message === END) process.exit()
})

const { conditions, driver: setup } = workerData as WorkerSetup
const world = await createWorld(conditions)
const driver: Driver =
  setup.kind === 'replay'
    ? setup
    : { kind: 'policy', predictor: (await loadPolicy(setup.checkpoint, setup.loading)).predictor }

port.on('message', async (message: WorkerJob | typeof END) => {
  if (message === END) return
  const { index, keepTrace } = message
  const { result, trace } = await runEpisode(world, driver, conditions, index)
  port.postMessage(keepTrace ? { result, trace } : { result })
})
port.postMessage('ready')
