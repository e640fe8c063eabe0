// A controller in a thread of its own, for tests: arms, commands 50 times a second, and blocks its event loop when told.
import { parentPort, workerData } from 'node:worker_threads'
import { makePose } from '../geometry/index.ts'
import type { Profile } from './profile.ts'
import { RosRobot } from './ros-robot.ts'

const { url, profile } = workerData as { url: string; profile: Profile }
const robot = new RosRobot({ url, profile })
const timers: NodeJS.Timeout[] = []

robot.onEvent((event) => parentPort?.postMessage(event))

parentPort?.on('message', async (message: { blockFor?: number; close?: boolean }) => {
  if (message.blockFor !== undefined) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, message.blockFor * 1e3)
    parentPort?.postMessage('blocked')
  }
  if (message.close) {
    for (const timer of timers) clearInterval(timer)
    await robot.close()
    parentPort?.close()
  }
})

await robot.ready(20)
await robot.arm()
timers.push(setInterval(() => void robot.command({ eeInBase: makePose([0.5, 0.002, 0.3], [1, 0, 0, 0]) }), 20))
parentPort?.postMessage('armed')
