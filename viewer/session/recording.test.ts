import { mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Observation } from '../../control/index.ts'
import { exampleFrame, temporaryFolder } from '../../demos/example-episode.ts'
import { type DatasetInfo, readEpisode } from '../../demos/index.ts'
import { Recording, type RecordingStart } from './recording.ts'

const info: DatasetInfo = {
  formatVersion: 1,
  task: 'square-peg',
  clearanceMm: 1,
  chamferMm: 0.5,
  seed: 0,
  noise: 'none',
  recordedFrom: 'teleop',
}
const ENDED = { seated: false, reason: 'ended', seatedAt: null, peakForceN: 1 }

const startOf = (folder: string, dataset: string): RecordingStart => ({
  folder,
  dataset,
  pictures: false,
  info,
  settings: {},
  robot: { cameraInBase: exampleFrame(0).cameraInBase },
})

function see(recording: Recording, count: number): void {
  for (let i = 0; i < count; i++) {
    const { stamp, sourceInCamera, targetInCamera, eeInBase } = exampleFrame(i)
    const seen = (pose: typeof sourceInCamera) => ({ pose, stamp, confidence: 1 })
    const observation: Observation = { stamp, eeInBase, source: seen(sourceInCamera), target: seen(targetInCamera) }
    recording.see(observation, eeInBase)
  }
}

/** One that waits to be decided about. */
async function ended(folder: string): Promise<Recording> {
  const recording = new Recording()
  await recording.start(startOf(folder, 'pegs'))
  see(recording, 5)
  await recording.end(ENDED)
  return recording
}

test('an episode that cannot be given its name stays as it was written, and the next one can be recorded', async () => {
  const folder = await temporaryFolder()
  const recording = await ended(folder)
  const episodes = join(folder, 'pegs', 'episodes')
  // Where its name should be, something else has come to stand: an episode that was brought back, say.
  await mkdir(join(episodes, '000000.mcap'))
  await expect(recording.decide(true)).rejects.toThrow(/000000\.mcap.*there is an episode of that name by now/)
  expect(recording.state).toEqual({ state: 'off' })
  expect((await readEpisode(join(episodes, '000000.mcap.part'))).frames).toHaveLength(5)
  await rm(join(episodes, '000000.mcap'), { recursive: true })
  await recording.start(startOf(folder, 'pegs'))
  see(recording, 3)
  await recording.end(ENDED)
  expect(await recording.decide(true)).toBe(join(episodes, '000001.mcap'))
})

test('it waits until it has its name', async () => {
  const folder = await temporaryFolder()
  const recording = await ended(folder)
  const kept = recording.decide(true)
  expect(recording.state.state).toBe('deciding')
  expect(await kept).toBe(join(folder, 'pegs', 'episodes', '000000.mcap'))
  expect(recording.state).toEqual({ state: 'off' })
})

test('nothing is recorded where a link leads out of the data folder, nor where the library would not look', async () => {
  const [folder, elsewhere] = [await temporaryFolder(), await temporaryFolder()]
  await symlink(elsewhere, join(folder, 'out'))
  const recording = new Recording()
  for (const [dataset, problem] of [
    ['out/pegs', 'a link leads out of it'],
    ['policy.evaluations', 'are for evaluations'],
    ['a/b/c/d', 'at most 3 parts'],
  ] as const) {
    await expect(recording.start(startOf(folder, dataset))).rejects.toThrow(problem)
  }
  expect(recording.state).toEqual({ state: 'off' })
  expect(await readdir(elsewhere)).toEqual([])
  expect(await readdir(folder)).toEqual(['out'])
})
