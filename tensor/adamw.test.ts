import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { type AdamWOptions, adamW, cosineWithWarmup, emaDecayAt, type OptimizerState, stepScalars } from './adamw.ts'
import { useEagerBackend } from './backend.ts'
import { type Arrays, compile, eager, type TensorMap } from './compile/index.ts'
import golden from './golden/adamw.json' with { type: 'json' }

const OPTIONS: AdamWOptions = {
  beta1: 0.95,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.1,
  clipNorm: 1,
  averaged: true,
}
const [PEAK, WARMUP, EMA_LIMIT] = [0.05, 3, 0.9]
const SIZE = golden.start.length

function step({ gradient, learningRate, correction1, correction2, emaDecay, ...state }: TensorMap): TensorMap {
  const scalars = { learningRate, correction1, correction2, emaDecay } as unknown as Parameters<typeof adamW>[2]
  const { segments, gradientNorm } = adamW(
    [state as unknown as OptimizerState],
    [gradient as tf.Tensor],
    scalars,
    OPTIONS,
  )
  const { theta, m, v, ema } = segments[0] as OptimizerState
  return { nextTheta: theta, nextM: m, nextV: v, nextEma: ema, gradientNorm }
}

const vector = { shape: [SIZE] }
const scalar = { shape: [] }
const inputs = {
  ...{ theta: vector, m: vector, v: vector, ema: vector, gradient: vector },
  ...{ learningRate: scalar, correction1: scalar, correction2: scalar, emaDecay: scalar },
}

beforeAll(async () => {
  await useEagerBackend('wasm')
})

describe('adamW', () => {
  it.each(['eager', 'compiled'])('follows torch.optim.AdamW with clipping, warm-up and EMA, %s', async (how) => {
    const runnable = how === 'eager' ? eager(step, inputs) : await compile(step, inputs)
    const start = Float32Array.from(golden.start)
    let state: Arrays = { theta: start, m: new Float32Array(SIZE), v: new Float32Array(SIZE), ema: start }
    for (const [t, expected] of golden.steps.entries()) {
      const learningRate = cosineWithWarmup(t, golden.steps.length, PEAK, WARMUP)
      expect(learningRate).toBeCloseTo(expected.learningRate, 12)
      const scalars = stepScalars(t, learningRate, OPTIONS, EMA_LIMIT)
      const next = await runnable.run({ ...state, ...scalars, gradient: Float32Array.from(expected.gradient) })
      state = { theta: next.nextTheta, m: next.nextM, v: next.nextV, ema: next.nextEma } as Arrays
      expect(next.gradientNorm?.[0]).toBeCloseTo(expected.gradientNorm, 5)
      // PyTorch keeps means of the gradient and its square, we keep sums.
      const means = { theta: 1, m: 1 - OPTIONS.beta1, v: 1 - OPTIONS.beta2, ema: 1 }
      for (const name of ['theta', 'm', 'v', 'ema'] as const) {
        expected[name].forEach(
          (value, i) => void expect((state[name]?.[i] as number) * means[name]).toBeCloseTo(value, 6),
        )
      }
    }
    await runnable.dispose()
  })

  const once = (gradient: number[], options: Partial<AdamWOptions>) =>
    tf.tidy(() => {
      const zeros = tf.zeros([2])
      const scalars = { learningRate: 0.1, correction1: 10, correction2: 100, emaDecay: 0.75 }
      const { segments, gradientNorm } = adamW(
        [{ theta: tf.tensor1d([1, -2]), m: zeros, v: zeros, ema: tf.tensor1d([5, 2]) }],
        [tf.tensor1d(gradient)],
        Object.fromEntries(Object.entries(scalars).map(([name, n]) => [name, tf.scalar(n)])) as never,
        {
          beta1: 0.9,
          beta2: 0.99,
          epsilon: 0,
          weightDecay: 0,
          clipNorm: Number.POSITIVE_INFINITY,
          averaged: true,
          ...options,
        },
      )
      const next = { ...segments[0], gradientNorm }
      return Object.fromEntries(Object.entries(next).map(([name, tensor]) => [name, [...tensor.dataSync()]]))
    })

  it('moves each weight by the learning rate against the sign of its first gradient', () => {
    const { theta, m, v, ema, gradientNorm } = once([3, -4], {})
    // m = g, v = g², m̂ = g, v̂ = g²: the step is 0.1 · g/|g|
    for (const [actual, expected] of [
      [theta, [0.9, -1.9]],
      [m, [3, -4]],
      [v, [9, 16]],
      // 0.75·5 + 0.25·0.9, 0.75·2 − 0.25·1.9
      [ema, [3.975, 1.025]],
      [gradientNorm, [5]],
    ] as const) {
      expected.forEach((value, i) => void expect(actual?.[i]).toBeCloseTo(value, 6))
    }
  })

  it('scales a gradient down to the clip norm, reports its norm before, and leaves a smaller one alone', () => {
    // The gradient's norm is 5: clipped to 1, (3, −4) becomes (0.6, −0.8).
    const { m, v, gradientNorm } = once([3, -4], { clipNorm: 1 })
    expect(m?.[0]).toBeCloseTo(0.6, 6)
    expect(m?.[1]).toBeCloseTo(-0.8, 6)
    expect(v?.[0]).toBeCloseTo(0.36, 6)
    expect(gradientNorm?.[0]).toBeCloseTo(5, 6)
    expect(once([3, -4], { clipNorm: 6 }).m?.[0]).toBeCloseTo(3, 6)
  })

  it('clips by the norm of all segments together', () => {
    const zero = () => ({ theta: tf.zeros([1]), m: tf.zeros([1]), v: tf.zeros([1]), ema: tf.zeros([1]) })
    const scalars = { learningRate: 0.1, correction1: 10, correction2: 100, emaDecay: 0.75 }
    const tensors = Object.fromEntries(Object.entries(scalars).map(([name, n]) => [name, tf.scalar(n)])) as never
    const { segments, gradientNorm } = adamW([zero(), zero()], [tf.tensor1d([3]), tf.tensor1d([-4])], tensors, {
      ...OPTIONS,
      beta1: 0.9,
    })
    expect(gradientNorm.dataSync()[0]).toBeCloseTo(5, 6)
    // (3, −4) of length 5 is clipped to (0.6, −0.8).
    expect(segments.map(({ m }) => m.dataSync()[0])).toEqual([expect.closeTo(0.6, 6), expect.closeTo(-0.8, 6)])
  })

  it('decays weights apart from the gradient', () => {
    // θ(1 − ηλ) − η: 1·(1 − 0.1·0.5) − 0.1 and −2·0.95 + 0.1
    const { theta, m } = once([3, -4], { weightDecay: 0.5 })
    expect(theta?.[0]).toBeCloseTo(0.85, 6)
    expect(theta?.[1]).toBeCloseTo(-1.8, 6)
    expect(m?.[0]).toBeCloseTo(3, 6)
  })

  it('averages nothing when told so', () => {
    const { theta, ema } = once([3, -4], { averaged: false })
    expect(ema).toEqual(theta)
  })
})

