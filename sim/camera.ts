// The simulated RGBD camera: what stands where is drawn by the software rasteriser, with an episode's look.
//
//   square pictures    a window of the sensor round both parts, as a camera's region of interest or a recorder crops it
//   other pictures     all that the sensor sees, scaled down
import { compose, type Intrinsics, makePose, matrixToQuat, type Pose, type Rgbd } from '../geometry/index.ts'
import {
  addDepthNoise,
  type Box,
  type DepthNoise,
  findDepthNoise,
  unionWindow,
  windowIntrinsics,
} from '../perception/index.ts'
import type { Random } from '../tensor/random.ts'
import { renderWithShine } from './render/index.ts'
import { drawLook, type LookLevel, makeScene, type Placement, placeScene, type TaskScene } from './scene/index.ts'
import { extent } from './solids.ts'
import type { Fit, Task } from './tasks/index.ts'

/** A sensor of 1.2 megapixels with a view 49° wide: from 0.55 m it resolves 0.4 mm on the parts. */
export const SENSOR: Intrinsics = { width: 1280, height: 960, fx: 1400, fy: 1400, cx: 639.5, cy: 479.5 }

/** The camera stands in front of the table and looks at it from above: z forward, x right, y down. */
export const CAMERA_IN_BASE: Pose = makePose(
  [0.95, 0, 0.4],
  // Columns: right = +y of the base, down and forward in the plane of x and z, 35° below the horizon.
  matrixToQuat([0, 1, 0, Math.sin(0.61), 0, -Math.cos(0.61), -Math.cos(0.61), 0, -Math.sin(0.61)]),
)

/**
 * Border round the parts in a square picture, as a fraction of the square that holds them: room for what a tracker is off
 * by, and for training to move its own, narrower windows about.
 */
const MARGIN = 0.3

export interface CameraOptions {
  /** of the pictures, pixels */
  width: number
  height: number
  look: LookLevel
  /** name of the noise on depth */
  depthNoise: string
}

/** The parts as a tracker reports them. */
export interface SeenParts {
  sourceInCamera: Pose
  targetInCamera: Pose
}

export class SimCamera {
  /** where it truly stands, seen from where it is said to stand: what hand–eye calibration left */
  readonly mounting: Pose
  readonly #scene: TaskScene
  readonly #boxes: { source: Box; target: Box }
  readonly #size: { width: number; height: number }
  readonly #noise: DepthNoise
  readonly #random: Random

  /** Everything random follows from `random`: the look of one episode. */
  constructor(task: Task, fit: Fit, { width, height, look, depthNoise }: CameraOptions, random: Random) {
    const drawn = drawLook(random, look)
    this.#noise = findDepthNoise(depthNoise)
    this.#random = random.fork('depth')
    this.mounting = drawn.cameraJitter
    this.#scene = makeScene(task, fit, drawn)
    this.#boxes = { source: extent(task.source(fit)), target: extent(task.target(fit)) }
    this.#size = { width, height }
  }

  /**
   * The picture of frame `frame`, whose number decides its noise. `seen`: the parts as a tracker reports them, by which a
   * square picture chooses its window. Throws a RangeError when that lies outside the sensor.
   */
  picture(frame: number, placement: Placement, cameraInBase: Pose, seen: SeenParts): Rgbd {
    placeScene(this.#scene, placement)
    const intrinsics = this.#intrinsics(seen)
    const truth = renderWithShine(this.#scene, { intrinsics, cameraInBase: compose(cameraInBase, this.mounting) })
    return addDepthNoise(truth, this.#noise, this.#random.fork(frame))
  }

  #intrinsics({ sourceInCamera, targetInCamera }: SeenParts): Intrinsics {
    const { width, height } = this.#size
    if (width !== height) return scaled(SENSOR, width, height)
    const { source, target } = this.#boxes
    const parts = [
      { box: source, poseInCamera: sourceInCamera },
      { box: target, poseInCamera: targetInCamera },
    ]
    return windowIntrinsics(SENSOR, unionWindow(SENSOR, parts, { margin: MARGIN }), width)
  }
}

/** The whole of a sensor in other pixels, which have their centres at whole numbers. */
function scaled({ fx, fy, cx, cy, ...sensor }: Intrinsics, width: number, height: number): Intrinsics {
  const [x, y] = [width / sensor.width, height / sensor.height]
  return { width, height, fx: fx * x, fy: fy * y, cx: (cx + 0.5) * x - 0.5, cy: (cy + 0.5) * y - 0.5 }
}
