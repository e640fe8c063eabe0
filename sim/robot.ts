// The simulator behind the Robot port: a world, a camera with a tracker, and a clock that physics drives.
import type { Clock, Observation, PoseCommand, Robot, Wrench } from '../control/robot.ts'
import {
  compose,
  conjugateQuat,
  invert,
  type Pose,
  type Rgbd,
  relative,
  rotateVector,
  type Vec3,
} from '../geometry/index.ts'
import { type PoseNoise, SimulatedTracker } from '../perception/index.ts'
import type { Random } from '../tensor/random.ts'
import { CAMERA_IN_BASE, type CameraOptions, type SeenParts, SimCamera } from './camera.ts'
import type { Scenario } from './scenario.ts'
import type { Placement } from './scene/index.ts'
import { TIMESTEP, type World } from './world.ts'

export { CAMERA_IN_BASE } from './camera.ts'

/** Time between camera frames, s. */
export const FRAME_INTERVAL = 1 / 30
/** The tip counts as close to the mouth, where the hand hides it, within this height, m. */
const CLOSE = 0.015

/** A wrist sensor's offset in an episode and its white noise per frame: standard deviations per axis, N and N·m. */
const SENSOR_OFFSET = { force: 0.5, torque: 0.01 }
const SENSOR_NOISE = { force: 0.1, torque: 2e-3 }

/** What a camera has to know to take the picture of an observation: plain data, for one in another thread. */
export interface Shot {
  frame: number
  placement: Placement
  seen: SeenParts
}

export interface SimRobotOptions {
  world: World
  scenario: Scenario
  noise: PoseNoise
  random: Random
  /** none: a robot that sees poses only */
  camera?: CameraOptions | undefined
}

export class SimRobot implements Robot, Clock {
  readonly cameraInBase = CAMERA_IN_BASE
  readonly world: World
  readonly scenario: Scenario
  readonly #noise: PoseNoise
  readonly #tracker: SimulatedTracker
  readonly #sensorNoise: Random
  readonly #sensorOffset: Wrench
  readonly #eeInSource: Pose
  readonly #targetInCamera: Pose
  readonly #camera: SimCamera | undefined
  /** where the camera truly stands */
  readonly #trueCameraInBase: Pose
  /** frames taken and not yet arrived, oldest first */
  #inFlight: Observation[] = []
  readonly #shots = new WeakMap<Observation, Shot>()
  #arrived: Observation
  #frames = 0

  /** Resets the world to the scenario. Throws a RangeError when the parts would overlap. */
  constructor({ world, scenario, noise, random, camera }: SimRobotOptions) {
    this.world = world
    this.scenario = scenario
    this.#noise = noise
    this.#tracker = new SimulatedTracker(noise, world.task.sourceCentre, random.fork('tracker'))
    this.#sensorNoise = random.fork('force sensor')
    const drift = this.#sensorNoise.fork('offset')
    this.#sensorOffset = { force: drift.normal3(SENSOR_OFFSET.force), torque: drift.normal3(SENSOR_OFFSET.torque) }
    this.#eeInSource = invert(scenario.sourceInEe)
    this.#camera = camera && new SimCamera(world.task, world.fit, camera, random.fork('camera'))
    this.#trueCameraInBase = this.#camera ? compose(this.cameraInBase, this.#camera.mounting) : this.cameraInBase
    this.#targetInCamera = relative(this.#trueCameraInBase, scenario.targetInBase)
    world.reset(compose(scenario.targetInBase, scenario.sourceInTarget), scenario.targetInBase)
    this.#arrived = this.#takeFrame()
  }

  /** The truth, which no robot tells: for judges and for the scripted expert. */
  get sourceInTarget(): Pose {
    return relative(this.scenario.targetInBase, this.world.sourceInBase)
  }

