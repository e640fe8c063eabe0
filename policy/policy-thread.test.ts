import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../demos/example-episode.ts'
import { makePose, type Rgbd } from '../geometry/index.ts'
import { CheckpointError, type LoadOptions, loadPolicy } from './checkpoint.ts'
import type { PolicyConfig } from './config.ts'
import { picturedFrame } from './example-picture.ts'
import { saveTinyPolicy, tinyConfig, withFusion } from './example-policy.ts'
import { loadPolicyThread } from './policy-thread.ts'
import type { Seen } from './predictor.ts'

async function checkpoint(config: PolicyConfig = tinyConfig): Promise<string> {
  const folder = join(await temporaryFolder(), 'run')
  await saveTinyPolicy(folder, config)
  return folder
}

async function inThread(folder: string, options: LoadOptions = {}) {
  const { info, predictor } = await loadPolicyThread(folder, { threads: 1, ...options })
  onTestFinished(() => predictor.dispose())
  return { info, predictor }
}

function pictured(x: number): Seen {
  const sourceInTarget = makePose([x, 0.01, 0.05])
  const frame = picturedFrame(0, sourceInTarget)
  return { sourceInTarget, confidence: 1, view: { ...frame, rgbd: frame.rgbd as Rgbd } }
}

test('plans in a thread are those of this one, chunk after chunk and episode after episode', async () => {
  const folder = await checkpoint()
  const { info, predictor } = await inThread(folder)
  const here = await loadPolicy(folder, { threads: 1 })
  onTestFinished(() => here.predictor.dispose())
  expect(info).toEqual(here.info)
  const { needsView, poseInterval, actionHorizon } = here.predictor
  expect(predictor).toMatchObject({ needsView, poseInterval, actionHorizon })
  for (const seed of [1, 2]) {
    for (const one of [predictor, here.predictor]) one.begin(seed)
    for (const x of [0.01, 0.02]) {
      const seen = { sourceInTarget: makePose([x, 0.02, 0.05]), confidence: 1 }
      expect(await predictor.predict(seen)).toEqual(await here.predictor.predict(seen))
    }
  }
})

test('what is forgotten is forgotten there, too', async () => {
  const folder = await checkpoint()
  const seen = { sourceInTarget: makePose([0.01, 0.02, 0.05]), confidence: 1 }
  const secondChunk = async (forgetting: boolean) => {
    const { predictor } = await inThread(folder, { warmSteps: 2 })
    predictor.begin(1)
    await predictor.predict(seen)
    if (forgetting) predictor.forget?.()
    return predictor.predict(seen)
  }
  const { predictor: cold } = await inThread(folder)
  cold.begin(1)
  await cold.predict(seen)
  expect(await secondChunk(true)).toEqual(await cold.predict(seen))
  expect(await secondChunk(false)).not.toEqual(await secondChunk(true))
})

test('pictures go there, and what was made of them comes back', async () => {
  const folder = await checkpoint(withFusion('concat'))
  const { predictor } = await inThread(folder)
  const here = await loadPolicy(folder, { threads: 1 })
  onTestFinished(() => here.predictor.dispose())
  for (const one of [predictor, here.predictor]) one.begin(1)
  expect(await predictor.predict(pictured(0.01))).toEqual(await here.predictor.predict(pictured(0.01)))
  expect(predictor.lastFusing).toEqual(here.predictor.lastFusing)
  predictor.begin(2)
  expect(predictor.lastFusing).toBeUndefined()
})

test('a picture that is missing is refused in the same words, and the next one may be right', async () => {
  const { predictor } = await inThread(await checkpoint(withFusion('concat')))
  predictor.begin(1)
  const { view: _, ...blind } = pictured(0.01)
  await expect(predictor.predict(blind)).rejects.toMatchObject({
    name: 'ViewError',
    message: expect.stringContaining('this policy needs pictures'),
  })
  expect(await predictor.predict(pictured(0.01))).toHaveLength(8)
})

test('what is wrong with a checkpoint is said before the first plan', async () => {
  await expect(loadPolicyThread(join(await temporaryFolder(), 'none'))).rejects.toBeInstanceOf(CheckpointError)
  const folder = await checkpoint()
  await writeFile(join(folder, 'policy.onnx'), 'nonsense')
  await expect(loadPolicyThread(folder)).rejects.toMatchObject({
    name: 'CheckpointError',
    message: expect.stringContaining('policy.onnx does not load'),
  })
})

test('when its thread is gone, whoever waits for a plan is told', async () => {
  const { predictor } = await inThread(await checkpoint())
  predictor.begin(1)
  const seen = { sourceInTarget: makePose([0.01, 0.02, 0.05]), confidence: 1 }
  const planned = predictor.predict(seen).catch((error: Error) => error.message)
  await Promise.all([predictor.dispose(), predictor.dispose()])
  expect(['the thread that plans has ended', expect.any(Array)]).toContainEqual(await planned)
  await expect(predictor.predict(seen)).rejects.toThrow('the thread that plans has ended')
})

test('a thread that is ended while it computes does not take the process with it', async () => {
  const slow: PolicyConfig = { ...tinyConfig, diffusion: { ...tinyConfig.diffusion, inferenceSteps: 20 } }
  const { predictor } = await inThread(await checkpoint(slow))
  predictor.begin(1)
  const seen = { sourceInTarget: makePose([0.01, 0.02, 0.05]), confidence: 1 }
  const plans = Array.from({ length: 20 }, () => predictor.predict(seen).catch((error: Error) => error.message))
  await plans[0]
  await predictor.dispose()
  expect(await plans.at(-1)).toBe('the thread that plans has ended')
})
