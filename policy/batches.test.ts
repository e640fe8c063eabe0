import { describe, expect, it } from 'vitest'
import { compose, makePose, poseDistance, relative, rotationVectorToQuat, transformPoint } from '../geometry/index.ts'
import type { Array32, Arrays } from '../tensor/compile/index.ts'
import { Random } from '../tensor/random.ts'
import { drawBatch, encodeWindows } from './batches.ts'
import type { PolicyConfig } from './config.ts'
import { prepareData } from './dataset.ts'
import { exampleEpisodes, exampleParts, picturedApproach, tinyConfig, withFusion } from './example-policy.ts'
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

describe('a biased tracker', () => {
  const bias = { translationM: 0.003, rotationRad: 0.05 }
  const centre = [0, 0, 0.025] as const
  const withBias = (config: PolicyConfig): PolicyConfig => ({
    ...config,
    training: { ...config.training, batch: 300, trackerBias: bias },
  })
  const { training } = prepareData(exampleEpisodes(2, picturedApproach), withFusion('gated'), 0, exampleParts)
  const { pictures: _, ...poses } = training
  const biased = { ...poses, sourceCentre: centre }
  const decode = (numbers: Array32 | undefined, offset: number) =>
    decodePose9(training.normalizer, numbers as Float32Array, offset)
  const still = drawBatch(poses, configOf(300), new Random(9), false)

  it('is off in the observation and in every action alike, about the part’s centre', () => {
    const batch = drawBatch(biased, withBias(tinyConfig), new Random(9), false)
    const turns: number[] = []
    const shifts: number[] = []
    for (let b = 0; b < 300; b++) {
      const error = relative(decode(still.observation, 9 * b), decode(batch.observation, 9 * b))
      for (let k = 0; k < T; k++) {
        const at = 9 * (b * T + k)
        const { translation, rotation } = poseDistance(compose(decode(still.clean, at), error), decode(batch.clean, at))
        expect(translation).toBeLessThan(1e-7)
        expect(rotation).toBeLessThan(1e-6)
      }
      // x · c · bias · c⁻¹: the centre itself is shifted by the bias alone.
      shifts.push(...transformPoint(error, centre).map((value, axis) => value - (centre[axis as 0] as number)))
      turns.push(poseDistance(error, makePose([0, 0, 0])).rotation)
    }
    // 900 draws miss a standard deviation by 1/√1800 = 2.4 %.
    expect(Math.abs(meanSquare(shifts) / bias.translationM ** 2 - 1)).toBeLessThan(0.2)
    expect(Math.abs(meanSquare(turns) / (3 * bias.rotationRad ** 2) - 1)).toBeLessThan(0.2)
  })

  it('leaves windows, steps and noise as they were', () => {
    const batch = drawBatch(biased, withBias(tinyConfig), new Random(9), false)
    for (const name of ['noise', 'step', 'signal']) expect(batch[name]).toEqual(still[name])
  })

  it.each(['rgbd', 'corrected'] as const)(
    'is told to a policy that corrects it, whose actions are the true ones: %s',
    (fusion) => {
      const config = withBias(withFusion(fusion))
      const batch = drawBatch(training, config, new Random(9), false)
      expect(batch.clean).toEqual(still.clean)
      const sum = (batch.observation as Float32Array).map((value, i) => value + (batch.poseError?.[i] as number))
      for (const [i, value] of (still.observation as Float32Array).entries()) expect(sum[i]).toBeCloseTo(value, 5)
    },
  )

  it('is further off where it is less sure, for the fusion that hears of it', () => {
    const batch = drawBatch(training, withBias(withFusion('corrected')), new Random(9), false)
    const sure = [...(batch.confidence as Float32Array)]
    expect(sure.every((value) => value >= 0 && value <= 1)).toBe(true)
    const unsure = sure.filter((value) => value < 1).length / 300
    expect(unsure).toBeGreaterThan(0.1)
    expect(unsure).toBeLessThan(0.3)
    const size = (wanted: boolean) =>
      meanSquare(
        rows(batch.poseError, 9)
          .filter((_, b) => (sure[b] as number) < 1 === wanted)
          .flat(),
      )
    // Up to three times: mean of (1 + 2u)² is 13/3.
    expect(size(true) / size(false)).toBeGreaterThan(2)
  })
})
