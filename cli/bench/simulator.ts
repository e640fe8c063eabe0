// Speed of the simulator, and the time from an observation to its command.
import { control, Governor, type Robot } from '../../control/index.ts'
import { axisAngleToQuat, identityPose, makePose } from '../../geometry/index.ts'
import { findNoise } from '../../perception/index.ts'
import { compileSampler, initialState, loadPredictor, type Normalizer, PRESETS } from '../../policy/index.ts'
import { drawScenario, findTask, quantile, SimRobot, simLimits, World } from '../../sim/index.ts'
import type { Device } from '../../tensor/compile/index.ts'
import { Random } from '../../tensor/random.ts'
import { demonstrate } from '../demonstrate.ts'
import { startProgress } from '../terminal.ts'
import { time } from './timing.ts'

const FIT = { clearance: 1e-4, chamfer: 5e-4 }

/** Physics steps per second with the part pressed into the hole, and whole episodes of a policy that costs nothing. */
export async function benchSimulator() {
  const stepsPerSecond: Record<string, number> = {}
  for (const name of ['square-peg', 'round-peg']) {
    const world = await World.create(findTask(name), FIT)
    const count = 2000
    // Pushed down and against a wall, a quarter of a degree askew: several contacts at every step.
    const pushed = makePose([1e-3, 0, -0.015], axisAngleToQuat([0, 1, 0], 0.005))
    const times = await time(
      `physics ${name}`,
      async () => {
        world.reset(makePose([0, 0, -0.01]), identityPose())
        world.setTarget(pushed)
        world.step(count)
      },
      10,
    )
    stepsPerSecond[name] = Math.round((count / quantile(times, 0.5)) * 1e3)
    world.dispose()
  }
  const world = await World.create(findTask('square-peg'), FIT)
  let index = 0
  const times = await time('demonstrations', () => wholeDemonstration(world, index++), 10)
  world.dispose()
  return { simulator: { stepsPerSecond }, episodesPerMinute: Math.round(60_000 / quantile(times, 0.5)) }
}

async function wholeDemonstration(world: World, index: number): Promise<void> {
  for await (const _ of demonstrate(world, { seed: 0, index, noise: 'tracker' })) {
    // Frames are not kept: this measures the simulator and the control loop, not the disk.
  }
}

const LOOP_SECONDS = 10

/** Time from an observation to its command in the cycles that plan: filters, inference of edge-pose, governor. */
export async function benchControl(device: Device): Promise<{ p50Ms: number; p99Ms: number }> {
  const config = PRESETS['edge-pose']
  const sampler = await compileSampler(config, initialState(config, 1).theta)
  await sampler.dispose()
  const normalizer = { centre: [0, 0, 0], scale: [0.03, 0.03, 0.06] } as Normalizer
  const predictor = await loadPredictor(config, normalizer, sampler.model, { device })
  const world = await World.create(findTask('square-peg'), FIT)
  const times: number[] = []
  const progress = startProgress('control loop', 5)
  for (let episode = 0; episode < 5; episode++) {
    const random = new Random(episode)
    const robot = new SimRobot({
      world,
      scenario: drawScenario(world.task, 'id', random),
      noise: findNoise('tracker'),
      random,
    })
    let observed = 0
    let answered = 0
    const timed: Robot = {
      cameraInBase: robot.cameraInBase,
      async observe() {
        const observation = await robot.observe()
        observed = performance.now()
        return observation
      },
      async command(target) {
        answered = performance.now()
        await robot.command(target)
      },
      stop: (reason) => robot.stop(reason),
    }
    const governor = new Governor(simLimits(world.task))
    for await (const cycle of control({ robot: timed, clock: robot, predictor, governor, seed: 0 })) {
      if (cycle.chunk) times.push(answered - observed)
      if (robot.now() >= LOOP_SECONDS) break
    }
    progress.update(episode + 1)
  }
  progress.stop()
  await predictor.dispose()
  world.dispose()
  return { p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) }
}
