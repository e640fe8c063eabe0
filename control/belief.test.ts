import { expect, test } from 'vitest'
import { compose, makePose, poseDistance, relative } from '../geometry/index.ts'
import { Belief } from './belief.ts'
import { FakeRobot } from './fake-robot.ts'

/** The hand moves down at 50 mm/s: at t s its height is 0.3 − 0.05 t. */
const eeAt = (time: number) => makePose([0.5, 0, 0.3 - 0.05 * time], [1, 0, 0, 0])

/** What a robot says at 1 s whose tracker is 0.1 s behind its joints. */
async function lagging() {
  const robot = new FakeRobot()
  robot.time = 1
  robot.eeInBase = eeAt(1)
  const observation = await robot.observe()
  const seen = relative(robot.cameraInBase, compose(eeAt(0.9), robot.sourceInEe))
  return { robot, observation: { ...observation, source: { ...observation.source, pose: seen, stamp: 0.9 } } }
}

test('a tracker behind the joints is held against where the hand was then, so that motion is no slip', async () => {
  const { robot, observation } = await lagging()
  const believed = new Belief({ cameraInBase: robot.cameraInBase, eeAt }, 0).update(observation)
  expect(poseDistance(believed.sourceInEe, robot.sourceInEe).translation).toBeLessThan(1e-9)
  // And the part is where the hand has it now, not where it was seen.
  const now = relative(robot.targetInBase, compose(eeAt(1), robot.sourceInEe))
  expect(poseDistance(believed.sourceInTarget, now).translation).toBeLessThan(1e-9)
})

test('where nobody knows where the hand was, the grasp known before is kept', async () => {
  const { robot, observation } = await lagging()
  const belief = new Belief({ cameraInBase: robot.cameraInBase }, 0)
  const still = await robot.observe()
  belief.update(still)
  expect(poseDistance(belief.update(observation).sourceInEe, robot.sourceInEe).translation).toBeLessThan(1e-9)
})

test('a lost part keeps its place in the hand', async () => {
  const robot = new FakeRobot()
  const belief = new Belief(robot, 0)
  belief.update(await robot.observe())
  robot.time = 1
  const { source, ...rest } = await robot.observe()
  const lost = { ...source, pose: makePose([9, 9, 9]), confidence: 0 }
  const { sourceInEe } = belief.update({ ...rest, source: lost })
  expect(poseDistance(sourceInEe, robot.sourceInEe).translation).toBeLessThan(1e-9)
})
