import { expect, test } from 'vitest'
import { FakeRobot } from '../../control/fake-robot.ts'
import { Belief, type Wrench } from '../../control/index.ts'
import { compose, makePose } from '../../geometry/index.ts'
import { exampleInfo, tinyRgbdConfig } from '../../policy/example-policy.ts'
import { loadProfile } from '../../robot-bridge/load-profile.ts'
import { beyondDemonstrations, checkFits, describeFirst, seatedPose, warningsBefore } from './preflight.ts'

const sim = await loadProfile('sim')

test('a policy that needs pictures is refused by a profile without a camera, with both names', () => {
  const { camera: _, ...blind } = sim
  const info = exampleInfo(tinyRgbdConfig, 'edge-rgbd')
  expect(() => checkFits('runs/x', info, blind)).toThrow(
    /runs\/x is a policy of the preset edge-rgbd, which needs pictures.*"sim" has no camera/,
  )
  expect(() => checkFits('runs/x', info, sim)).not.toThrow()
  expect(() => checkFits('runs/x', exampleInfo(), blind)).not.toThrow()
})

test('the part is seated on the axis, as deep as the demonstrations went', () => {
  const info = exampleInfo()
  const { normalizer, config } = info
  // The box of the demonstrations is mapped to ±1/margin.
  const deepest = normalizer.centre[2] - normalizer.scale[2] / config.diffusion.translationMargin
  expect(seatedPose(info)).toEqual(makePose([0, 0, deepest]))
  // Known since: what a tracker said for a moment is no depth.
  expect(seatedPose({ ...info, seatedDepthM: 0.02 })).toEqual(makePose([0, 0, -0.02]))
})

test('where the demonstrations’ box is left is told axis by axis, in millimetres', () => {
  const info = {
    ...exampleInfo(),
    normalizer: {
      centre: [0, 0, 0.01] as [number, number, number],
      scale: [0.02, 0.02, 0.06] as [number, number, number],
    },
  }
  info.config = { ...info.config, diffusion: { ...info.config.diffusion, translationMargin: 2 } }
  // x and y within ±10 mm, z from −20 to 40 mm; 2 mm more are a tracker's error.
  expect(beyondDemonstrations(makePose([0.011, -0.0119, -0.021]), info)).toEqual([])
  expect(beyondDemonstrations(makePose([0.015, 0, 0.1]), info)).toEqual([
    'x of the part is 15 mm in the target frame, demonstrated were -10 to 10 mm',
    'z of the part is 100 mm in the target frame, demonstrated were -20 to 40 mm',
  ])
})

test('what would happen first is shown: how far, how slowly, and within which limits', async () => {
  const robot = new FakeRobot()
  const observation = await robot.observe()
  const believed = new Belief(robot, 0).update(observation)
  // 30 mm further along z of the target, which is the base's.
  const { sourceInTarget } = believed
  const poses = [compose(makePose([0, 0, -0.03]), sourceInTarget), compose(makePose([0, 0, -0.04]), sourceInTarget)]
  const told = Object.fromEntries(describeFirst({ observation, believed, poses, seconds: 0.042 }, sim.limits))
  expect(told['first target']).toContain('30.0 mm and 0.0° from where it is')
  expect(told['first target']).toContain('[500.0, 0.0, 270.0] mm of the base')
  expect(told.plan).toBe('2 poses in 42 ms, 40.0 mm ahead')
  // 25 mm at 50 mm/s.
  expect(told.approach).toBe('at 50 mm/s until 5 mm from the first target, for 0.5 s')
  expect(told.limits).toMatch(/near the target; no force is limited, as nothing feels it$/)
  expect(told).not.toHaveProperty('sensor')
  const wrench: Wrench = { force: [0, 0, 1], torque: [0, 0, 0] }
  const felt = { ...observation, wrench }
  const first = describeFirst({ observation: felt, believed, poses, seconds: 0.042 }, sim.limits)
  expect(Object.fromEntries(first).limits).toMatch(/near the target; 25 N$/)
})

test('what the sensor says at rest is shown, and warned of above a fifth of a limit, which is on the raw reading', async () => {
  const robot = new FakeRobot()
  const info = exampleInfo()
  const told = async (force: number, torque: number) => {
    const wrench: Wrench = { force: [0, 0, -force], torque: [torque, 0, 0] }
    const observation = { ...(await robot.observe()), wrench }
    const believed = new Belief(robot, 0).update(observation)
    const poses = [believed.sourceInTarget]
    return {
      shown: Object.fromEntries(describeFirst({ observation, believed, poses, seconds: 0 }, sim.limits)).sensor,
      warned: warningsBefore(observation, believed.sourceInTarget, info, sim.limits).filter((line) =>
        line.includes('at rest'),
      ),
    }
  }
  // Of 25 N and 1 N·m.
  expect(await told(4.9, 0.19)).toEqual({
    shown: '4.9 N and 0.19 N·m are felt at rest, of at most 25 N and 1 N·m',
    warned: [],
  })
  expect((await told(5.1, 0)).warned).toEqual([
    expect.stringMatching(/^5\.1 N .*: the limits are on what the sensor says/),
  ])
  expect((await told(0, 0.21)).warned).toHaveLength(1)
})
