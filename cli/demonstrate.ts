// One demonstration in the simulator by the scripted expert, frame by frame.
import { Governor, type Observation } from '../control/index.ts'
import type { EpisodeOutcome, Frame } from '../demos/index.ts'
import { composeAll, invert, type Pose, type Rgbd } from '../geometry/index.ts'
import { findNoise } from '../perception/index.ts'
import {
  type CameraOptions,
  drawScenario,
  Expert,
  FRAME_INTERVAL,
  isSeated,
  SimRobot,
  simLimits,
  TIME_LIMIT,
  type World,
} from '../sim/index.ts'
import { Random } from '../tensor/random.ts'
import { UserError } from './errors.ts'

const COMMAND_INTERVAL = 1 / 60

/** Which of the camera's pictures a demonstration keeps. */
export interface Pictures extends CameraOptions {
  /** Hz; every frame has one at the camera's own rate */
  rate: number
}

export const PICTURES: Readonly<Pictures> = { rate: 10, width: 160, height: 160, look: 'plain', depthNoise: 'd405' }

export interface Demonstration {
  seed: number
  index: number
  noise: string
  /** none without */
  pictures?: Readonly<Pictures> | undefined
}

/**
 * Yields the frames of episode `index` of `seed` as they are seen, and returns how it ended. The world is reset. Throws
 * a UserError, before anything moves, when there should be pictures and the robot has no camera or one of another size.
 */
export async function* demonstrate(
  world: World,
  { seed, index, noise, pictures }: Demonstration,
): AsyncGenerator<Frame, EpisodeOutcome, void> {
  const { task } = world
  const random = new Random(seed).fork('record', index)
  const scenario = drawScenario(task, 'id', random.fork('scenario'))
  const robot = new SimRobot({ world, scenario, noise: findNoise(noise), random, camera: pictures })
  const expert = new Expert(task, scenario.sourceInTarget, random.fork('demonstrator'))
  const governor = new Governor(simLimits(task))
  const eeInSource = invert(scenario.sourceInEe)
  let newest = Number.NEGATIVE_INFINITY
  let seated: { seconds: number; peakForceN: number } | undefined
  const takePicture = pictures && photographer(pictures)
  for (let tick = 1; !expert.done && robot.now() < TIME_LIMIT; tick++) {
    const now = robot.now()
    const observation = await robot.observe()
    const wanted = expert.next(robot.sourceInTarget, now + COMMAND_INTERVAL)
    const command = governor.guard({
      wanted: composeAll(scenario.targetInBase, wanted, eeInSource),
      observation,
      sourceInTarget: robot.sourceInTarget,
      now,
      plannedAt: now,
    }).eeInBase
    await robot.command({ eeInBase: command })
    // While the tracker has lost the part there is nothing to learn from.
    if (observation.source.stamp > newest) {
      newest = observation.source.stamp
      yield frameOf(observation, robot.cameraInBase, command, takePicture?.(observation))
    }
    await robot.sleepUntil(tick * COMMAND_INTERVAL)
    // Where an evaluated episode ends, too: what the demonstrator presses on the floor afterwards is no force of inserting.
    if (isSeated(task, robot.sourceInTarget)) seated ??= { seconds: robot.now(), peakForceN: world.peakForce }
  }
  const stays = isSeated(task, robot.sourceInTarget)
  return {
    seated: stays,
    reason: stays ? 'seated' : 'the demonstrator gave up',
    seatSeconds: stays ? (seated?.seconds ?? null) : null,
    peakForceN: seated?.peakForceN ?? world.peakForce,
  }
}

/** Takes the picture of an observation if one is due: the first, and then every 1/rate s. */
function photographer({ rate, width, height }: Pictures): (observation: Observation) => Rgbd | undefined {
  let taken = -1
  return (observation) => {
    // Frames are at most half their interval away from when a picture is due.
    const due = Math.floor((observation.stamp + FRAME_INTERVAL / 2) * rate)
    if (due <= taken) return undefined
    taken = due
    const { rgbd } = observation
    if (!rgbd)
      throw new UserError(
        'the robot gives no picture: it has no camera, or a part is out of its sight; record without --rgbd',
      )
    const { intrinsics } = rgbd
    if (intrinsics.width !== width || intrinsics.height !== height) {
      const [got, expected] = [intrinsics, { width, height }].map((size) => `${size.width}x${size.height}`)
      throw new UserError(`the robot's camera takes pictures of ${got}, got --picture-size ${expected}`)
    }
    return rgbd
  }
}

function frameOf(
  { stamp, source, target, eeInBase, wrench }: Observation,
  cameraInBase: Pose,
  commandInBase: Pose,
  rgbd: Rgbd | undefined,
): Frame {
  const poses = { sourceInCamera: source.pose, targetInCamera: target.pose, eeInBase, cameraInBase, commandInBase }
  return { stamp, ...poses, ...(wrench ? { wrench } : {}), ...(rgbd ? { rgbd } : {}) }
}