  /** Where the end effector is now, as joint sensors tell it. */
  get eeInBase(): Pose {
    return compose(this.world.sourceInBase, this.#eeInSource)
  }

  /** What the wrist's sensor reads now: between camera frames, too. */
  readWrench(): Wrench {
    return this.#wristWrench(this.world.sourceInBase)
  }

  /** For whoever draws the picture of an observation elsewhere; its `rgbd` is the same picture, drawn here. */
  shotOf(observation: Observation): Shot | undefined {
    return this.#shots.get(observation)
  }

  now(): number {
    return this.world.time
  }

  async sleepUntil(time: number): Promise<void> {
    // Stop at each camera frame on the way.
    for (;;) {
      const frameTime = this.#frames * FRAME_INTERVAL
      if (frameTime > time + TIMESTEP / 2) break
      this.#advanceTo(frameTime)
      this.#inFlight.push(this.#takeFrame())
    }
    this.#advanceTo(time)
  }

  async observe(): Promise<Observation> {
    const newestStamp = this.now() - this.#noise.latency + TIMESTEP / 2
    while (this.#inFlight[0] && this.#inFlight[0].stamp <= newestStamp) {
      this.#arrived = this.#inFlight.shift() as Observation
    }
    return this.#arrived
  }

  async command({ eeInBase }: PoseCommand): Promise<void> {
    this.world.setTarget(compose(eeInBase, this.scenario.sourceInEe))
  }

  async stop(_reason: string): Promise<void> {
    this.world.setTarget(this.world.sourceInBase)
  }

  #advanceTo(time: number): void {
    this.world.step(Math.max(0, Math.round((time - this.world.time) / TIMESTEP)))
  }

  #takeFrame(): Observation {
    const stamp = this.now()
    const frame = this.#frames++
    const { sourceInBase } = this.world
    const close = this.sourceInTarget.position[2] < CLOSE
    const lost = this.#tracker.isLost(stamp, FRAME_INTERVAL, close)
    // A lost object keeps its last pose and stamp, with no confidence.
    const source =
      lost && this.#arrived
        ? { ...this.#latest().source, confidence: 0 }
        : { pose: this.#tracker.distort(relative(this.#trueCameraInBase, sourceInBase)), stamp, confidence: 1 }
    const eeInBase = compose(sourceInBase, this.#eeInSource)
    const target = { pose: this.#targetInCamera, stamp, confidence: 1 }
    const observation = { stamp, source, target, eeInBase, wrench: this.#wristWrench(sourceInBase) }
    const { targetInBase } = this.scenario
    const seen = { sourceInCamera: source.pose, targetInCamera: target.pose }
    return this.#withPicture(observation, frame, { sourceInBase, targetInBase, eeInBase }, seen)
  }

  /** Most frames are only glanced at for their poses: the picture is drawn when somebody looks. */
  #withPicture(observation: Observation, frame: number, placement: Placement, seen: SeenParts): Observation {
    const camera = this.#camera
    if (!camera) return observation
    const { cameraInBase } = this
    this.#shots.set(observation, { frame, placement, seen })
    let picture: Rgbd | undefined
    return Object.defineProperty(observation, 'rgbd', {
      get: () => (picture ??= pictureOf(() => camera.picture(frame, placement, cameraInBase, seen))),
      enumerable: true,
    })
  }

  #latest(): Observation {
    return this.#inFlight.at(-1) ?? this.#arrived
  }

  /** The world's contact wrench moved to the end effector: `τ_ee = τ + p × f` with p from the end effector to the part. */
  #wristWrench(sourceInBase: Pose): Wrench {
    const { force, torque } = this.world.contact
    const toSource = conjugateQuat(sourceInBase.orientation)
    const { orientation, position: p } = this.scenario.sourceInEe
    const f = rotateVector(orientation, rotateVector(toSource, force))
    const t = rotateVector(orientation, torque)
    const moment: Vec3 = [
      t[0] + p[1] * f[2] - p[2] * f[1],
      t[1] + p[2] * f[0] - p[0] * f[2],
      t[2] + p[0] * f[1] - p[1] * f[0],
    ]
    const felt = (v: Vec3, offset: Vec3, deviation: number): Vec3 => {
      const noise = this.#sensorNoise.normal3(deviation)
      return [v[0] + offset[0] + noise[0], v[1] + offset[1] + noise[1], v[2] + offset[2] + noise[2]]
    }
    return {
      force: felt(f, this.#sensorOffset.force, SENSOR_NOISE.force),
      torque: felt(moment, this.#sensorOffset.torque, SENSOR_NOISE.torque),
    }
  }
}

/** No picture of parts that a tracker says are outside the sensor: whoever needs one will say so. */
function pictureOf(take: () => Rgbd): Rgbd | undefined {
  try {
    return take()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
