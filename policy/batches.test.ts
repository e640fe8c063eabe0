import { describe, expect, it } from 'vitest'
import { makePose, poseDistance, rotationVectorToQuat } from '../geometry/index.ts'
import type { Array32, Arrays } from '../tensor/compile/index.ts'
import { Random } from '../tensor/random.ts'
import { drawBatch, encodeWindows } from './batches.ts'
import type { PolicyConfig } from './config.ts'
import { tinyConfig } from './example-policy.ts'
import { batchSpecs } from './model.ts'
import { decodePose9, type Normalizer } from './normalizer.ts'
import { cumulativeAlphas, squaredCosineBetas } from './schedule.ts'

const T = tinyConfig.model.predictionHorizon
const unit: Normalizer = { centre: [0, 0, 0], scale: [1, 1, 1] }

/** Window i sees x = i, and its action k is at x = i, y = k + 1. */
const COUNT = 10
const set = encodeWindows(
  Array.from({ length: COUNT }, (_, i) => ({
    observation: makePose([i, 0, 0], rotationVectorToQuat([0, 0.1 * i, 0])),
    actions: Array.from({ length: T }, (_, k) => makePose([i, k + 1, 0])),
  })),
  unit,
)

const configOf = (batch: number, noise = { translationM: 0, rotationRad: 0 }, dropout = 0): PolicyConfig => ({
  ...tinyConfig,
  model: { ...tinyConfig.model, dropout },
  training: { ...tinyConfig.training, batch, observationNoise: noise },
})

const rows = (flat: Array32 | undefined, width: number): number[][] =>
  Array.from({ length: (flat?.length ?? 0) / width }, (_, i) => [
    ...(flat as Float32Array).slice(i * width, (i + 1) * width),
  ])

const seenWindows = (batch: Arrays) => rows(batch.observation, 9).map(([x]) => x as number)
const meanSquare = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x * x, 0) / numbers.length

describe('windows in one array', () => {
  it('lie action after action', () => {
    expect(set.actions).toHaveLength(COUNT * T * 9)
    const chunk = rows(set.actions.slice(3 * T * 9, 4 * T * 9), 9)
    // x = 3, y = k + 1, no rotation
    for (const [k, row] of chunk.entries()) expect(row).toEqual([3, k + 1, 0, 1, 0, 0, 0, 1, 0])
  })

  it('may be none', () => {
    expect(encodeWindows([], unit).actions).toHaveLength(0)
  })
})

