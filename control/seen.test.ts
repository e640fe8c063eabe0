import { expect, test } from 'vitest'
import { compose, makePose, poseDistance, type Rgbd, relative } from '../geometry/index.ts'
import { Belief } from './belief.ts'
import { FakeRobot } from './fake-robot.ts'
import { whatIsSeen } from './seen.ts'

const rgbd: Rgbd = {
  intrinsics: { width: 1, height: 1, fx: 1, fy: 1, cx: 0, cy: 0 },
  rgb: new Uint8Array(3),
  depth: new Float32Array(1),
}
const eeAt = (time: number) => makePose([0.5, 0, 0.3 - 0.05 * time], [1, 0, 0, 0])

async function seen(needsView: boolean, pictureStamp?: number) {
  const robot = new FakeRobot()
  robot.time = 1
  robot.eeInBase = eeAt(1)
  const belief = new Belief({ cameraInBase: robot.cameraInBase, eeAt }, 0)
  const observation = { ...(await robot.observe()), rgbd, ...(pictureStamp === undefined ? {} : { pictureStamp }) }
  return { robot, ...whatIsSeen(observation, belief.update(observation), belief, { needsView }) }
}

const expectSource = ({ view, robot }: Awaited<ReturnType<typeof seen>>, time: number) => {
  const expected = relative(robot.cameraInBase, compose(eeAt(time), robot.sourceInEe))
  expect(poseDistance(view?.sourceInCamera ?? makePose([9, 9, 9]), expected).translation).toBeLessThan(1e-9)
}

test('a picture comes with the poses of its own moment, be that the observation’s or an earlier one', async () => {
  expectSource(await seen(true), 1)
  expectSource(await seen(true, 1), 1)
  // 0.1 s earlier at 50 mm/s: 5 mm higher.
  expectSource(await seen(true, 0.9), 0.9)
})

test('a policy that needs no picture is shown none', async () => {
  expect((await seen(false)).view).toBeUndefined()
})