describe('cosineWithWarmup', () => {
  it('rises in equal parts to the peak, then falls by half a cosine to 0', () => {
    const rates = Array.from({ length: 9 }, (_, step) => cosineWithWarmup(step, 8, 2, 4))
    // Warm-up 2·1/4 … 2·4/4; then 2·(1 + cos(π k/4))/2 for k = 0 … 4, where cos is 1, √½, 0, −√½, −1.
    const expected = [0.5, 1, 1.5, 2, 2, 1 + Math.SQRT1_2, 1, 1 - Math.SQRT1_2, 0]
    rates.forEach((rate, step) => void expect(rate).toBeCloseTo(expected[step] as number, 12))
  })

  it('starts at the peak without warm-up, and stays at 0 after the end', () => {
    expect(cosineWithWarmup(0, 10, 3, 0)).toBe(3)
    expect(cosineWithWarmup(25, 10, 3, 0)).toBe(0)
  })

  it('knows a training that is all warm-up', () => {
    expect(cosineWithWarmup(9, 10, 3, 10)).toBe(3)
  })
})

describe('emaDecayAt', () => {
  it('forgets the start values at once and rises to its limit', () => {
    // 1 − 1^(−3/4), 1 − 16^(−3/4) = 1 − 1/8, 1 − 10000^(−3/4) = 1 − 1/1000
    expect(emaDecayAt(0, 0.999)).toBe(0)
    expect(emaDecayAt(15, 0.999)).toBeCloseTo(0.875, 12)
    expect(emaDecayAt(9_999, 0.9999)).toBeCloseTo(0.999, 12)
    expect(emaDecayAt(9_999, 0.99)).toBe(0.99)
  })
})

describe('stepScalars', () => {
  it('gives the bias corrections of the step, counted from 0', () => {
    const scalars = stepScalars(1, 0.25, { ...OPTIONS, beta1: 0.5, beta2: 0.75 }, 0.9)
    // 1/(1 − 0.5²) and 1/(1 − 0.75²)
    expect(scalars.learningRate[0]).toBe(0.25)
    expect(scalars.correction1[0]).toBeCloseTo(4 / 3, 6)
    expect(scalars.correction2[0]).toBeCloseTo(16 / 7, 6)
    // 1 − 2^(−3/4)
    expect(scalars.emaDecay[0]).toBeCloseTo(0.4053964, 6)
  })
})
