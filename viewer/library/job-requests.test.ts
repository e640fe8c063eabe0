import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../demos/example-episode.ts'
import type { DatasetEntry } from '../protocol/library.ts'
import { trainRequest } from './job-requests.ts'

const dataset: DatasetEntry = {
  ...{ id: 'pegs', task: 'square-peg', clearanceMm: 0.1, chamferMm: 0.5, recordedFrom: 'expert' },
  ...{ warnings: [], deleted: [] },
  episodes: [
    { name: '000000', frames: 30, seconds: 1, pictures: 0, seated: true, reason: '', peakForceN: 1, hints: [] },
  ],
}

test('a form becomes the arguments of tenon train: what is left to the preset, or is none, is not said', async () => {
  const folder = await realpath(await temporaryFolder())
  await mkdir(join(folder, 'pegs'))
  const form = { dataset: 'pegs', checkpoint: 'run', preset: 'edge-pose', rollouts: 0, seed: 3 }
  const places = ['train', '--data', 'pegs', '--out', 'run']
  const plain = await trainRequest(folder, form, dataset)
  expect(plain).toMatchObject({ args: [...places, '--preset', 'edge-pose', '--seed', '3'], total: 2500, done: 0 })
  const { args, total } = await trainRequest(folder, { ...form, steps: 200, rollouts: 10 }, dataset)
  expect(args.slice(places.length + 4)).toEqual(['--steps', '200', '--rollouts', '10'])
  expect(total).toBe(200)
})
