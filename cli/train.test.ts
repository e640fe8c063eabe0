// Training with rollouts; what else `tenon train` does is tested by interrupt.test.ts and others.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { DatasetInfo } from '../demos/index.ts'
import { readMetrics } from '../policy/index.ts'
import { startTenon, TINY_CONFIG, testFolder, writeExampleDataset, writeJson } from './child.ts'
import { ROLLOUT_SEED, rolloutConditions } from './rollouts.ts'
import { howToGoOn, type TrainOptions, trainPolicy } from './train.ts'

// One spawns processes, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000 })
// All that is said of how far it is, at once.
vi.stubEnv('TENON_PROGRESS_MS', '0')

const folder = await testFolder()
const STEPS = 20
const training = { ...TINY_CONFIG.training, validateEvery: 10 }
const inFolder = (name: string) => join(folder, name)
const weightsOf = (out: string) => readFile(inFolder(`${out}/weights.safetensors`))
const metricsOf = (out: string) => readMetrics(inFolder(out))

/** In this process, which has loaded all that it takes. */
const trainHere = (out: string, how: Partial<TrainOptions>) =>
  trainPolicy({ data: inFolder('data'), out: inFolder(out), steps: STEPS, seed: 0, engine: 'compiled', ...how })

test('the policy drives at milestones: stopped in it nothing is lost, and the training is the same', async () => {
  // Not so deep that it touches anything: contacts take time to simulate.
  await writeExampleDataset(inFolder('data'), 5, { descent: 0.002 })
  await writeJson(inFolder('tiny.json'), { ...TINY_CONFIG, training })
  const driven = startTenon(
    folder,
    ...['train', '--data', 'data', '--out', 'driven', '--config', 'tiny.json'],
    ...['--steps', String(STEPS), '--rollouts', '1'],
  )
  await driven.said('driving: 0 over')
  driven.child.kill('SIGINT')
  const { code, stderr } = await driven.ended
  expect(code, stderr).toBe(130)
  expect(stderr).toContain('stopped at step 10 of 20; go on with: npx tenon train --resume')
  const stopped = await metricsOf('driven')
  expect(stopped.map(({ step }) => step)).toEqual(Array.from({ length: 10 }, (_, i) => i + 1))
  expect(stopped.at(-1)).toMatchObject({ validationLoss: expect.any(Number) })
  expect(stopped.at(-1)).not.toHaveProperty('rollouts')

  // As it began, and first what it was kept from.
  const { rollouts } = await trainHere('driven', { resume: true })
  expect(rollouts).toEqual({ episodes: 1, successes: 0 })
  const metrics = await metricsOf('driven')
  expect(metrics.map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1))
  expect(metrics.filter((line) => line.rollouts).map(({ step }) => step)).toEqual([10, 20])
  expect(metrics.at(-1)).toMatchObject({ validationLoss: expect.any(Number), rollouts })

  expect(await trainHere('undriven', { config: inFolder('tiny.json') })).toMatchObject({ rollouts: null })
  expect((await metricsOf('undriven')).some((line) => 'rollouts' in line)).toBe(false)
  expect((await weightsOf('driven')).equals(await weightsOf('undriven'))).toBe(true)
})

describe('rollouts', () => {
  const info: DatasetInfo = {
    ...{ formatVersion: 1, task: 'usb-c', clearanceMm: 0.05, chamferMm: 0.3, seed: 7, noise: 'none' },
    recordedFrom: 'expert',
  }

  test("are of the dataset's parts, seen by the tracker, with a seed of their own", () => {
    const expected = { task: 'usb-c', clearanceMm: 0.05, chamferMm: 0.3, split: 'id', noise: 'tracker' }
    expect(rolloutConditions('data', info, undefined)).toEqual({ ...expected, seed: ROLLOUT_SEED })
    expect(rolloutConditions('data', info, 'varied').look).toBe('varied')
    expect([0, 1]).not.toContain(ROLLOUT_SEED)
  })

  test.each([
    [{ task: 'shelf-bracket' }, 'unknown task "shelf-bracket", known are round-peg'],
    [{ clearanceMm: 0.3 }, 'unknown clearance 0.3 mm, known are 1, 0.5'],
    [{ chamferMm: 40 }, 'chamfer is 40 mm; expected 0 to 1 mm'],
  ])('are refused before training for parts that cannot be simulated: %o', (change, why) => {
    const refused = () => rolloutConditions('data', { ...info, ...change }, undefined)
    expect(refused).toThrow('data cannot be simulated, so there can be no rollouts: ')
    expect(refused).toThrow(why)
    expect(refused).toThrow('leave out --rollouts')
  })
})

test('how to go on can be pasted, and goes on as it was begun', () => {
  const plain = { data: 'runs/pegs', out: 'runs/policy', seed: 3, engine: 'compiled' } as const
  expect(howToGoOn(plain)).toBe('npx tenon train --resume --data runs/pegs --out runs/policy')
  expect(howToGoOn({ ...plain, data: "Ada's pegs", device: 'cuda' })).toBe(
    "npx tenon train --resume --data 'Ada'\\''s pegs' --out runs/policy --device cuda",
  )
  expect(howToGoOn({ ...plain, engine: 'eager' })).toMatch(/--engine eager$/)
})
