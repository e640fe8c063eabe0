import { expect, test } from 'vitest'
import { Governor } from '../control/index.ts'
import { compose, composeAll, invert, makePose, relative } from '../geometry/index.ts'
import { findNoise } from '../perception/index.ts'
import { findTask, SimRobot, simLimits, TASKS, World } from '../sim/index.ts'
import { Random } from '../tensor/random.ts'

const [MM, COMMAND_INTERVAL] = [1e-3, 1 / 60]

test.each(Object.keys(TASKS).flatMap((name) => [0, 4, 13].map((aside) => [name, aside] as const)))(
  'the %s that dives as fast as it may, %d mm aside, has braked when it arrives',
  async (name, aside) => {
    const task = findTask(name)
    const world = await World.create(task, { clearance: 0.01 * MM, chamfer: 0 })
    const scenario = {
      targetInBase: makePose([0.5, 0, 0.1]),
      sourceInTarget: makePose([aside * MM, 0, 40 * MM]),
      sourceInEe: makePose([0, 0, 0.12], [1, 0, 0, 0]),
    }
    const robot = new SimRobot({ world, scenario, noise: findNoise('tracker'), random: new Random(1) })
    const governor = new Governor(simLimits(task))
    const floor = makePose([aside * MM, 0, -task.depth])
    const wanted = composeAll(scenario.targetInBase, floor, invert(scenario.sourceInEe))
    let [before, fastest, arrived] = [40 * MM, 0, 0]
    // Half a second longer than it takes to get there.
    for (let tick = 1; tick < 200 && arrived < 30; tick++) {
      const observation = await robot.observe()
      const sourceInTarget = relative(observation.target.pose, observation.source.pose)
      const now = robot.now()
      await robot.command(governor.guard({ wanted, observation, sourceInTarget, now, plannedAt: now }))
      await robot.sleepUntil(tick * COMMAND_INTERVAL)
      const height = robot.sourceInTarget.position[2]
      if (height < 1.5 * MM) fastest = Math.max(fastest, (before - height) / COMMAND_INTERVAL)
      before = height
      if (height < 0.5 * MM) arrived++
    }
    expect(arrived).toBeGreaterThan(0)
    expect(compose(scenario.targetInBase, robot.sourceInTarget).position[2]).toBeLessThan(0.1015)
    // 10 mm/s, and a little for the hand that catches up with its command; 1.5 µm at that speed.
    expect(fastest).toBeLessThan(0.015)
    expect(world.deepestPenetration).toBeLessThan(2.5e-6)
    world.dispose()
  },
)
