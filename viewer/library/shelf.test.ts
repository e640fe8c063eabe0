import { mkdir, readdir, readFile, rename, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { writeExampleDataset } from '../../cli/child.ts'
import { exampleFrame, exampleMetadata, exampleOutcome, temporaryFolder } from '../../demos/example-episode.ts'
import {
  createDataset,
  EpisodeWriter,
  nextEpisodePath,
  openDataset,
  readDataset,
  readEpisode,
} from '../../demos/index.ts'
import { decodePng } from '../../demos/png.ts'
import type { Library } from '../protocol/library.ts'
import { type Desk, openDesk } from './desk.ts'
import { DESK_TASKS } from './desk-tasks.ts'
import { openShelf } from './shelf.ts'

/** Without the thread, which takes a second to start. */
const atOnce = (): Desk => ({
  ask: ((task, ...args) => (DESK_TASKS[task] as (...args: unknown[]) => unknown)(...args)) as Desk['ask'],
  async close() {},
})

async function shelfOf(folder: string, desk = atOnce()) {
  const said: string[] = []
  const shelf = await openShelf({ folder, log: (text) => said.push(text) }, desk)
  onTestFinished(() => shelf.close())
  await shelf.refresh()
  const heard: Library[] = []
  shelf.onLibrary((library) => heard.push(library))
  const dataset = (id: string) => shelf.library.datasets.find((one) => one.id === id)
  return { shelf, said, heard, dataset, ...shelf.handlers }
}

async function folderWithPegs(options?: Parameters<typeof writeExampleDataset>[2], episodes = 3): Promise<string> {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'data'))
  await writeExampleDataset(join(folder, 'data/pegs'), episodes, options)
  return folder
}

const pegs = (episode: string) => ({ dataset: 'data/pegs', episode })

describe('the list', () => {
  test('of a folder that is missing is empty, and grows when something is recorded', async () => {
    const folder = await temporaryFolder()
    const { shelf, heard, dataset } = await shelfOf(join(folder, 'not-there'))
    expect(shelf.library).toMatchObject({ datasets: [], checkpoints: [] })
    await mkdir(join(folder, 'not-there'))
    await writeExampleDataset(join(folder, 'not-there/pegs'), 1)
    await shelf.refresh()
    expect(dataset('pegs')?.episodes).toHaveLength(1)
    expect(heard).toHaveLength(1)
  })

  test('says of each episode what it holds', async () => {
    const { dataset } = await shelfOf(await folderWithPegs({ frames: 31, pictures: 4 }))
    expect(dataset('data/pegs')).toMatchObject({
      task: 'square-peg',
      clearanceMm: 0.1,
      chamferMm: 0.5,
      recordedFrom: 'expert',
      warnings: [],
      deleted: [],
    })
    expect(dataset('data/pegs')?.episodes[1]).toEqual({
      name: '000001',
      frames: 31,
      seconds: 1,
      pictures: 4,
      seated: true,
      reason: 'seated',
      peakForceN: 1,
      hints: [],
    })
  })

  test('is told again only when something has changed', async () => {
    const folder = await folderWithPegs()
    await writeExampleDataset(join(folder, 'other'), 1)
    await writeFile(join(folder, 'other/episodes/000001.mcap'), 'not an episode')
    const { shelf, heard, dataset } = await shelfOf(folder)
    await shelf.refresh()
    await Promise.all([shelf.refresh(), shelf.refresh()])
    expect(heard).toEqual([])
    expect(dataset('other')?.warnings).toEqual([expect.stringMatching(/^episodes\/000001\.mcap: .*left out$/)])
  })

  test('of a hundred episodes that are known is looked through again in a moment', async () => {
    const folder = await folderWithPegs({ frames: 3 }, 100)
    const { shelf, dataset } = await shelfOf(folder)
    await shelf.refresh()
    expect(dataset('data/pegs')?.episodes).toHaveLength(100)
    const begin = performance.now()
    await shelf.refresh()
    // Some 20 ms on two busy cores; reading them all takes several times as long.
    expect(performance.now() - begin).toBeLessThan(500)
  })

  test('passes over what it cannot read, and says so once', async () => {
    const folder = await folderWithPegs()
    await mkdir(join(folder, 'broken'))
    await writeFile(join(folder, 'broken/dataset.json'), '{"task": 3}')
    await mkdir(join(folder, 'old'))
    await writeFile(join(folder, 'old/config.json'), '{"formatVersion": 1}')
    const { shelf, said } = await shelfOf(folder)
    await shelf.refresh()
    expect(shelf.library.datasets.map(({ id }) => id)).toEqual(['data/pegs'])
    expect(shelf.library.warnings).toEqual([
      expect.stringContaining('old/config.json: checkpoint format 1, this version of tenon reads'),
      expect.stringContaining('broken/dataset.json: '),
    ])
    expect(said).toEqual(shelf.library.warnings)
  })

  test('tells what may harm: a copy of an episode', async () => {
    const folder = await folderWithPegs()
    const episodes = join(folder, 'data/pegs/episodes')
    await writeFile(join(episodes, '000003.mcap'), await readFile(join(episodes, '000001.mcap')))
    const { dataset } = await shelfOf(folder)
    expect(dataset('data/pegs')?.episodes.map(({ hints }) => hints)).toEqual([
      [],
      [],
      [],
      ['duplicate: 000003 is almost the path of 000001, nowhere further than 0.0 mm from it'],
    ])
  })

  test('a recording under way is not called a leftover, one that was left is', async () => {
    const folder = await folderWithPegs()
    const part = join(folder, 'data/pegs/episodes/000003.mcap.part')
    await writeFile(part, '')
    const { shelf, dataset } = await shelfOf(folder)
    expect(dataset('data/pegs')?.warnings).toEqual([])
    await utimes(part, new Date(0), new Date(0))
    await shelf.refresh()
    expect(dataset('data/pegs')?.warnings).toEqual([
      expect.stringContaining('000003.mcap.part: an unfinished recording'),
    ])
  })
})

