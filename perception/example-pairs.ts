// Pairs for hand–eye calibration with a known answer, for tests.
import {
  compose,
  composeAll,
  expPose,
  invert,
  makePose,
  type Pose,
  rotationVectorToQuat,
  type Vec3,
} from '../geometry/index.ts'
import type { Random } from '../tensor/random.ts'
import type { HandEyePair, Mounting } from './hand-eye-loop.ts'

const DEGREE = Math.PI / 180

export interface ExampleCalibration {
  /** cameraInBase, or cameraInEe */
  camera: Pose
  /** markerInEe, or markerInBase */
  marker: Pose
  pairs: HandEyePair[]
  /** indices of the pairs whose tracked pose is far off */
  wrong: number[]
}

export interface ExampleNoise {
  /** standard deviation of the tracked poses per axis, m and rad */
  translation: number
  rotation: number
  /** how many pairs of all, at random places */
  outliers: number
}

/** 0.3 mm and 0.1°, and every fifth pair wrong. */
export const EXAMPLE_NOISE: ExampleNoise = { translation: 3e-4, rotation: 0.1 * DEGREE, outliers: 0.2 }
export const NO_NOISE: ExampleNoise = { translation: 0, rotation: 0, outliers: 0 }

/** A gripper that reaches about in 0.3 m, turned by up to some 40°, below a camera 0.8 m above or on the hand. */
export function examplePairs(
  random: Random,
  count: number,
  mounting: Mounting,
  noise: ExampleNoise = EXAMPLE_NOISE,
): ExampleCalibration {
  const near = (position: Vec3, rotation: Vec3, metres: number, radians: number) =>
    compose(makePose(position, rotationVectorToQuat(rotation)), {
      position: spread(random, metres),
      orientation: rotationVectorToQuat(spread(random, radians)),
    })
  const isOnHand = mounting === 'eye-in-hand'
  const camera = isOnHand ? near([0.05, 0, 0.04], [0, 0, 1.5], 0.02, 0.2) : near([0.5, 0.1, 0.9], [3, 0, 0.3], 0.1, 0.3)
  const marker = isOnHand ? near([0.5, 0, 0.02], [0, 0, 0.5], 0.1, 0.5) : near([0, 0, 0.12], [0, 0, 0], 0.03, 0.5)
  const wrong = [...random.permutation(count).slice(0, Math.round(noise.outliers * count))]
  const pairs = Array.from({ length: count }, (_, i): HandEyePair => {
    const eeInBase = near([0.5, 0, 0.35], [Math.PI, 0, 0], 0.15, 40 * DEGREE)
    const mountInHolder = isOnHand ? eeInBase : invert(eeInBase)
    const markerInCamera = composeAll(invert(camera), invert(mountInHolder), marker)
    const error = wrong.includes(i)
      ? expPose([...spread(random, 0.1), ...spread(random, 0.6)])
      : expPose([...random.normal3(noise.translation), ...random.normal3(noise.rotation)])
    return { eeInBase, markerInCamera: compose(markerInCamera, error) }
  })
  return { camera, marker, pairs, wrong: wrong.sort((a, b) => a - b) }
}

/** Uniform in a cube of this half-width. */
const spread = (random: Random, most: number): Vec3 => [
  random.uniform(-most, most),
  random.uniform(-most, most),
  random.uniform(-most, most),
]
