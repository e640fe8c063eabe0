import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { PolicyConfig, PRESETS } from './config.ts'
import { tinyConfig } from './example-policy.ts'

/** A copy of the edge preset with the value at a dotted path replaced. */
function edgeWith(path: string, value: unknown): unknown {
  const config = structuredClone(PRESETS['edge-pose'])
  const keys = path.split('.')
  const last = keys.pop() as string
  const owner = keys.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], config)
  ;(owner as Record<string, unknown>)[last] = value
  return config
}

/** What is wrong with it, in words. */
function problemOf(config: unknown): string {
  const result = PolicyConfig.safeParse(config)
  return result.success ? 'nothing' : z.prettifyError(result.error)
}

describe('presets', () => {
  it.each(Object.entries(PRESETS))('%s is valid, and stays what it is when written as JSON', (_, preset) => {
    expect(PolicyConfig.parse(JSON.parse(JSON.stringify(preset)))).toEqual(preset)
  })

  it("paper-pose has the publication's sizes", () => {
    const { model, diffusion, training, control } = PRESETS['paper-pose']
    expect(model).toMatchObject({ widths: [256, 512], kernel: 5, groups: 8, stepWidth: 256, predictionHorizon: 20 })
    expect(diffusion).toEqual({ trainSteps: 100, inferenceSteps: 20, translationMargin: 1 })
    expect(training).toMatchObject({ batch: 80, learningRate: 3e-4, beta1: 0.95, beta2: 0.999, weightDecay: 1e-6 })
    expect(training).toMatchObject({ clipNorm: null, emaDecay: 0 })
    expect(control.actionHorizon).toBe(5)
  })

  it('includes the tests own tiny one', () => {
    expect(problemOf(tinyConfig)).toBe('nothing')
  })
})

describe('a key that is not known', () => {
  it.each(['model', 'diffusion', 'training', 'training.observationNoise', 'control'])('is refused in %s', (part) => {
    const problem = problemOf(edgeWith(`${part}.learningrate`, 1))
    expect(problem).toContain('Unrecognized key: "learningrate"')
    expect(problem).toContain(`at ${part}`)
  })

  it('is refused at the top', () => {
    expect(problemOf(edgeWith('optimizer', 'sgd'))).toContain('Unrecognized key: "optimizer"')
  })
})

describe('a value out of range', () => {
  it.each([
    ['model.encoder', 'resnet'],
    ['model.conditionWidth', 0],
    ['model.widths', []],
    ['model.widths', [64, 12.8]],
    ['model.kernel', 4],
    ['model.stepWidth', 2],
    ['model.stepWidth', 63],
    ['model.predictionHorizon', -20],
    ['model.dropout', 1],
    ['model.fusion', 'cross'],
    ['model.locateWeight', -1],
    ['training.trackerBias.translationM', -1e-3],
    ['diffusion.trainSteps', 0],
    ['diffusion.inferenceSteps', 2.5],
    ['diffusion.translationMargin', 0.9],
    ['training.steps', Number.POSITIVE_INFINITY],
    ['training.batch', 0],
    ['training.learningRate', 0],
    ['training.learningRate', Number.NaN],
    ['training.warmupSteps', -1],
    ['training.beta1', 1],
    ['training.beta2', -0.1],
    ['training.epsilon', 0],
    ['training.weightDecay', -1e-6],
    ['training.clipNorm', 0],
    ['training.emaDecay', 1],
    ['training.observationNoise.translationM', -1e-4],
    ['training.validationFraction', 0.6],
    ['training.validateEvery', 0],
    ['control.poseInterval', 0],
    ['control.actionHorizon', '5'],
  ])('is refused where it stands: %s %j', (path, value) => {
    expect(problemOf(edgeWith(path, value))).toContain(`at ${path}`)
  })

  it('may be missing in no field', () => {
    expect(problemOf(edgeWith('training.batch', undefined))).toContain('at training.batch')
  })
})

describe('a picture', () => {
  const rgbdWith = (changes: object, fusion = 'gated') => {
    const { model, ...rest } = PRESETS['edge-rgbd']
    return { ...rest, model: { ...model, fusion, image: { ...model.image, ...changes } } }
  }

  it.each([
    [{ size: 0 }, 'at model.image.size'],
    [{ channels: 3 }, 'Unrecognized key: "channels"'],
    [{ trackedReachM: 0 }, 'at model.image.trackedReachM'],
    [{ stem: [] }, 'at model.image.stem'],
    [{ tokenWidth: 20 }, 'at model.image.tokenWidth'],
    [{ xyzScaleM: 0 }, 'at model.image.xyzScaleM'],
    [{ padding: 1 }, 'Unrecognized key: "padding"'],
    // two levels of the stem and the second of the trunk halve it
    [{ size: 60 }, 'image size 60 must be divisible by 8'],
    [{ trunk: [48, 60] }, 'image widths 16, 32, 48, 60 must be divisible by groups 8'],
  ])('%j is refused', (changes, problem) => {
    expect(problemOf(rgbdWith(changes))).toContain(problem)
  })

  it('from the tracked pose is refused to a policy that must not know that', () => {
    expect(problemOf(rgbdWith({}, 'rgbd'))).toContain(
      'fusion "rgbd" sees no tracked pose: set image.trackedReachM to null',
    )
  })

  it('and a fusion without one need each other', () => {
    expect(problemOf(rgbdWith({}, 'pose'))).toContain('fusion "pose" has no use for a picture: set image to null')
    expect(problemOf(edgeWith('model.fusion', 'gated'))).toContain('fusion "gated" needs a picture')
  })

  it('of paper-rgbd has the publication’s sizes', () => {
    const { model, training } = PRESETS['paper-rgbd']
    expect(model.image).toMatchObject({ size: 160, stem: [64, 128], trunk: [256, 512], perToken: 3 })
    expect(model).toMatchObject({ fusion: 'gated', conditionWidth: 128, widths: [256, 512] })
    expect(training.batch).toBe(160)
  })
})

describe('values that do not go together', () => {
  it.each([
    // two levels halve the time axis once
    ['model.predictionHorizon', 21, 'predictionHorizon 21 must be divisible by 2'],
    ['model.widths', [8, 16, 24, 32], 'predictionHorizon 20 must be divisible by 8'],
    ['model.widths', [64, 100], 'widths 64, 100 must be divisible by groups 8'],
    ['control.actionHorizon', 21, 'actionHorizon 21 exceeds predictionHorizon 20'],
    ['diffusion.inferenceSteps', 101, 'inferenceSteps 101 exceeds trainSteps 100'],
  ])('are refused with both: %s %j', (path, value, problem) => {
    expect(problemOf(edgeWith(path, value))).toContain(problem)
  })
})
