import { describe, expect, it } from 'vitest'
import {
  axisAngleToQuat,
  makePose,
  type Pose,
  quatToRotationVector,
  relative,
  transformPoint,
  type Vec3,
} from '../geometry/index.ts'
import { Random } from '../tensor/random.ts'
import { findNoise, NOISE_PRESETS, SimulatedTracker } from './pose-noise.ts'

const DEGREE = Math.PI / 180
const CENTRE: Vec3 = [0, 0, 0.025]
const TRUTH = makePose([0.3, -0.1, 0.7], axisAngleToQuat([1, 2, 3], 1.1))
const FRAME = 1 / 30

/** The error as it was drawn: a move of the part's centre, in the source frame, and a rotation vector. */
function errorOf(reported: Pose): number[] {
  const { position, orientation } = relative(
    makePose(transformPoint(TRUTH, CENTRE), TRUTH.orientation),
    makePose(transformPoint(reported, CENTRE), reported.orientation),
  )
  return [...position, ...quatToRotationVector(orientation)]
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const deviation = (values: readonly number[]) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)))
const column = (rows: readonly number[][], axis: number) => rows.map((row) => row[axis] as number)

describe('the preset "none"', () => {
  it('reports the true pose and never loses it', () => {
    const tracker = new SimulatedTracker(findNoise('none'), CENTRE, new Random(1))
    const error = errorOf(tracker.distort(TRUTH))
    expect(Math.max(...error.map(Math.abs))).toBeLessThan(1e-12)
    for (let i = 0; i < 1000; i++) expect(tracker.isLost(i * FRAME, FRAME, true)).toBe(false)
    expect(findNoise('none').latency).toBe(0)
  })
})

it('draws only the direction of a bias whose size is given', () => {
  const noise = { ...findNoise('none'), biasSize: { translation: 2e-3, rotation: 2 * DEGREE } }
  const errors = Array.from({ length: 500 }, (_, i) =>
    errorOf(new SimulatedTracker(noise, CENTRE, new Random(i)).distort(TRUTH)),
  )
  for (const error of errors) {
    expect(Math.hypot(...error.slice(0, 3))).toBeCloseTo(2e-3, 9)
    expect(Math.hypot(...error.slice(3))).toBeCloseTo(2 * DEGREE, 9)
  }
  // A direction's components have mean 0 and variance 1/3: standard error of the mean of 500 is 0.026 of the size.
  for (let axis = 0; axis < 6; axis++) {
    expect(Math.abs(mean(column(errors, axis)))).toBeLessThan(0.1 * (axis < 3 ? 2e-3 : 2 * DEGREE))
  }
})

describe.each(['tracker', 'usb'])('the preset "%s"', (name) => {
  const noise = findNoise(name)

  it('has a bias of its standard deviation on each axis, drawn once per episode', () => {
    const biasOnly = { ...noise, white: { translation: 0, rotation: 0 } }
    const errors = Array.from({ length: 2000 }, (_, episode) => {
      const tracker = new SimulatedTracker(biasOnly, CENTRE, new Random(1).fork(episode))
      const error = errorOf(tracker.distort(TRUTH))
      expect(errorOf(tracker.distort(TRUTH))).toEqual(error)
      return error
    })
    for (let axis = 0; axis < 6; axis++) {
      const sigma = axis < 3 ? noise.bias.translation : noise.bias.rotation
      // The standard error of a deviation from 2000 draws is σ / √4000 = 1.6 %, of the mean σ / √2000 = 2.2 %.
      expect(Math.abs(deviation(column(errors, axis)) / sigma - 1)).toBeLessThan(0.06)
      expect(Math.abs(mean(column(errors, axis)) / sigma)).toBeLessThan(0.09)
    }
  })

  it('has white noise of its standard deviation about that bias, without memory', () => {
    const tracker = new SimulatedTracker({ ...noise, bias: { translation: 0, rotation: 0 } }, CENTRE, new Random(2))
    const errors = Array.from({ length: 4000 }, () => errorOf(tracker.distort(TRUTH)))
    for (let axis = 0; axis < 6; axis++) {
      const sigma = axis < 3 ? noise.white.translation : noise.white.rotation
      const values = column(errors, axis)
      expect(Math.abs(deviation(values) / sigma - 1)).toBeLessThan(0.05)
      const neighbours = mean(values.slice(1).map((value, i) => value * (values[i] as number))) / sigma ** 2
      // The correlation of 4000 independent pairs scatters by 1 / √4000 = 0.016.
      expect(Math.abs(neighbours)).toBeLessThan(0.07)
    }
  })

  it('repeats its errors for the same seed, and has others for another', () => {
    const errors = (seed: number) => {
      const tracker = new SimulatedTracker(noise, CENTRE, new Random(seed))
      return Array.from({ length: 20 }, () => tracker.distort(TRUTH))
    }
    expect(errors(3)).toEqual(errors(3))
    expect(errors(3)).not.toEqual(errors(4))
  })
})

