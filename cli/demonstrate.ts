// One demonstration in the simulator by the scripted expert, frame by frame.
import { Governor, type Observation } from '../control/index.ts'
import type { EpisodeOutcome, Frame } from '../demos/index.ts'
import { composeAll, invert, type Pose } from '../geometry/index.ts'
import { findNoise } from '../perception/index.ts'
import { drawScenario, Expert, isSeated, SimRobot, simLimits, TIME_LIMIT, type World } from '../sim/index.ts'
import { Random } from '../tensor/random.ts'

const COMMAND_INTERVAL = 1 / 60

/** Yields the frames of episode `index` of `seed` as they are seen, and returns how it ended. The world is reset. */
export async function* demonstrate(
  world: World,
  { seed, index, noise }: { seed: number; index: number; noise: string },
): AsyncGenerator<Frame, EpisodeOutcome, void> {
  const { task } = world
  const random = new Random(seed).fork('record', index)
  const scenario = drawScenario(task, 'id', random.fork('scenario'))
  const robot = new SimRobot({ world, scenario, noise: findNoise(noise), random })
  const expert = new Expert(task, scenario.sourceInTarget, random.fork('demonstrator'))
  const governor = new Governor(simLimits(task))
  const eeInSource = invert(scenario.sourceInEe)
  let newest = Number.NEGATIVE_INFINITY
  let seatSeconds: number | null = null
  for (let tick = 1; !expert.done && robot.now() < TIME_LIMIT; tick++) {
    const now = robot.now()
    const observation = await robot.observe()
    const wanted = expert.next(robot.sourceInTarget, now + COMMAND_INTERVAL)
    const eeInBase = composeAll(scenario.targetInBase, wanted, eeInSource)
    const command = governor.guard(eeInBase, observation, robot.sourceInTarget, now).eeInBase
    await robot.command({ eeInBase: command })
    if (observation.stamp > newest) {
      newest = observation.stamp
      yield frameOf(observation, robot.cameraInBase, command)
    }
    await robot.sleepUntil(tick * COMMAND_INTERVAL)
    if (isSeated(task, robot.sourceInTarget)) seatSeconds ??= robot.now()
  }
  const seated = isSeated(task, robot.sourceInTarget)
  return {
    seated,
    reason: seated ? 'seated' : 'the demonstrator gave up',
    seatSeconds: seated ? seatSeconds : null,
    peakForceN: world.peakForce,
  }
}

function frameOf(
  { stamp, source, target, eeInBase, wrench }: Observation,
  cameraInBase: Pose,
  commandInBase: Pose,
): Frame {
  const poses = { sourceInCamera: source.pose, targetInCamera: target.pose, eeInBase, cameraInBase, commandInBase }
  return { stamp, ...poses, ...(wrench ? { wrench } : {}) }
}
