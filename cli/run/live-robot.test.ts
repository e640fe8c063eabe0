import { afterEach, beforeEach, expect, test } from 'vitest'
import { makePose } from '../../geometry/index.ts'
import { FakeServer } from '../../robot-bridge/fake-server.ts'
import { loadProfile } from '../../robot-bridge/load-profile.ts'
import { encodePoseStamped } from '../../robot-bridge/messages.ts'
import { BridgeError, RosRobot } from '../../robot-bridge/ros-robot.ts'
import { askForPriority } from '../../robot-bridge/thread-priority.ts'
import { armUnlessStopped, overBridge, whyNotArmed } from './live-robot.ts'

let server: FakeServer
let ros: RosRobot

beforeEach(async () => {
  // The server lives in this thread, and has to answer within 100 ms though other tests run beside it.
  askForPriority()
  server = await FakeServer.start()
  ros = new RosRobot({ url: server.url, profile: await loadProfile('sim') })
})
afterEach(async () => {
  await ros.close()
  await server.kill()
})

test('who arms after a fault has looked at it: the connection is checked again, and the arm obeys', {
  retry: 4,
}, async () => {
  const live = overBridge(ros)
  await ros.ready(20)
  await live.arm(() => true)
  expect(live.obstacle).toBeUndefined()
  const stranger = encodePoseStamped({ stamp: server.now(), frame: 'base', pose: makePose([0.4, 0, 0.3]) }, 1)
  server.publish('/tenon/command', stranger)
  await expect.poll(() => ros.state, { timeout: 5000 }).toBe('fault')
  expect(live.obstacle).toContain('two masters')
  expect(live.isReady).toBe(false)
  await live.arm(() => true)
  expect(live.obstacle).toBeUndefined()
  expect(ros.state).toBe('armed')
})

test('stopped before the guard has answered, it is not armed, and that is no failure', { retry: 4 }, async () => {
  const live = overBridge(ros)
  await ros.ready(20)
  let isStopped = false
  const armed = armUnlessStopped(live, () => isStopped)
  // Another thread is asked to arm by now, and next to stop.
  await new Promise((resolve) => setImmediate(resolve))
  isStopped = true
  await live.stop('the operator')
  await armed
  expect(ros.state).not.toBe('armed')
  await armUnlessStopped(live, () => isStopped)
  expect(ros.state).not.toBe('armed')
})

test('what nobody wants any more while the connection is being made is not armed, and nobody waits for that', async () => {
  const live = overBridge(ros)
  let isWanted = true
  const begin = performance.now()
  const armed = live.arm(() => isWanted)
  isWanted = false
  await expect(armed).rejects.toThrow('stopped while it was being armed')
  // A connection takes at least a second.
  expect(performance.now() - begin).toBeLessThan(900)
  expect(server.services.map(({ service }) => service)).not.toContain('/tenon/guard/arm')
})

test('what cannot be armed though nobody stopped it says why', async () => {
  const refuse = { arm: () => Promise.reject(new Error('the stop topic says stop')), stop: async () => {} }
  await expect(armUnlessStopped(refuse, () => false)).rejects.toThrow('the stop topic says stop')
})

test('that it was not armed is said once, whoever says why', () => {
  expect(whyNotArmed(new Error('not ready within 3 s'))).toBe('not armed: not ready within 3 s')
  expect(whyNotArmed(new BridgeError('not armed: the guard did not arm'))).toBe('not armed: the guard did not arm')
})
