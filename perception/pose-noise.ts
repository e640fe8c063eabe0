// A model of what a 6-DoF tracker does to the pose of the held part, so that the simulator is no kinder than a camera.
//
// The errors are those of the source relative to the target, which is what a policy sees: a bias drawn once per episode,
// white noise per frame, latency, and drop-outs while the hand hides the parts. Standard deviations are per axis, and
// rotation errors turn about the part's centre, as a tracker's do.
import { compose, invert, makePose, type Pose, rotationVectorToQuat, type Vec3 } from '../geometry/index.ts'
import type { Random } from '../tensor/random.ts'
import { drawBias } from './tracker-bias.ts'

export interface PoseNoise {
  /** standard deviation per axis of the episode's constant error, m and rad */
  bias: { translation: number; rotation: number }
  /** instead: a constant error of exactly this size, its direction and its axis drawn for the episode, m and rad */
  biasSize?: { translation: number; rotation: number }
  /** standard deviation per axis of each frame's own error, m and rad */
  white: { translation: number; rotation: number }
  /** age of a pose when it arrives, s */
  latency: number
  /** losses while the parts are close: how often (1/s) and how long they last on average (s) */
  dropout: { rate: number; duration: number }
}

const DEGREE = Math.PI / 180

export const NOISE_PRESETS: Readonly<Record<string, PoseNoise>> = {
  /** the true pose, at once */
  none: {
    bias: { translation: 0, rotation: 0 },
    white: { translation: 0, rotation: 0 },
    latency: 0,
    dropout: { rate: 0, duration: 0 },
  },
  /** a good tracker on a textured part */
  tracker: {
    bias: { translation: 3e-4, rotation: 0.3 * DEGREE },
    white: { translation: 1e-4, rotation: 0.1 * DEGREE },
    latency: 1 / 30,
    dropout: { rate: 0, duration: 0 },
  },
  /** a small shiny part, half hidden */
  usb: {
    bias: { translation: 1e-3, rotation: 1 * DEGREE },
    white: { translation: 3e-4, rotation: 0.3 * DEGREE },
    latency: 1 / 30,
    dropout: { rate: 0.5, duration: 0.3 },
  },
}

/** Throws a RangeError that lists the valid names. */
export function findNoise(name: string): PoseNoise {
  const noise = Object.hasOwn(NOISE_PRESETS, name) ? NOISE_PRESETS[name] : undefined
  if (!noise) {
    throw new RangeError(`unknown pose noise "${name}"; valid presets: ${Object.keys(NOISE_PRESETS).join(', ')}`)
  }
  return noise
}

/** The errors of one episode. */
export class SimulatedTracker {
  readonly #noise: PoseNoise
  readonly #random: Random
  readonly #centre: Pose
  readonly #bias: Pose
  #lostUntil = Number.NEGATIVE_INFINITY

  /** `centre`: point of the source frame that rotation errors turn about, m. */
  constructor(noise: PoseNoise, centre: Vec3, random: Random) {
    this.#noise = noise
    this.#random = random
    this.#centre = makePose(centre)
    const draw = random.fork('bias')
    this.#bias = noise.biasSize ? ofSize(noise.biasSize, draw) : deviation(noise.bias, draw)
  }

  /** The pose as the tracker reports it: `x · c · bias · white · c⁻¹`. */
  distort(sourcePose: Pose): Pose {
    const centred = compose(compose(sourcePose, this.#centre), this.#bias)
    return compose(compose(centred, deviation(this.#noise.white, this.#random)), invert(this.#centre))
  }

  /** Whether the frame at `stamp` is lost; `interval` is the time between frames, s. */
  isLost(stamp: number, interval: number, close: boolean): boolean {
    const { rate, duration } = this.#noise.dropout
    if (stamp < this.#lostUntil) return true
    if (!close || rate === 0 || !this.#random.chance(rate * interval)) return false
    this.#lostUntil = stamp - duration * Math.log(1 - this.#random.uniform())
    return true
  }
}

function deviation({ translation, rotation }: PoseNoise['bias'], random: Random): Pose {
  return drawBias(random, { translationM: translation, rotationRad: rotation })
}

/** Evenly distributed over all directions: a normal vector, brought to length. */
function ofSize({ translation, rotation }: PoseNoise['bias'], random: Random): Pose {
  const direction = (length: number): Vec3 => {
    const [x, y, z] = random.normal3(1)
    const scale = length / Math.hypot(x, y, z)
    return [scale * x, scale * y, scale * z]
  }
  return makePose(direction(translation), rotationVectorToQuat(direction(rotation)))
}
