// The expert in the simulator as `tenon record` runs it, but for the governor: what the tests of the expert share.
import { composeAll, invert, type Pose } from '../geometry/index.ts'
import { findNoise } from '../perception/index.ts'
import { Random } from '../tensor/random.ts'
import { Expert } from './expert.ts'
import { FORCE_LIMIT, isSeated, TIME_LIMIT } from './judge.ts'
import { SimRobot } from './robot.ts'
import { drawScenario } from './scenario.ts'
import { findClearance, type Task } from './tasks/index.ts'
import { World } from './world.ts'

/** Time between commands, s. */
export const TICK = 1 / 60

/** One demonstration in the world, which is reset. */
export async function demonstrate(world: World, seed: number) {
  const random = new Random(seed)
  const scenario = drawScenario(world.task, 'id', random.fork('scenario'))
  const robot = new SimRobot({ world, scenario, noise: findNoise('none'), random })
  const expert = new Expert(world.task, scenario.sourceInTarget, random.fork('demonstrator'))
  const path: Pose[] = []
  for (let tick = 1; !expert.done && robot.now() < TIME_LIMIT; tick++) {
    const wanted = expert.next(robot.sourceInTarget, tick * TICK)
    await robot.command({ eeInBase: composeAll(scenario.targetInBase, wanted, invert(scenario.sourceInEe)) })
    await robot.sleepUntil(tick * TICK)
    path.push(robot.sourceInTarget)
  }
  return { path, done: expert.done, seconds: robot.now(), peakForce: world.peakForce }
}

/** The seeds whose demonstration did not seat in 16 s with less than 30 N, half of what the judge allows. */
export async function failingSeeds(task: Task, mm: number, seeds: readonly number[]): Promise<number[]> {
  const world = await World.create(task, { clearance: findClearance(mm), chamfer: 0.5e-3 })
  const failing: number[] = []
  for (const seed of seeds) {
    const { path, done, peakForce, seconds } = await demonstrate(world, seed)
    const seated = done && isSeated(world.task, path.at(-1) as Pose)
    if (!(seated && seconds < 0.8 * TIME_LIMIT && peakForce < FORCE_LIMIT / 2)) failing.push(seed)
  }
  world.dispose()
  return failing
}
