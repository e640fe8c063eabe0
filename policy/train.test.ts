import { describe, expect, it } from 'vitest'
import { cosineWithWarmup } from '../tensor/adamw.ts'
import { sliceParameters } from '../tensor/parameters.ts'
import type { TrainingSet } from './batches.ts'
import type { PolicyConfig } from './config.ts'
import { prepareData } from './dataset.ts'
import type { Engine } from './engine.ts'
import { exampleEpisodes, exampleParts, picturedApproach, tinyConfig, withFusion } from './example-policy.ts'
import { policySpec } from './model.ts'
import { initialState, type TrainingOptions, type TrainingProgress, type TrainingState, train } from './train.ts'

// The plain encoder has a fifth of the other's parameters.
const config: PolicyConfig = { ...tinyConfig, model: { ...tinyConfig.model, encoder: 'mlp' } }
const { training, validation } = prepareData(exampleEpisodes(5), config, 0)
const options: TrainingOptions = { config, training, validation, seed: 0 }

const withTraining = (changes: Partial<PolicyConfig['training']>): PolicyConfig => ({
  ...config,
  training: { ...config.training, ...changes },
})

/** All of a training's progress, and its state at the end. */
async function follow(changes: Partial<TrainingOptions> = {}) {
  const progress: TrainingProgress[] = []
  let state: TrainingState | undefined
  for await (const now of train({ ...options, ...changes })) {
    progress.push(now)
    if (now.milestone) state = now.snapshot()
  }
  return {
    metrics: progress.map(({ metrics }) => metrics),
    milestones: progress.map(({ milestone }) => milestone),
    state,
  }
}

const losses = ({ metrics }: { metrics: readonly { loss: number }[] }) => metrics.map(({ loss }) => loss)

/** Number by number; Vitest's own comparison takes seconds for a network's weights. */
const equal = (a: Float32Array, b: Float32Array) => a.length === b.length && a.every((x, i) => x === b[i])

function expectSame(a: readonly number[], b: readonly number[], tolerance: number) {
  expect(a).toHaveLength(b.length)
  for (const [i, value] of b.entries()) expect(Math.abs((a[i] as number) / value - 1)).toBeLessThan(tolerance)
}

describe.each<Engine>(['compiled', 'eager'])('training, %s', (engine) => {
  it('repeats itself for the same seed and differs for another', async () => {
    const first = await follow({ engine })
    expectSame(losses(await follow({ engine })), losses(first), 1e-6)
    const other = losses(await follow({ engine, seed: 1 }))
    for (const [i, loss] of losses(first).entries()) expect(Math.abs((other[i] as number) - loss)).toBeGreaterThan(1e-4)
  })

  it('goes on from a snapshot as if it had never stopped', async () => {
    const whole = await follow({ engine })
    let resume: TrainingState | undefined
    for await (const { metrics, snapshot } of train({ ...options, engine })) {
      if (metrics.step < 3) continue
      resume = snapshot()
      break
    }
    expect(resume?.step).toBe(3)
    const rest = await follow({ engine, ...(resume ? { resume } : {}) })
    expect(rest.metrics.map(({ step }) => step)).toEqual([4, 5, 6, 7, 8])
    expectSame(losses(rest), losses(whole).slice(3), 1e-6)
    expectSame([rest.metrics.at(-1)?.validationLoss ?? 0], [whole.metrics.at(-1)?.validationLoss ?? 0], 1e-6)
    expect(rest.state?.step).toBe(8)
  })
})

