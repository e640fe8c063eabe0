import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Episode } from '../demos/index.ts'
import { makePose, type Pose, poseDistance, relative } from '../geometry/index.ts'
import type { TrainingSet } from './batches.ts'
import type { PolicyConfig } from './config.ts'
import { prepareData } from './dataset.ts'
import { exampleEpisodes, exampleParts, frameAt, picturedApproach, tinyConfig, withFusion } from './example-policy.ts'

const holdingOut = (validationFraction: number): PolicyConfig => ({
  ...tinyConfig,
  training: { ...tinyConfig.training, validationFraction },
})

/** Episode i has i + 2 frames, in all of which the source is at x = i. */
const markedEpisodes = (count: number): Episode[] =>
  exampleEpisodes(count).map((episode, i) => ({
    ...episode,
    frames: Array.from({ length: i + 2 }, (_, k) => frameAt(k / 10, makePose([i, 0, k / 100]))),
  }))

/** Which of the marked episodes a set's windows are from. */
const origins = (set: TrainingSet | undefined) =>
  (set?.observations ?? []).map(({ position }) => Math.round(position[0]))

describe('the split', () => {
  it('is by whole episodes: each is in one part, with all of its windows', () => {
    const kinds = fc.record({
      count: fc.integer({ min: 1, max: 20 }),
      fraction: fc.double({ min: 0, max: 0.5, noNaN: true }),
      seed: fc.nat(),
    })
    fc.assert(
      fc.property(kinds, ({ count, fraction, seed }) => {
        const { training, validation, episodes } = prepareData(markedEpisodes(count), holdingOut(fraction), seed)
        const [kept, heldOut] = [origins(training), origins(validation)]
        expect(episodes).toEqual({ training: new Set(kept).size, validation: new Set(heldOut).size })
        const expected = Array.from({ length: count }, (_, i) => new Array<number>(i + 2).fill(i)).flat()
        expect([...kept, ...heldOut].sort((a, b) => a - b)).toEqual(expected)
        expect(kept.filter((origin) => heldOut.includes(origin))).toEqual([])
      }),
      { numRuns: 40 },
    )
  })

  it.each([
    // episodes, fraction, held out
    [4, 0.5, 0], // too few to spare one
    [5, 0.1, 1], // 0.5, rounded
    [5, 0.01, 1], // at least one
    [20, 0.1, 2],
    [20, 0.5, 10],
    [20, 0, 0], // none wanted
  ])('of %d episodes and a fraction of %d holds out %d', (count, fraction, heldOut) => {
    const { episodes, validation } = prepareData(markedEpisodes(count), holdingOut(fraction), 0)
    expect(episodes).toEqual({ training: count - heldOut, validation: heldOut })
    expect(validation === undefined).toBe(heldOut === 0)
  })

  it('is the same for the same seed, and another for another', () => {
    const heldOut = (seed: number) =>
      new Set(origins(prepareData(markedEpisodes(20), holdingOut(0.2), seed).validation))
    expect(heldOut(3)).toEqual(heldOut(3))
    expect(heldOut(4)).not.toEqual(heldOut(3))
  })
})

describe('prepared data', () => {
  it('has a window for every frame, its chunk as long as the prediction horizon', () => {
    const { training } = prepareData(exampleEpisodes(2), tinyConfig, 0)
    // 2 episodes of 12 frames; 8 poses of 9 numbers
    expect(training.observations).toHaveLength(24)
    expect(training.actions).toHaveLength(24 * 8 * 9)
  })

  it('has translations within ±1/margin, by one normaliser for both parts', () => {
    const { training, validation, normalizer } = prepareData(exampleEpisodes(10), holdingOut(0.3), 0)
    expect(training.normalizer).toBe(normalizer)
    expect(validation?.normalizer).toBe(normalizer)
    for (const actions of [training.actions, validation?.actions ?? []]) {
      for (const [i, x] of actions.entries()) {
        if (i % 9 < 3) expect(Math.abs(x)).toBeLessThanOrEqual(1 / tinyConfig.diffusion.translationMargin + 1e-6)
      }
    }
  })

  it('tells how deep the part got, whatever a tracker said for a moment in one of the episodes', () => {
    const depths = [0.02, 0.021, 0.035]
    const episodes = exampleEpisodes(3).map((episode, i) => ({
      ...episode,
      frames: [0, 0.01, depths[i] as number, 0.015].map((depth, k) => frameAt(k / 10, makePose([0, 0, -depth]))),
    }))
    expect(prepareData(episodes, tinyConfig, 0).seatedDepthM).toBeCloseTo(0.021, 12)
  })

  it('needs an episode', () => {
    expect(() => prepareData([], tinyConfig, 0)).toThrow(new RangeError('expected at least one episode to train on'))
  })
})

describe('data with pictures', () => {
  const config = withFusion('gated')
  const halfPictured = exampleEpisodes(5, (seed) =>
    picturedApproach(seed).map(({ rgbd, ...frame }, i) => (i % 2 === 0 && rgbd ? { ...frame, rgbd } : frame)),
  )

  it('has a window for every frame that has a picture, and the picture with it', () => {
    const { training, validation, goal } = prepareData(halfPictured, config, 0, exampleParts)
    // 4 of 5 episodes, 6 of 12 frames
    expect(training.observations).toHaveLength(24)
    expect(training.pictures?.views).toHaveLength(24)
    expect(validation?.pictures?.views).toHaveLength(6)
    expect(training.sourceCentre).toEqual([0, 0, 0.025])
    expect(goal).toHaveLength(16 * 16 * 6)
    for (const [i, { sourceInCamera, targetInCamera }] of (training.pictures?.views ?? []).entries()) {
      expect(poseDistance(relative(targetInCamera, sourceInCamera), training.observations[i] as Pose).translation).toBe(
        0,
      )
    }
  })

  it('needs the parts and the pictures', () => {
    expect(() => prepareData(halfPictured, config, 0)).toThrow('pictures are cut to the boxes of the parts')
    expect(() => prepareData(exampleEpisodes(2), config, 0, exampleParts)).toThrow(
      'this preset learns from pictures, and 2 of 2 episodes have none (0.mcap …): record them with pictures',
    )
  })

  it('says which picture is of no use', () => {
    const [first, ...rest] = exampleEpisodes(2, picturedApproach)
    const frames = first?.frames.map((frame, i) =>
      i === 3 && frame.rgbd ? { ...frame, rgbd: { ...frame.rgbd, depth: new Float32Array(48 * 40) } } : frame,
    )
    const broken = [{ ...first, frames } as Episode, ...rest]
    expect(() => prepareData(broken, config, 0, exampleParts)).toThrow(
      '0.mcap, picture at 0.300 s: expected depth with readings',
    )
  })
})
