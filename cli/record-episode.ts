// One demonstration in the simulator by the scripted expert, written to disk as it happens.
import { Governor } from '../control/index.ts'
import type { EpisodeOutcome, EpisodeWriter, Frame } from '../demos/index.ts'
import { composeAll, invert } from '../geometry/index.ts'
import { findNoise } from '../perception/index.ts'
import { drawScenario, Expert, isSeated, SimRobot, simLimits, TIME_LIMIT, type World } from '../sim/index.ts'
import { Random } from '../tensor/random.ts'

const COMMAND_INTERVAL = 1 / 60

/**
 * Records episode `index` of `seed` into the writer, which it leaves open: the caller finishes or discards. Returns
 * undefined when `signal` ended it early.
 */
export async function recordEpisode(
  world: World,
  writer: EpisodeWriter,
  { seed, index, noise, signal }: { seed: number; index: number; noise: string; signal?: AbortSignal },
): Promise<EpisodeOutcome | undefined> {
  const { task } = world
  const random = new Random(seed).fork('record', index)
  const scenario = drawScenario(task, 'id', random.fork('scenario'))
  const robot = new SimRobot({ world, scenario, noise: findNoise(noise), random })
  const expert = new Expert(task, scenario.sourceInTarget, random.fork('demonstrator'))
  const governor = new Governor(simLimits(task))
  const eeInSource = invert(scenario.sourceInEe)
  let recorded = Number.NEGATIVE_INFINITY
  let seatSeconds: number | null = null
  for (let tick = 1; !expert.done && robot.now() < TIME_LIMIT; tick++) {
    if (signal?.aborted) return undefined
    const now = robot.now()
    const observation = await robot.observe()
    const wanted = expert.next(robot.sourceInTarget, now + COMMAND_INTERVAL)
    const eeInBase = composeAll(scenario.targetInBase, wanted, eeInSource)
    const command = governor.guard(eeInBase, observation, robot.sourceInTarget, now).eeInBase
    await robot.command({ eeInBase: command })
    if (observation.stamp > recorded) {
      recorded = observation.stamp
      const { source, target, stamp, wrench } = observation
      const frame: Frame = {
        stamp,
        sourceInCamera: source.pose,
        targetInCamera: target.pose,
        eeInBase: observation.eeInBase,
        cameraInBase: robot.cameraInBase,
        commandInBase: command,
        ...(wrench ? { wrench } : {}),
      }
      await writer.append(frame)
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
