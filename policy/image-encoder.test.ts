import * as tf from '@tensorflow/tfjs'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { useEagerBackend } from '../tensor/backend.ts'
import { countParameters, initializeParameters, prefixed, splitParameters } from '../tensor/parameters.ts'
import { Random } from '../tensor/random.ts'
import { type ImageConfig, imageFeatures, PRESETS, tokenGrid } from './config.ts'
import { tinyRgbdConfig } from './example-policy.ts'
import { encodeImage, imageEncoderSpec, positions } from './image-encoder.ts'

beforeAll(async () => {
  await useEagerBackend('wasm')
})
beforeEach(() => void tf.engine().startScope())
afterEach(() => void tf.engine().endScope())

const image = tinyRgbdConfig.model.image as ImageConfig
const specs = prefixed('image', imageEncoderSpec(image))
const parameters = () => splitParameters(specs, tf.tensor1d(initializeParameters(specs, new Random(1))))
const picture = (seed: number, batch: number) =>
  tf.tensor4d(new Random(seed).fillNormal(new Float32Array(batch * 16 * 16 * 6)), [batch, 16, 16, 6])

describe('the image encoder', () => {
  it('gives perToken numbers for each token', () => {
    // 16 pixels, halved by the stem and by the trunk's second level: 4×4 tokens of 3 numbers
    expect(tokenGrid(image)).toBe(4)
    expect(encodeImage(parameters(), 'image', picture(1, 2), picture(2, 2), image).shape).toEqual([2, 48])
  })

  it.each([
    ['edge-rgbd', 8, 192],
    ['paper-rgbd', 20, 1200],
  ] as const)('of %s has %d tokens along each side, and keeps %d numbers', (name, grid, features) => {
    const config = PRESETS[name].model.image as ImageConfig
    expect(tokenGrid(config)).toBe(grid)
    expect(imageFeatures(config)).toBe(features)
  })

  it('of edge-rgbd is of this size', () => {
    const conv = (i: number, o: number) => 9 * i * o
    const norm = (c: number) => 2 * c
    const block = (c: number) => 2 * conv(c, c) + c + norm(c)
    const stem = conv(9, 16) + norm(16) + conv(16, 32) + norm(32)
    const trunk = 2 * conv(32, 48) + norm(48) + block(48) + conv(48, 64) + norm(64) + block(64)
    const mixer = 6 * (64 * 64 + 64) + 2 * norm(64)
    expect(countParameters(imageEncoderSpec(PRESETS['edge-rgbd'].model.image as ImageConfig))).toBe(
      stem + trunk + mixer + 64 * 3 + 3,
    )
  })

  it('takes one goal for the whole batch', () => {
    const p = parameters()
    const goal = picture(2, 1)
    const shared = encodeImage(p, 'image', picture(1, 3), goal, image).dataSync()
    const repeated = encodeImage(p, 'image', picture(1, 3), tf.tile(goal, [3, 1, 1, 1]), image).dataSync()
    shared.forEach((value, i) => {
      expect(value).toBeCloseTo(repeated[i] as number, 5)
    })
  })

  it('keeps the samples of a batch apart, and looks at both pictures', () => {
    const p = parameters()
    const of = (current: tf.Tensor4D, goal: tf.Tensor4D) => [
      ...encodeImage(p, 'image', current, goal, image).dataSync(),
    ]
    const both = tf.concat([picture(1, 1), picture(3, 1)]) as tf.Tensor4D
    const [first, other] = [of(picture(1, 1), picture(2, 1)), of(picture(1, 1), picture(4, 1))]
    of(both, picture(2, 1))
      .slice(0, 48)
      .forEach((value, i) => {
        expect(value).toBeCloseTo(first[i] as number, 5)
      })
    expect(other).not.toEqual(first)
  })
})

describe('positions', () => {
  it('say the row in the first half of the channels and the column in the second', () => {
    // Two periods: sin and cos of the place, and of the place / 10 000.
    const table = positions(2, 8).arraySync()
    const of = (place: number) => [Math.sin(place), Math.sin(place / 1e4), Math.cos(place), Math.cos(place / 1e4)]
    const expected = [0, 1].flatMap((row) => [0, 1].map((column) => [...of(row), ...of(column)]))
    for (const [i, row] of expected.entries()) {
      for (const [k, value] of row.entries()) expect(table[i]?.[k]).toBeCloseTo(value, 6)
    }
  })
})