describe('an episode', () => {
  test('is read as a track, and shown by a small picture', async () => {
    const { readEpisode: track, thumbnail } = await shelfOf(await folderWithPegs({ pictures: 2 }))
    const { title, stamps, sourceInTarget, forces, outcome } = await track(pegs('000001'))
    expect({ title, forces, outcome }).toMatchObject({
      title: 'data/pegs 000001',
      forces: [],
      outcome: { seated: true },
    })
    expect(stamps).toHaveLength(30)
    expect(sourceInTarget[0]?.position.map((x) => x.toFixed(6))).toEqual(['0.002000', '0.000000', '0.030000'])
    const png = decodePng(Buffer.from((await thumbnail(pegs('000001'))) as string, 'base64'))
    expect([png.width, png.height]).toEqual([32, 24])
    // The first is there, the second is kept.
    expect(await thumbnail(pegs('000001'))).toBe(await thumbnail(pegs('000001')))
  })

  test('is deleted and brought back as it was', async () => {
    const folder = await folderWithPegs()
    const path = join(folder, 'data/pegs/episodes/000001.mcap')
    const before = await readFile(path)
    const { deleteEpisode, restoreEpisode, dataset } = await shelfOf(folder)
    expect(await deleteEpisode(pegs('000001'))).toBeNull()
    expect(dataset('data/pegs')).toMatchObject({ deleted: ['000001'] })
    expect(dataset('data/pegs')?.episodes.map(({ name }) => name)).toEqual(['000000', '000002'])
    // To tenon it is a dataset like any other, also to be replaced.
    expect((await readDataset(join(folder, 'data/pegs'))).warnings).toEqual([])
    await restoreEpisode(pegs('000001'))
    expect(await readFile(path)).toEqual(before)
    expect(dataset('data/pegs')).toMatchObject({ deleted: [], episodes: [{}, { name: '000001' }, {}] })
  })

  test('that was deleted does not overwrite another of its name, and neither is lost', async () => {
    const folder = await folderWithPegs()
    const { deleteEpisode, restoreEpisode, dataset } = await shelfOf(folder)
    const episodes = join(folder, 'data/pegs/episodes')
    await deleteEpisode(pegs('000002'))
    await writeFile(join(episodes, '000002.mcap'), await readFile(join(episodes, '000000.mcap')))
    await expect(restoreEpisode(pegs('000002'))).rejects.toThrow(/another episode 000002 by now, .* delete that first/)
    await deleteEpisode(pegs('000002'))
    expect(dataset('data/pegs')?.deleted).toEqual(['000002'])
    // The newest first.
    await restoreEpisode(pegs('000002'))
    expect(await readFile(join(episodes, '000002.mcap'))).toEqual(await readFile(join(episodes, '000000.mcap')))
    expect(await readdir(join(folder, '.studio-trash/data/pegs'))).toEqual(['000000-000002.mcap'])
  })

  test('that was deleted does not come back into a dataset of other parts that has the name by now', async () => {
    const folder = await folderWithPegs()
    const { deleteEpisode, restoreEpisode } = await shelfOf(folder)
    await deleteEpisode(pegs('000002'))
    const about = join(folder, 'data/pegs/dataset.json')
    const info = JSON.parse(await readFile(about, 'utf8'))
    await writeFile(about, JSON.stringify({ ...info, clearanceMm: 0.02 }))
    await expect(restoreEpisode(pegs('000002'))).rejects.toThrow(
      /data\/pegs is a dataset of 0\.02 mm of clearance by now, and the deleted episode of .* it is kept in .*000002\.mcap/,
    )
    await writeFile(about, JSON.stringify(info))
    await restoreEpisode(pegs('000002'))
  })

  test('that was deleted does not come back under a recording that is about to take its name', async () => {
    const folder = await folderWithPegs()
    const { deleteEpisode, restoreEpisode, dataset } = await shelfOf(folder)
    await deleteEpisode(pegs('000002'))
    const path = await nextEpisodePath(join(folder, 'data/pegs'))
    expect(path).toMatch(/000002\.mcap$/)
    const writer = await EpisodeWriter.create(path, exampleMetadata)
    await writer.append(exampleFrame(0))
    await expect(restoreEpisode(pegs('000002'))).rejects.toThrow('000002 of data/pegs is being recorded')
    await writer.finish(exampleOutcome)
    expect((await readEpisode(path)).frames).toHaveLength(1)
    expect(dataset('data/pegs')?.deleted).toEqual(['000002'])
  })

  test('is trimmed with its pictures, and the whole one can be brought back', async () => {
    const folder = await folderWithPegs({ pictures: 30 })
    const path = join(folder, 'data/pegs/episodes/000001.mcap')
    const [bytes, whole] = [await readFile(path), await readEpisode(path)]
    const { trimEpisode, restoreEpisode, dataset } = await shelfOf(folder, openDesk())
    await trimEpisode({ ...pegs('000001'), from: 0.3, to: 0.8, frames: 30 })
    expect(dataset('data/pegs')).toMatchObject({ deleted: ['000001'] })
    // Frames 9 to 24 of 30 a second, without the one at which it seated.
    expect(dataset('data/pegs')?.episodes[1]).toMatchObject({ name: '000001', frames: 16, pictures: 16, seated: false })
    const cut = await readEpisode(path)
    expect(cut.outcome).toEqual({ seated: false, reason: 'cut off before it seated', seatSeconds: null, peakForceN: 1 })
    expect(cut.frames[0]?.rgbd?.rgb).toEqual(whole.frames[9]?.rgbd?.rgb)
    // Asked for again, because the answer was lost.
    await expect(trimEpisode({ ...pegs('000001'), from: 0.3, to: 0.8, frames: 30 })).rejects.toThrow(
      'data/pegs/episodes/000001.mcap: it has 16 frames by now, and had 30 when it was opened: open it again, then trim',
    )
    expect(dataset('data/pegs')?.episodes[1]?.frames).toBe(16)
    // Once more: what comes back is one step at a time.
    await trimEpisode({ ...pegs('000001'), from: 0, to: 0.2, frames: 16 })
    expect(dataset('data/pegs')?.episodes[1]?.frames).toBe(7)
    await restoreEpisode(pegs('000001'))
    expect(dataset('data/pegs')?.episodes[1]?.frames).toBe(16)
    await restoreEpisode(pegs('000001'))
    expect(await readFile(path)).toEqual(bytes)
    expect(dataset('data/pegs')).toMatchObject({ deleted: [] })
    expect(await readdir(join(folder, 'data/pegs/episodes'))).toHaveLength(3)
  })

  test('of which too little would be left stays as it is', async () => {
    const folder = await folderWithPegs()
    const { trimEpisode, dataset } = await shelfOf(folder, openDesk())
    const refusal = trimEpisode({ ...pegs('000001'), from: 0.5, to: 0.51, frames: 30 })
    await expect(refusal).rejects.toMatchObject({ name: 'UserError' })
    await expect(refusal).rejects.toThrow(/^data\/pegs\/episodes\/000001\.mcap: expected at least two frames/)
    expect(dataset('data/pegs')?.episodes[1]?.frames).toBe(30)
    expect((await openDataset(join(folder, 'data/pegs'))).leftovers).toEqual([])
  })

  test('that is not there is a mistake of who asks', async () => {
    const { readEpisode: track, deleteEpisode, restoreEpisode } = await shelfOf(await folderWithPegs())
    await expect(track(pegs('000009'))).rejects.toThrow('data/pegs has no episode 000009')
    await expect(deleteEpisode(pegs('000009'))).rejects.toMatchObject({ name: 'UserError' })
    await expect(restoreEpisode(pegs('000001'))).rejects.toThrow('no deleted episode 000001')
  })
})

