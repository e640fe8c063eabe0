import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { useEagerBackend } from '../tensor/backend.ts'
import { initializeParameters, prefixed, splitParameters } from '../tensor/parameters.ts'
import { Random } from '../tensor/random.ts'
import type { ModelConfig } from './config.ts'
import { tinyConfig } from './example-policy.ts'
import { encodePose, poseEncoderSpec } from './pose-encoder.ts'
import { DROPOUT_WIDTH, POSE_WIDTH } from './widths.ts'

beforeAll(async () => {
  await useEagerBackend('wasm')
})

const mlp: ModelConfig = { ...tinyConfig.model, encoder: 'mlp' }
const encoders: [string, ModelConfig][] = [
  ['disentangled', tinyConfig.model],
  ['mlp', mlp],
]

/** The condition vectors of poses, one array per sample. */
function encode(poses: number[][], model: ModelConfig, mask?: number[][]): Float32Array[] {
  return tf.tidy(() => {
    const specs = prefixed('encoder', poseEncoderSpec(model))
    const p = splitParameters(specs, tf.tensor1d(initializeParameters(specs, new Random(3))))
    const encoded = encodePose(p, 'encoder', tf.tensor2d(poses), model, mask && tf.tensor2d(mask))
    expect(encoded.shape).toEqual([poses.length, model.conditionWidth])
    return tf.unstack(encoded).map((row) => row.dataSync() as Float32Array)
  })
}

const random = new Random(8)
const drawPoses = (count: number) =>
  Array.from({ length: count }, () => [...random.fillNormal(new Float32Array(POSE_WIDTH))])

const distance = (a: Float32Array | undefined, b: Float32Array | undefined) =>
  Math.max(...(a as Float32Array).map((value, i) => Math.abs(value - (b?.[i] as number))))

describe.each(encoders)('the %s encoder', (_, model) => {
  it('attends within a sample: another sample of the batch leaves its condition as it was', () => {
    const poses = drawPoses(3)
    const before = encode(poses, model)
    const after = encode(poses.with(1, drawPoses(1)[0] as number[]), model)
    expect(after[0]).toEqual(before[0])
    expect(after[2]).toEqual(before[2])
    expect(distance(after[1], before[1])).toBeGreaterThan(1e-3)
  })

  it('gives a sample the same condition alone as in a batch', () => {
    const poses = drawPoses(4)
    expect(distance(encode(poses.slice(2, 3), model)[0], encode(poses, model)[2])).toBeLessThan(1e-5)
  })

  it('sees translation and rotation', () => {
    const [pose] = drawPoses(1) as [number[]]
    const moved = pose.with(1, (pose[1] as number) + 0.5)
    const turned = pose.with(7, (pose[7] as number) + 0.5)
    const [a, b, c] = encode([pose, moved, turned], model)
    expect(distance(a, b)).toBeGreaterThan(1e-3)
    expect(distance(a, c)).toBeGreaterThan(1e-3)
  })

  it('leaves everything when the mask is all ones, and the last bias of a branch when it is all zeros', () => {
    const poses = drawPoses(2)
    const mask = (value: number) => poses.map(() => new Array<number>(DROPOUT_WIDTH).fill(value))
    expect(encode(poses, model, mask(1))).toEqual(encode(poses, model))
    const [a, b] = encode(poses, model, mask(0))
    expect(a).toEqual(b)
  })
})

describe('the disentangled encoder', () => {
  it('drops the two branches out by a half of the mask each', () => {
    const poses = drawPoses(1)
    const [pose] = poses as [number[]]
    const half = DROPOUT_WIDTH / 2
    const noTranslation = [...new Array<number>(half).fill(0), ...new Array<number>(half).fill(1)]
    const moved = pose.with(0, 9)
    const turned = pose.with(5, 9)
    const [a, b, c] = encode([pose, moved, turned], tinyConfig.model, [noTranslation, noTranslation, noTranslation])
    expect(a).toEqual(b)
    expect(distance(a, c)).toBeGreaterThan(1e-3)
  })
})
