// The contract of a rosbridge, on a real ROS 1: what our server promises does not depend on a graph of our own.
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CONTRACT, runCheck } from './contract/index.ts'
import { ROS1_PYTHON, type Ros1, startRos1 } from './ros1/processes.ts'

const BRIDGE = fileURLToPath(new URL('./ros1/bridge.ts', import.meta.url))

describe.skipIf(!ROS1_PYTHON)(`our rosbridge on ROS 1${ROS1_PYTHON ? '' : ' (skipped: no rospy)'}`, () => {
  let ros: Ros1
  let url: string
  beforeAll(async () => {
    ros = await startRos1()
    const listens = (line: { url: string }) => Boolean(line.url)
    url = (await ros.node(BRIDGE).said('where it listens', listens)).url
  }, 60_000)
  afterAll(() => ros?.end())

  // One after the other, and again if a busy machine took longer to connect than the check waits.
  it.each(CONTRACT.map((check) => [check.name, check] as const))('%s', { retry: 3 }, async (_, check) => {
    const { state, detail } = await runCheck(url, check, { ros: 1, ours: true })
    expect([state, state === 'ok' ? '' : detail]).toEqual(['ok', ''])
  })
})