describe('rotation errors', () => {
  it('turn about the part’s centre, which stays where it is', () => {
    const turning = {
      ...findNoise('usb'),
      bias: { translation: 0, rotation: 0.1 },
      white: { translation: 0, rotation: 0 },
    }
    const reported = new SimulatedTracker(turning, CENTRE, new Random(5)).distort(TRUTH)
    const [x, y, z] = errorOf(reported)
    expect(Math.hypot(x as number, y as number, z as number)).toBeLessThan(1e-12)
    // The tip, 25 mm away, moves.
    expect(Math.hypot(...relative(TRUTH, reported).position)).toBeGreaterThan(1e-4)
  })
})

describe('drop-outs', () => {
  const { rate, duration } = findNoise('usb').dropout
  const lostFrames = (seconds: number, close: boolean, seed = 6) => {
    const tracker = new SimulatedTracker(findNoise('usb'), CENTRE, new Random(seed))
    return Array.from({ length: seconds / FRAME }, (_, i) => tracker.isLost(i * FRAME, FRAME, close))
  }

  it('come as often and last as long as the preset says', () => {
    const lost = lostFrames(20_000, true)
    const begins = lost.filter((now, i) => now && !lost[i - 1]).length
    const share = lost.filter(Boolean).length / lost.length
    // A loss lasts at least its first frame, then until a multiple of 1/30 s beyond an exponential time of mean D:
    // Σ exp(−k/30D) = 1 / (1 − exp(−1/(30 · 0.3))) = 9.51 frames on average, 0.317 s.
    const frames = 1 / (1 - Math.exp(-FRAME / duration))
    expect((share * lost.length) / begins).toBeGreaterThan(0.93 * frames)
    expect((share * lost.length) / begins).toBeLessThan(1.09 * frames)
    // While seen, one begins every 1/0.5 s = 2 s: the share lost is 0.317 / (2 + 0.317) = 0.137.
    const expected = (frames * FRAME) / (1 / rate + frames * FRAME)
    expect(Math.abs(share / expected - 1)).toBeLessThan(0.06)
  })

  it('happen only while the parts are close, but outlast the parting', () => {
    expect(lostFrames(1000, false)).not.toContain(true)
    const tracker = new SimulatedTracker(findNoise('usb'), CENTRE, new Random(8))
    let frame = 0
    while (!tracker.isLost(frame * FRAME, FRAME, true)) frame++
    const after = Array.from({ length: 300 }, (_, i) => tracker.isLost((frame + 1 + i) * FRAME, FRAME, false))
    expect(after.lastIndexOf(true)).toBe(after.indexOf(false) - 1)
    expect(after[0]).toBe(true)
  })

  it('are the same for the same seed, and others for another', () => {
    expect(lostFrames(100, true, 9)).toEqual(lostFrames(100, true, 9))
    expect(lostFrames(100, true, 9)).not.toEqual(lostFrames(100, true, 10))
  })
})

describe('presets', () => {
  it('have the figures of the design', () => {
    expect(NOISE_PRESETS.tracker).toEqual({
      bias: { translation: 0.3e-3, rotation: 0.3 * DEGREE },
      white: { translation: 0.1e-3, rotation: 0.1 * DEGREE },
      latency: 1 / 30,
      dropout: { rate: 0, duration: 0 },
    })
    expect(findNoise('usb').bias).toEqual({ translation: 1e-3, rotation: DEGREE })
    expect(findNoise('usb').white.translation).toBe(0.3e-3)
    expect(findNoise('usb').dropout.rate).toBeGreaterThan(0)
  })

  it('are found by name, and a wrong name lists the valid ones', () => {
    for (const name of Object.keys(NOISE_PRESETS)) expect(findNoise(name)).toBe(NOISE_PRESETS[name])
    expect(() => findNoise('fog')).toThrow('unknown pose noise "fog"; valid presets: none, tracker, usb')
    expect(() => findNoise('constructor')).toThrow(RangeError)
  })
})
