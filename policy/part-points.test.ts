import * as tf from '@tensorflow/tfjs'
import { beforeAll, expect, it } from 'vitest'
import { useEagerBackend } from '../tensor/backend.ts'
import type { ImageConfig } from './config.ts'
import { tinyRgbdConfig } from './example-policy.ts'
import { partPoints, partPointsWidth } from './part-points.ts'

beforeAll(async () => {
  await useEagerBackend('wasm')
})

// 16×16 pixels, 4×4 patches of 4×4 pixels.
const image: ImageConfig = { ...(tinyRgbdConfig.model.image as ImageConfig), trackedScaleM: 0.015 }

/** A picture whose points in the tracked frame are these, by pixel; without a reading elsewhere. */
function pictureOf(points: Record<number, [x: number, y: number, z: number]>): tf.Tensor4D {
  const data = new Float32Array(16 * 16 * 9)
  for (const [pixel, xyz] of Object.entries(points)) data.set(xyz, Number(pixel) * 9 + 6)
  return tf.tensor4d(data, [1, 16, 16, 9])
}

it('says of each patch how much of it is near the part, and where that lies on average', () => {
  expect(partPointsWidth(image)).toBe(64)
  // Pixels 0 and 1 are in the first patch, pixel 4 in the second; what is held at 1 across the axis is out of reach.
  const picture = pictureOf({ 0: [0.2, -0.4, 1], 1: [0.4, 0, -0.5], 2: [1, 0, 0], 4: [0.1, -1, 0.3] })
  const numbers = [...partPoints(picture, image).dataSync()]
  const expected = [2 / 16, 0.3, -0.2, 0.25]
  for (const [i, value] of expected.entries()) expect(numbers[i]).toBeCloseTo(value, 6)
  expect(numbers.slice(4)).toEqual(new Array(60).fill(0))
})

it('moves with the part', () => {
  const at = (shift: number) => [
    ...partPoints(pictureOf({ 0: [0.2 + shift, 0, 0], 1: [0.05 + shift, 0, 0] }), image).dataSync(),
  ]
  expect((at(0.1)[1] as number) - (at(0)[1] as number)).toBeCloseTo(0.1, 6)
})