describe('training', () => {
  it('says of each step its number, its learning rate and whether it is one to save after', async () => {
    const { metrics, milestones } = await follow({ config: withTraining({ steps: 6 }) })
    expect(metrics.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6])
    // every 4 steps, and the last
    expect(milestones).toEqual([false, false, false, true, false, true])
    expect(metrics.map(({ learningRate }) => learningRate)).toEqual(
      [0, 1, 2, 3, 4, 5].map((step) => cosineWithWarmup(step, 6, 3e-3, 2)),
    )
    for (const { gradientNorm } of metrics) expect(gradientNorm).toBeGreaterThan(0)
  })

  it('validates at milestones, and only with episodes held out', async () => {
    const validated = (await follow()).metrics.map(({ validationLoss }) => validationLoss !== undefined)
    expect(validated).toEqual([false, false, false, true, false, false, false, true])
    const without = await follow({ validation: undefined })
    expect(without.metrics.every((line) => !('validationLoss' in line))).toBe(true)
    expect(without.milestones[3]).toBe(true)
  })

  it('validates on the held-out set and trains on the other', async () => {
    const far: TrainingSet = { ...(validation as TrainingSet) }
    far.actions = far.actions.map((x) => x + 100)
    const [here, elsewhere] = [await follow(), await follow({ validation: far })]
    expect(losses(elsewhere)).toEqual(losses(here))
    // off by 100 or so everywhere: squared, 10⁴
    expect(elsewhere.metrics.at(-1)?.validationLoss).toBeGreaterThan(9e3)
    expect(here.metrics.at(-1)?.validationLoss).toBeLessThan(10)
  })

  it('validates the averaged weights', async () => {
    // Not from step 0, whose average forgets all before it.
    const start = { ...initialState(config, 0), step: 3 }
    const other = { ...start, ema: initialState(config, 1).ema }
    const [same, different] = [await follow({ resume: start }), await follow({ resume: other })]
    expect(losses(different)).toEqual(losses(same))
    const validated = [same, different].map(({ metrics }) => metrics[0]?.validationLoss as number)
    expect(Math.abs((validated[1] as number) - (validated[0] as number))).toBeGreaterThan(1e-4)
  })

  it('says with a validation how far the gate is open, where there is one', async () => {
    const pictured = withFusion('corrected')
    const data = prepareData(exampleEpisodes(5, picturedApproach), pictured, 0, exampleParts)
    const { metrics } = await follow({ config: pictured, ...data })
    expect(metrics.map(({ gate }) => gate !== undefined)).toEqual([
      false,
      false,
      false,
      true,
      false,
      false,
      false,
      true,
    ])
    for (const { gate = 0.5 } of metrics) expect(Math.abs(gate - 0.5)).toBeLessThan(0.5)
    expect((await follow()).metrics.every((line) => !('gate' in line))).toBe(true)
  })

  it('learns: the loss falls to a tenth on a few demonstrations, held-out ones too', async () => {
    const { metrics } = await follow({ config: withTraining({ steps: 200, batch: 16, validateEvery: 10 }) })
    const mean = (part: readonly { loss: number }[]) => part.reduce((sum, { loss }) => sum + loss, 0) / part.length
    expect(mean(metrics.slice(-20))).toBeLessThan(0.1 * mean(metrics.slice(0, 5)))
    const judged = metrics.flatMap(({ validationLoss }) => validationLoss ?? [])
    expect(judged).toHaveLength(20)
    expect(judged.at(-1)).toBeLessThan(0.2 * (judged[0] as number))
  })

  it('keeps nothing of the steps that are over', async () => {
    let before = 0
    for await (const { metrics } of train({ ...options, config: withTraining({ steps: 900, validateEvery: 900 }) })) {
      if (metrics.step === 300) before = process.memoryUsage.rss()
    }
    // Vectors of one step are a tenth of a megabyte: kept, they would be sixty.
    expect(process.memoryUsage.rss() - before).toBeLessThan(30 * 2 ** 20)
  }, 60_000)

  it('leaves snapshots and the state it resumes from alone', async () => {
    const resume = initialState(config, 5)
    const theta = resume.theta.slice()
    const taken: [TrainingState, number][] = []
    for await (const { snapshot } of train({ ...options, resume })) {
      const state = snapshot()
      taken.push([state, state.theta[0] as number])
    }
    expect(equal(resume.theta, theta)).toBe(true)
    expect(taken).toHaveLength(8)
    for (const [state, first] of taken) expect(state.theta[0]).toBe(first)
  })

  it('does nothing when it is resumed at its end', async () => {
    expect((await follow({ resume: { ...initialState(config, 0), step: 8 } })).metrics).toEqual([])
  })

  it('stops with advice when the loss is no number any more', async () => {
    const broken = initialState(config, 0)
    broken.theta.fill(Number.NaN)
    await expect(follow({ resume: broken })).rejects.toThrow(
      'the loss is NaN at step 1: training diverged; try a smaller learningRate',
    )
    // The loss, of the order of 1e36, is a number yet; the sum of the gradient's squares is none.
    const steep = initialState(config, 0)
    const output = sliceParameters(policySpec(config.model), steep.theta)['denoiser.output.weight'] as Float32Array
    output.forEach((weight, i) => {
      output[i] = 1e18 * weight
    })
    await expect(follow({ resume: steep })).rejects.toThrow(/the norm of the gradient is (Infinity|NaN) at step 1/)
  })
})

describe('the initial state', () => {
  it('has the average at the weights, the moments at zero, and depends on the seed alone', () => {
    const { step, theta, m, v, ema } = initialState(config, 2)
    expect(step).toBe(0)
    expect(equal(ema, theta)).toBe(true)
    expect(ema).not.toBe(theta)
    expect([m, v].every((moments) => moments.every((x) => x === 0))).toBe(true)
    expect(equal(initialState(config, 2).theta, theta)).toBe(true)
    expect(equal(initialState(config, 3).theta, theta)).toBe(false)
  })
})
