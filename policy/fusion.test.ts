import * as tf from '@tensorflow/tfjs'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { useEagerBackend } from '../tensor/backend.ts'
import { initializeParameters, splitParameters } from '../tensor/parameters.ts'
import { Random } from '../tensor/random.ts'
import type { Fusion, ImageConfig } from './config.ts'
import { withFusion } from './example-policy.ts'
import { conditionSpec, type Fused, fuse, type Seeing } from './fusion.ts'
import { partPointsWidth } from './part-points.ts'
import { encodePose } from './pose-encoder.ts'

beforeAll(async () => {
  await useEagerBackend('wasm')
})
beforeEach(() => void tf.engine().startScope())
afterEach(() => void tf.engine().endScope())

type Pictured = Exclude<Fusion, 'pose'>
const PICTURED: readonly Pictured[] = ['gated', 'concat', 'rgbd', 'corrected']

const draw = (seed: number, shape: number[], scale = 1) =>
  tf.mul(tf.tensor(new Random(seed).fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))), shape), scale)

const B = 3
const seeing = (changes: Partial<Record<keyof Seeing, tf.Tensor>> = {}): Seeing =>
  ({
    observation: draw(1, [B, 9]),
    image: draw(2, [B, 16, 16, 6]),
    goal: draw(3, [1, 16, 16, 6]),
    confidence: tf.ones([B, 1]),
    ...changes,
  }) as unknown as Seeing

function setUp(fusion: Pictured) {
  const { model } = withFusion(fusion)
  const specs = conditionSpec(model)
  const p = splitParameters(specs, tf.tensor1d(initializeParameters(specs, new Random(4))))
  const of = (seen: Seeing, changes: Record<string, tf.Tensor> = {}): Fused => fuse({ ...p, ...changes }, seen, model)
  return { model, p, of }
}

const numbers = (x: tf.Tensor | undefined) => [...(x as tf.Tensor).dataSync()]

function expectClose(a: tf.Tensor | undefined, b: tf.Tensor) {
  const [got, expected] = [numbers(a), numbers(b)]
  expect(got).toHaveLength(expected.length)
  for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 5)
}

describe.each(PICTURED)('the fusion %s', (fusion) => {
  it('gives a condition for each sample, and sees the picture', () => {
    const { model, of } = setUp(fusion)
    const { condition } = of(seeing())
    expect(condition.shape).toEqual([B, model.conditionWidth])
    expect(numbers(of(seeing({ image: draw(5, [B, 16, 16, 6]) })).condition)).not.toEqual(numbers(condition))
  })

  it('asks for a picture that is not there', () => {
    const { of } = setUp(fusion)
    expect(() => of({ observation: draw(1, [B, 9]) as tf.Tensor2D })).toThrow(
      'needs a picture and a goal picture, got none',
    )
  })
})

describe('the points of a picture that is seen from the tracked pose', () => {
  /** An encoder that learnt nothing: it says the same of every picture. */
  function blind(fusion: Pictured) {
    const { model } = withFusion(fusion, 0.04)
    const specs = conditionSpec(model)
    const p = splitParameters(specs, tf.tensor1d(initializeParameters(specs, new Random(4))))
    const looks = [draw(2, [B, 16, 16, 9]), draw(5, [B, 16, 16, 9])]
    const goal = draw(3, [1, 16, 16, 9])
    const at = (look: tf.Tensor | undefined) =>
      fuse({ ...p, 'image.output.weight': tf.zeros([16, 3]) }, seeing({ image: look as tf.Tensor, goal }), model)
    return { p, looks: looks.map(at) as [Fused, Fused] }
  }

  it.each(['gated', 'concat'] as const)(
    'reach the plan of %s, and the head only through what the plan is made from',
    (fusion) => {
      const { p, looks } = blind(fusion)
      expect(numbers(looks[0].condition)).not.toEqual(numbers(looks[1].condition))
      expect(p['fusion.hidden.weight']?.shape).toEqual([16, 16])
      expect(p['fusion.located.weight']?.shape).toEqual([16, 9])
    },
  )

  it('reach what corrected adds to the pose', () => {
    const { looks } = blind('corrected')
    expect(numbers(looks[0].estimate)).not.toEqual(numbers(looks[1].estimate))
  })
})

describe('gated fusion', () => {
  it('is pose + σ(W_g pose + b_g) ⊙ v', () => {
    const { model, p, of } = setUp('gated')
    const pose = encodePose(p, 'encoder', seeing().observation, model)
    // Without weights, the gate is σ(ln 3) = 3/4 throughout; v is ReLU(scale · 0 + bias) = 2 for weights of zero.
    const { condition, gate } = of(seeing(), {
      'fusion.gate.weight': tf.zeros([16, 16]),
      'fusion.gate.bias': tf.fill([16], Math.log(3)),
      'fusion.value.weight': tf.zeros([48, 16]),
      'fusion.value.bias': tf.zeros([16]),
      'fusion.norm.bias': tf.fill([16], 2),
    })
    for (const value of numbers(gate)) expect(value).toBeCloseTo(0.75, 6)
    expectClose(condition, tf.add(pose, 1.5))
  })

  it('has gates between 0 and 1 that depend on the pose alone', () => {
    const { of } = setUp('gated')
    const gate = numbers(of(seeing({ observation: draw(6, [B, 9], 30) })).gate)
    expect(gate.every((value) => value > 0 && value < 1)).toBe(true)
    expect(numbers(of(seeing({ observation: draw(6, [B, 9], 30), image: draw(7, [B, 16, 16, 6]) })).gate)).toEqual(gate)
    expect(numbers(of(seeing()).gate)).not.toEqual(gate)
  })

  it('lets nothing negative through: v is a ReLU', () => {
    const { model, p, of } = setUp('gated')
    const { condition } = of(seeing(), { 'fusion.norm.scale': tf.zeros([16]), 'fusion.norm.bias': tf.fill([16], -1) })
    expectClose(condition, encodePose(p, 'encoder', seeing().observation, model))
  })
})

