// The thread that reads and cuts episodes.
import { parentPort } from 'node:worker_threads'
import type { DeskAnswer, DeskRequest } from './desk.ts'
import { DESK_TASKS } from './desk-tasks.ts'

const port = parentPort
if (!port) throw new Error('this file runs in a worker thread')

// One after the other: an episode with pictures is large, and many may be asked for at once.
let last: Promise<void> = Promise.resolve()
port.on('message', ({ id, task, args }: DeskRequest) => {
  last = last.then(async () => {
    port.postMessage(await carryOut(id, DESK_TASKS[task] as (...args: unknown[]) => Promise<unknown>, args))
  })
})

async function carryOut(
  id: number,
  task: (...args: unknown[]) => Promise<unknown>,
  args: unknown[],
): Promise<DeskAnswer> {
  try {
    return { id, value: await task(...args) }
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    return { id, error: { name, message } }
  }
}
