import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { useEagerBackend } from '../tensor/backend.ts'
import type { ImageConfig } from './config.ts'
import { tinyRgbdConfig } from './example-policy.ts'
import { partPoints, partPointsWidth } from './part-points.ts'

beforeAll(async () => {
  await useEagerBackend('wasm')
})

// 16×16 pixels, 4×4 patches of 4×4 pixels.
const image: ImageConfig = { ...(tinyRgbdConfig.model.image as ImageConfig), trackedReachM: 0.01 }
/** of the patches; the slices' come after them */
const PATCHES = 64

/** A picture whose points in the tracked frame are these, by pixel, so high over the target; without a reading elsewhere. */
function pictureOf(points: Record<number, [x: number, y: number, z: number]>, heightOverTarget = 0.05): tf.Tensor4D {
  const data = new Float32Array(16 * 16 * 9)
  for (const [pixel, xyz] of Object.entries(points)) data.set([heightOverTarget, ...xyz], Number(pixel) * 9 + 5)
  return tf.tensor4d(data, [1, 16, 16, 9])
}

const numbersOf = (picture: tf.Tensor4D): number[] => {
  const numbers = [...partPoints(picture, image).dataSync()]
  expect(numbers).toHaveLength(partPointsWidth(image))
  return numbers
}

it('says of each patch how much of it is near the part, and where that lies on average', () => {
  expect(partPointsWidth(image)).toBe(PATCHES + 16 * 5)
  // Pixels 0 and 1 are in the first patch, pixel 4 in the second; what is held at 1 across the axis is out of reach.
  const picture = pictureOf({ 0: [0.2, -0.4, 1], 1: [0.4, 0, -0.5], 2: [1, 0, 0], 4: [0.1, -1, 0.3] })
  const numbers = numbersOf(picture)
  const expected = [2 / 16, 0.3, -0.2, 0.25]
  for (const [i, value] of expected.entries()) expect(numbers[i]).toBeCloseTo(value, 6)
  expect(numbers.slice(4, PATCHES)).toEqual(new Array(60).fill(0))
})

it('moves with the part', () => {
  const at = (shift: number) => numbersOf(pictureOf({ 0: [0.2 + shift, 0, 0], 1: [0.05 + shift, 0, 0] }))
  expect((at(0.1)[1] as number) - (at(0)[1] as number)).toBeCloseTo(0.1, 6)
})

describe('slice by slice along the axis', () => {
  type Point = [x: number, y: number, z: number]
  /** By slice: share of the points, mean x and y, and how the points lie. */
  const slicesOf = (points: Record<number, Point>, heightOverTarget = 0.05) => {
    const numbers = numbersOf(pictureOf(points, heightOverTarget)).slice(PATCHES)
    return Array.from({ length: 16 }, (_, i) => numbers.slice(5 * i, 5 * i + 5))
  }
  /** Pixel by pixel. */
  const at = (points: readonly Point[]) => Object.fromEntries(points.entries())
  /** height of the middle of a slice */
  const middle = (slice: number) => (2 * slice) / 15 - 1
  const column = (z: number, count = 8) => at(Array.from({ length: count }, () => [0.2, -0.5, z] as Point))

  it('says how many of the points lie there, and where across', () => {
    const slices = slicesOf(column(middle(3)))
    for (const [i, value] of [16, 0.2, -0.5, 0, 0].entries()) expect(slices[3]?.[i]).toBeCloseTo(value, 3)
    for (const other of slices.filter((_, i) => i !== 3)) for (const value of other) expect(value).toBeCloseTo(0, 3)
  })

  it('shares a point between the two slices that it lies between, so that the end of a part moves smoothly', () => {
    const slices = slicesOf(column(middle(3) + 0.25 * (middle(4) - middle(3))))
    expect(slices[3]?.[0]).toBeCloseTo(12, 3)
    expect(slices[4]?.[0]).toBeCloseTo(4, 3)
    expect(slices[3]?.[1]).toBeCloseTo(0.2, 4)
  })

  it('says how a face lies, by twice its angle and wherever it is', () => {
    const face = (degrees: number, [x, y]: readonly [number, number]) => {
      const angle = (degrees * Math.PI) / 180
      const along = [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3]
      return at(along.map((d) => [x + d * Math.cos(angle), y + d * Math.sin(angle), middle(5)]))
    }
    const lie = (...of: Parameters<typeof face>) => slicesOf(face(...of))[5]?.slice(3) as [number, number]
    const [sine, cosine] = lie(20, [0.1, -0.2])
    expect(Math.atan2(sine, cosine) / 2).toBeCloseTo((20 * Math.PI) / 180, 4)
    // LIE_GAIN / 2, and a little less for what is spread this little
    expect(Math.hypot(sine, cosine)).toBeCloseTo(2 * (0.04 / (0.04 + 0.03 ** 2)), 4)
    for (const [i, value] of lie(20, [-0.3, 0.3]).entries()) expect(value).toBeCloseTo([sine, cosine][i] as number, 4)
  })

  it('does not count what is out of reach or may be the target’s, and believes few points little', () => {
    for (const [x, y, z] of [
      [1, 0, 0.1],
      [0, -1, 0.1],
      [0.1, 0, 1],
      [0, 0, 0],
    ] as const) {
      expect(slicesOf({ 5: [x, y, z] }).flat()).toEqual(new Array(80).fill(0))
    }
    // 1 mm over the mouth, in units of 0.1 m
    expect(slicesOf(column(middle(3)), 0.01).flat()).toEqual(new Array(80).fill(0))
    expect(slicesOf(column(middle(3), 2))[3]?.[1]).toBeCloseTo(0.1, 4)
  })
})