describe('the fusion rgbd', () => {
  it('does not see the pose', () => {
    const { of } = setUp('rgbd')
    const other = of(seeing({ observation: draw(8, [B, 9]) }))
    expect(numbers(other.condition)).toEqual(numbers(of(seeing()).condition))
    // Where it takes the part to be does not depend on it either.
    expectClose(
      tf.add(other.correction as tf.Tensor, draw(8, [B, 9])),
      tf.add(of(seeing()).correction as tf.Tensor, draw(1, [B, 9])),
    )
  })
})

describe('the fusion corrected', () => {
  it('moves the pose towards where the picture says, by as much as the gate is open, before it is encoded', () => {
    const { model, p, of } = setUp('corrected')
    const { condition, correction, estimate, gate } = of(seeing(), {
      'fusion.located.weight': tf.zeros([16, 9]),
      'fusion.located.bias': tf.fill([9], 0.4),
      // σ(ln(1/3)) = 1/4
      'fusion.gate.weight': tf.zeros([64, 9]),
      'fusion.gate.bias': tf.fill([9], -Math.log(3)),
    })
    const { observation } = seeing()
    expectClose(estimate, tf.sub(0.4, observation))
    for (const value of numbers(gate)) expect(value).toBeCloseTo(0.25, 6)
    expectClose(correction, tf.mul(tf.sub(0.4, observation), 0.25))
    expectClose(condition, encodePose(p, 'encoder', tf.add(tf.mul(observation, 0.75), 0.1), model))
  })

  it('takes what a picture from the tracked pose says for the error itself, in units of a degree', () => {
    const { model } = withFusion('corrected')
    const tracked = { ...model, image: model.image && { ...model.image, trackedReachM: 0.04 } }
    const specs = conditionSpec(tracked)
    const p = splitParameters(specs, tf.tensor1d(initializeParameters(specs, new Random(4))))
    const seen = seeing({ image: draw(2, [B, 16, 16, 9]), goal: draw(3, [1, 16, 16, 9]) })
    const says = {
      'fusion.located.weight': tf.zeros([16 + partPointsWidth(tracked.image as ImageConfig), 9]),
      'fusion.located.bias': tf.fill([9], 1.5),
    }
    for (const value of numbers(fuse({ ...p, ...says }, seen, tracked).estimate)) expect(value).toBeCloseTo(0.03, 6)
  })

  it('has gates between 0 and 1 that hear of pose, picture and confidence, and close without a picture', () => {
    const { of } = setUp('corrected')
    const gate = numbers(of(seeing()).gate)
    // In float32 a gate that is all but closed, or open, may be so entirely.
    expect(gate.every((value) => value >= 0 && value <= 1)).toBe(true)
    expect(gate.some((value) => value > 0.01 && value < 0.99)).toBe(true)
    for (const change of [
      { observation: draw(8, [B, 9]) },
      { image: draw(8, [B, 16, 16, 6]) },
      { confidence: tf.zeros([B, 1]) },
    ]) {
      expect(numbers(of(seeing(change)).gate)).not.toEqual(gate)
    }
    const imageless = tf.tensor2d([[0], [1], [0]])
    const partly = numbers(of(seeing({ imageless })).gate)
    expect(partly.slice(0, 9)).toEqual(gate.slice(0, 9))
    expect(partly.slice(9, 18)).toEqual(new Array(9).fill(0))
  })

  it('has gates that see how far the picture and the tracker are apart', () => {
    const { of } = setUp('corrected')
    // Located everywhere at 0.1; the last nine pieces of evidence, how far that is from the observed pose, decide alone.
    const [evidence, gates] = [tf.buffer([35, 64]), tf.buffer([64, 9])]
    for (let i = 0; i < 9; i++) {
      evidence.set(1, 26 + i, i)
      gates.set(1, i, i)
    }
    const { gate } = of(seeing({ observation: tf.fill([B, 9], 0.08) }), {
      'fusion.located.weight': tf.zeros([16, 9]),
      'fusion.located.bias': tf.fill([9], 0.1),
      'fusion.weigh.weight': evidence.toTensor(),
      'fusion.weigh.bias': tf.zeros([64]),
      'fusion.gate.weight': gates.toTensor(),
      'fusion.gate.bias': tf.zeros([9]),
    })
    // |0.1 − 0.08| is one unit of 0.02: σ(1)
    for (const value of numbers(gate)) expect(value).toBeCloseTo(1 / (1 + Math.exp(-1)), 4)
  })
})