test('what cannot be read because the shelf is being closed is not complained of', async () => {
  let refuse = (_: Error) => {}
  const desk: Desk = {
    ask: (() => new Promise((_, reject) => (refuse = reject))) as Desk['ask'],
    close: async () => refuse(new Error('the library is closed')),
  }
  const said: string[] = []
  const shelf = await openShelf({ folder: await folderWithPegs(), log: (text) => said.push(text) }, desk)
  const looked = shelf.refresh()
  await shelf.close()
  await looked
  expect(said).toEqual([])
})

describe('nothing leads out of the folder', () => {
  const climbing = ['../outside', '/etc', 'data/../../outside', 'leak']

  test.each(climbing)('%s', async (dataset) => {
    const outside = await temporaryFolder()
    await writeExampleDataset(join(outside, 'outside'), 1)
    const folder = join(outside, 'data-folder')
    await mkdir(folder)
    await symlink(join(outside, 'outside'), join(folder, 'leak'))
    const { shelf, said, ...calls } = await shelfOf(folder)
    expect(shelf.library.datasets).toEqual([])
    expect(said).toEqual(['leak: a link that leads out of the data folder, not followed'])
    const refused = /is not inside the data folder|there is no (dataset|checkpoint)/
    const id = { dataset, episode: '000000' }
    const all = [
      () => calls.readEpisode(id),
      () => calls.thumbnail(id),
      () => calls.deleteEpisode(id),
      () => calls.restoreEpisode(id),
      () => calls.trimEpisode({ ...id, from: 0, to: 1, frames: 30 }),
      () => calls.train({ dataset, checkpoint: 'run', preset: 'edge-pose', rollouts: 0, seed: 0 }),
      () => calls.resumeTraining({ dataset: 'x', checkpoint: dataset }),
      () => calls.curves({ checkpoint: dataset }),
      () => calls.evaluation({ checkpoint: dataset, name: 'a' }),
      () => calls.evaluation({ checkpoint: 'x', name: `../${dataset}/a` }),
      () => calls.evaluatedEpisode({ checkpoint: dataset, name: 'a', index: 0 }),
    ]
    for (const call of all) {
      const error = await call().catch((thrown: Error) => thrown)
      expect(error, String(call)).toMatchObject({ name: 'UserError' })
    }
    await expect(calls.readEpisode(id)).rejects.toThrow(refused)
    await expect(calls.curves({ checkpoint: dataset })).rejects.toThrow(refused)
    expect(await readdir(join(outside, 'outside/episodes'))).toEqual(['000000.mcap'])
  })

  test('an episode that is a link to elsewhere is left out', async () => {
    const folder = await folderWithPegs()
    const elsewhere = await temporaryFolder()
    const episodes = join(folder, 'data/pegs/episodes')
    await rename(join(episodes, '000001.mcap'), join(elsewhere, 'secret.mcap'))
    await symlink(join(elsewhere, 'secret.mcap'), join(episodes, '000001.mcap'))
    const { dataset, readEpisode: track } = await shelfOf(folder)
    expect(dataset('data/pegs')?.episodes.map(({ name }) => name)).toEqual(['000000', '000002'])
    expect(dataset('data/pegs')?.warnings).toEqual([expect.stringMatching(/: a link leads out of it: .*; left out$/)])
    await expect(track(pegs('000001'))).rejects.toThrow('a link leads out of it')
  })
})