describe('a batch', () => {
  it('has the shapes that the model asks for', () => {
    for (const config of [configOf(8), configOf(3, undefined, 0.1)]) {
      const batch = drawBatch(set, config, new Random(0), true)
      const specs = batchSpecs(config)
      expect(Object.keys(batch).sort()).toEqual(Object.keys(specs).sort())
      for (const [name, { shape }] of Object.entries(specs)) {
        expect(batch[name], name).toHaveLength(shape.reduce((a, b) => a * b, 1))
      }
    }
  })

  it('is a function of the random stream alone', () => {
    const config = configOf(16, { translationM: 0.01, rotationRad: 0.1 }, 0.1)
    const batch = drawBatch(set, config, new Random(5), true)
    expect(drawBatch(set, config, new Random(5), true)).toEqual(batch)
    const other = drawBatch(set, config, new Random(6), true)
    for (const name of Object.keys(batch)) expect(other[name], name).not.toEqual(batch[name])
  })

  it('draws the same windows, steps and noise whether it is shaken and dropped out or not', () => {
    const shaken = drawBatch(set, configOf(16, { translationM: 0.01, rotationRad: 0.1 }, 0.1), new Random(5), true)
    const still = drawBatch(set, configOf(16), new Random(5), true)
    for (const name of ['clean', 'noise', 'step']) expect(shaken[name], name).toEqual(still[name])
  })

  it('keeps an observation and its actions together', () => {
    const batch = drawBatch(set, configOf(64), new Random(1), true)
    for (const [b, chunk] of rows(batch.clean, T * 9).entries()) {
      const window = seenWindows(batch)[b] as number
      expect(rows(Float32Array.from(chunk), 9).map(([x, y]) => [x, y])).toEqual(
        Array.from({ length: T }, (_, k) => [window, k + 1]),
      )
    }
  })

  it('draws every window and every diffusion step equally often', () => {
    const draws = 4000
    const batch = drawBatch(set, configOf(draws), new Random(2), true)
    const count = (numbers: number[], value: number) => numbers.filter((x) => x === value).length
    // A count of n draws with chance p strays by √(n p (1 − p)); five times that is allowed.
    const expectUniform = (numbers: number[], kinds: number) => {
      const [mean, stray] = [draws / kinds, Math.sqrt((draws / kinds) * (1 - 1 / kinds))]
      for (let value = 0; value < kinds; value++) {
        expect(Math.abs(count(numbers, value) - mean), `${value}`).toBeLessThan(5 * stray)
      }
    }
    expectUniform(seenWindows(batch), COUNT)
    expectUniform([...(batch.step as Float32Array)], tinyConfig.diffusion.trainSteps)
  })

  it('gives each step the signal √ᾱ and the noise √(1 − ᾱ) of the schedule', () => {
    const batch = drawBatch(set, configOf(32), new Random(3), true)
    const alphas = cumulativeAlphas(squaredCosineBetas(tinyConfig.diffusion.trainSteps))
    for (const [b, t] of (batch.step as Float32Array).entries()) {
      const [signal, noise] = [batch.signal?.[b] as number, batch.noiseRate?.[b] as number]
      expect(signal ** 2).toBeCloseTo(alphas[t] as number, 6)
      expect(signal ** 2 + noise ** 2).toBeCloseTo(1, 6)
    }
  })

  it('has noise of variance one', () => {
    const { noise } = drawBatch(set, configOf(200), new Random(4), true)
    // 200 · 8 · 9 = 14 400 numbers: the second moment strays by √(2/14 400) = 0.012
    expect(Math.abs(meanSquare([...(noise as Float32Array)]) - 1)).toBeLessThan(0.06)
  })
})

describe('observations', () => {
  const noise = { translationM: 0.002, rotationRad: 0.03 }
  const draws = 2000

  it('are shaken in training by the noise of the configuration', () => {
    const shaken = drawBatch(set, configOf(draws, noise), new Random(7), true).observation as Float32Array
    const still = drawBatch(set, configOf(draws), new Random(7), true).observation as Float32Array
    const distances = Array.from({ length: draws }, (_, b) =>
      poseDistance(decodePose9(unit, shaken, 9 * b), decodePose9(unit, still, 9 * b)),
    )
    // Squared lengths of three normal numbers: mean 3σ², which 2000 draws miss by √(6/2000)/3 = 2 %.
    const translation = meanSquare(distances.map((d) => d.translation)) / (3 * noise.translationM ** 2)
    const rotation = meanSquare(distances.map((d) => d.rotation)) / (3 * noise.rotationRad ** 2)
    expect(Math.abs(translation - 1)).toBeLessThan(0.1)
    expect(Math.abs(rotation - 1)).toBeLessThan(0.1)
  })

  it('are left as they are in validation', () => {
    const judged = drawBatch(set, configOf(32, noise), new Random(7), false)
    expect(judged.observation).toEqual(drawBatch(set, configOf(32), new Random(7), true).observation)
  })
})

describe('the dropout mask', () => {
  it('drops a tenth and scales the rest up by 1/0.9, so that the mean stays 1', () => {
    const mask = drawBatch(set, configOf(64, undefined, 0.1), new Random(8), true).dropout as Float32Array
    const kept = mask.filter((x) => x !== 0)
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / 0.9)]))
    // 64 · 256 = 16 384 draws: the fraction strays by √(0.09/16 384) = 0.0023
    expect(Math.abs(1 - kept.length / mask.length - 0.1)).toBeLessThan(0.012)
  })

  it('drops nothing in validation, and is not there at a rate of zero', () => {
    const mask = drawBatch(set, configOf(4, undefined, 0.1), new Random(8), false).dropout as Float32Array
    expect(mask.every((x) => x === 1)).toBe(true)
    expect(drawBatch(set, configOf(4), new Random(8), true)).not.toHaveProperty('dropout')
  })
})
