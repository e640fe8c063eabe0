// A controller in a thread or process of its own, for tests: arms, commands 50 times a second, and blocks its event loop when told.
import { parentPort, workerData } from 'node:worker_threads'
import { makePose } from '../geometry/index.ts'
import type { BridgeEvent } from './bridge-events.ts'
import { loadProfile } from './load-profile.ts'
import { RosRobot } from './ros-robot.ts'

const url = parentPort ? (workerData as string) : String(process.argv[2])
const robot = new RosRobot({ url, profile: await loadProfile('sim') })
/** To whoever started it. */
const tell = (message: BridgeEvent | string) => (parentPort ? parentPort.postMessage(message) : process.send?.(message))
const timers: NodeJS.Timeout[] = []

robot.onEvent(tell)

parentPort?.on('message', async (message: { blockFor?: number; close?: boolean }) => {
  if (message.blockFor !== undefined) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, message.blockFor * 1e3)
    tell('blocked')
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
tell('armed')