describe('work is refused before it begins', () => {
  const training = { dataset: 'data/pegs', checkpoint: 'run', preset: 'edge-pose', rollouts: 0, seed: 0 }

  test('training', async () => {
    const folder = await folderWithPegs()
    const { formatVersion, task, clearanceMm, chamferMm, seed, recordedFrom, noise } = exampleMetadata
    const info = { formatVersion, task, clearanceMm, chamferMm, seed, recordedFrom, noise }
    await createDataset(join(folder, 'empty'), info)
    await createDataset(join(folder, 'failed'), info)
    const writer = await EpisodeWriter.create(join(folder, 'failed/episodes/000000.mcap'), exampleMetadata)
    await writer.append(exampleFrame(0))
    await writer.finish({ seated: false, reason: 'jammed', seatSeconds: null, peakForceN: 3 })
    const { train, shelf } = await shelfOf(folder)
    const refusals: [object, string][] = [
      [{ dataset: 'nothing' }, 'there is no dataset nothing; there are data/pegs, empty, failed'],
      [{ preset: 'huge' }, 'unknown preset huge; valid: edge-pose, edge-rgbd'],
      [{ checkpoint: 'data/pegs' }, 'data/pegs exists: choose another name, or resume its training'],
      [{ preset: 'edge-rgbd' }, 'data/pegs has no pictures, and the preset edge-rgbd sees them'],
      [{ dataset: 'failed' }, 'none of the 1 episodes of failed seated'],
      [{ dataset: 'empty' }, 'empty has no episodes yet: record some first'],
      [{ checkpoint: '../run' }, 'is not inside the data folder'],
      [{ checkpoint: 'a/b/c/d' }, 'expected a name of at most 3 parts'],
      [{ checkpoint: 'data/pegs/run' }, 'would lie inside of data/pegs'],
      [{ checkpoint: 'run.evaluations' }, 'names that end with .evaluations'],
    ]
    for (const [change, problem] of refusals) {
      const refusal = train({ ...training, ...change })
      await expect(refusal).rejects.toThrow(problem)
      await expect(refusal).rejects.toMatchObject({ name: 'UserError' })
    }
    // A dataset that somebody named so is not put away like evaluations of a policy that is gone.
    await writeExampleDataset(join(folder, 'run.evaluations'), 1)
    await expect(train(training)).rejects.toThrow('run.evaluations, where evaluations would go, is a dataset')
    expect((await readDataset(join(folder, 'run.evaluations'))).episodes).toHaveLength(1)
    expect(shelf.jobs).toEqual([])
  })

  test('a job that is not there cannot be stopped', async () => {
    const { stopJob } = await shelfOf(await temporaryFolder())
    await expect(stopJob({ job: 'train-1' })).rejects.toThrow('there is no job train-1')
  })
})
