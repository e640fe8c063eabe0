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

/** A picture whose points in the tracked frame are these, by pixel; without a reading elsewhere. */
function pictureOf(points: Record<number, [x: number, y: number, z: number]>): tf.Tensor4D {
  const data = new Float32Array(16 * 16 * 9)
  for (const [pixel, xyz] of Object.entries(points)) data.set(xyz, Number(pixel) * 9 + 6)
  return tf.tensor4d(data, [1, 16, 16, 9])
}

const numbersOf = (picture: tf.Tensor4D): number[] => {
  const numbers = [...partPoints(picture, image).dataSync()]
  expect(numbers).toHaveLength(partPointsWidth(image))
  return numbers
}

it('says of each patch how much of it is near the part, and where that lies on average', () => {
  expect(partPointsWidth(image)).toBe(PATCHES + 16 * 6)
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
  /** By slice: share of the points, and mean x, y, x², xy, y². */
  const slicesOf = (points: Parameters<typeof pictureOf>[0]) => {
    const numbers = numbersOf(pictureOf(points)).slice(PATCHES)
    return Array.from({ length: 16 }, (_, i) => numbers.slice(6 * i, 6 * i + 6) as [number, ...number[]])
  }
  /** height of the middle of a slice */
  const middle = (slice: number) => (2 * slice) / 15 - 1
  const column = (z: number, count = 8) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [i, [0.2, -0.5, z] as [number, number, number]]))

  it('says how many of the points lie there, and where across', () => {
    const slices = slicesOf(column(middle(3)))
    const expected = [16, 0.2, -0.5, 0.04, -0.1, 0.25]
    for (const [i, value] of expected.entries()) expect(slices[3]?.[i]).toBeCloseTo(value, 4)
    for (const other of slices.filter((_, i) => i !== 3)) for (const value of other) expect(value).toBeCloseTo(0, 4)
  })

  it('shares a point between the two slices that it lies between, so that the end of a part moves smoothly', () => {
    const slices = slicesOf(column(middle(3) + 0.25 * (middle(4) - middle(3))))
    expect(slices[3]?.[0]).toBeCloseTo(12, 4)
    expect(slices[4]?.[0]).toBeCloseTo(4, 4)
    expect(slices[3]?.[1]).toBeCloseTo(0.2, 4)
  })

  it('does not count what is out of reach, and believes the mean of few points little', () => {
    for (const [x, y, z] of [
      [1, 0, 0.1],
      [0, -1, 0.1],
      [0.1, 0, 1],
      [0, 0, 0],
    ] as const) {
      expect(slicesOf({ 5: [x, y, z] }).flat()).toEqual(new Array(96).fill(0))
    }
    expect(slicesOf(column(middle(3), 2))[3]?.[1]).toBeCloseTo(0.1, 4)
  })
})
