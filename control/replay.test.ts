import { expect, test } from 'vitest'
import { makePose, poseDistance } from '../geometry/index.ts'
import { FakeRobot, lenientGovernor } from './fake-robot.ts'
import { replay } from './replay.ts'

const from = makePose([0.5, 0, 0.3], [1, 0, 0, 0])
const to = makePose([0.6, 0, 0.3], [1, 0, 0, 0])

test('a path is followed in time, its last pose held, and the robot stopped in the end', async () => {
  const robot = new FakeRobot()
  robot.time = 7
  const path = () => ({ stamps: [0, 1], poses: [from, to] })
  const governor = lenientGovernor()
  let cycles = 0
  for await (const _ of replay({ robot, clock: robot, governor, path, commandInterval: 0.25 }))
    if (++cycles === 6) break
  // Each command aims for the end of its time; the first may not move, as no time has passed.
  const x = robot.commands.map(({ position }) => position[0])
  for (const [i, expected] of [0.5, 0.55, 0.575, 0.6, 0.6, 0.6].entries()) expect(x[i]).toBeCloseTo(expected, 9)
  expect(robot.stops).toEqual(['the replay was left'])
})

test('the path is chosen from what is seen at the start, and nothing seen later changes it', async () => {
  const robot = new FakeRobot()
  const chosen: number[] = []
  const path = ({ stamp }: { stamp: number }) => {
    chosen.push(stamp)
    return { stamps: [0], poses: [to] }
  }
  let cycles = 0
  for await (const _ of replay({ robot, clock: robot, governor: lenientGovernor(), path })) {
    robot.sourceInEe = makePose([0.01 * cycles, 0, 0.12], [1, 0, 0, 0])
    if (++cycles === 3) break
  }
  expect(chosen).toEqual([0])
  expect(poseDistance(robot.commands[2] ?? from, to).translation).toBeLessThan(1e-9)
})
