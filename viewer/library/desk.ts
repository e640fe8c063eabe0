// Reads and cuts episodes in a thread of its own, so that the server's 60 states a second are not late.
import { Worker } from 'node:worker_threads'
import type { DeskTasks } from './desk-tasks.ts'

export interface DeskRequest {
  id: number
  task: keyof DeskTasks
  args: unknown[]
}
export interface DeskAnswer {
  id: number
  value?: unknown
  error?: { name: string; message: string }
}

export interface Desk {
  /** As {@link DeskTasks}; errors keep name and message. */
  ask<T extends keyof DeskTasks>(task: T, ...args: Parameters<DeskTasks[T]>): ReturnType<DeskTasks[T]>
  close(): Promise<void>
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** The thread starts with the first question, and anew after it has died. */
export function openDesk(): Desk {
  const waiting = new Map<number, Waiting>()
  let asked = 0
  let worker: Worker | undefined
  let closed = false
  const failAll = (error: Error) => {
    worker = undefined
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  const start = (): Worker => {
    const started = new Worker(new URL('./desk-worker.mjs', import.meta.url))
    started.on('message', ({ id, value, error }: DeskAnswer) => {
      const { resolve, reject } = waiting.get(id) ?? {}
      waiting.delete(id)
      if (error) reject?.(Object.assign(new Error(error.message), { name: error.name }))
      else resolve?.(value)
    })
    started.on('error', failAll)
    started.on('exit', () => {
      if (worker === started) failAll(new Error('the thread that reads episodes has ended'))
    })
    return started
  }
  return {
    ask: ((task, ...args) => {
      if (closed) return Promise.reject(new Error('the library is closed'))
      worker ??= start()
      const id = asked++
      const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
      worker.postMessage({ id, task, args } satisfies DeskRequest)
      return answer
    }) as Desk['ask'],
    async close() {
      closed = true
      const ending = worker
      failAll(new Error('the library is closed'))
      await ending?.terminate()
    },
  }
}
