import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { TINY_CONFIG, testFolder, writeExampleDataset, writeJson } from '../../cli/child.ts'
import { readMetrics } from '../../policy/index.ts'
import type { Job, Library } from '../protocol/library.ts'
import { openShelf } from './index.ts'
import { createJobs, type JobRequest, type JobsOptions } from './jobs.ts'

// The shelf's spawn tenon itself, on machines that may be busy.
vi.setConfig({ testTimeout: 300_000 })

const FAKE = fileURLToPath(new URL('./fake-tenon.mjs', import.meta.url))

const folder = await testFolder()
const inFolder = (id: string) => join(folder, id)

beforeAll(async () => {
  await mkdir(inFolder('data'))
  await writeExampleDataset(inFolder('data/pegs'), 6)
  await writeJson(inFolder('tiny.json'), TINY_CONFIG)
})

function jobRunner(options: Partial<JobsOptions> = {}) {
  const news: Job[][] = []
  const jobs = createJobs({ folder, onChange: () => news.push(jobs.list), onOver() {}, ...options })
  onTestFinished(() => jobs.stopAll())
  const job = (id: string) => jobs.list.find((one) => one.id === id) as Job
  const until = (id: string, what: (job: Job) => boolean) =>
    vi.waitUntil(() => what(job(id)), { timeout: 120_000, interval: 20 })
  return { jobs, news, job, until }
}

/** Of a child that behaves in a manner of fake-tenon.mjs. */
const fakeTraining = (checkpoint: string, manner: string, steps: number): JobRequest => ({
  kind: 'train',
  checkpoint,
  args: [manner, String(steps)],
  total: steps,
  done: 0,
  label: 'training',
})

const isOver = ({ state }: Job) => state !== 'running' && state !== 'stopping'

describe('a job', () => {
  test('tells how far it is, and can be stopped', async () => {
    const { jobs, news, job, until } = jobRunner({ program: FAKE })
    const id = jobs.start(fakeTraining('stopped', 'steps', 100_000))
    expect(job(id)).toMatchObject({ state: 'running', done: 0, total: 100_000, secondsLeft: null })
    expect(() => jobs.start(fakeTraining('another', 'steps', 10))).toThrow(
      'stopped is being trained: wait until that is over, or stop it',
    )
    await until(id, ({ secondsLeft }) => secondsLeft !== null)
    expect(job(id).message).toMatch(/^loss \d/)
    expect(news.flat().map(({ total }) => total)).not.toContain(2)
    jobs.stop(id)
    expect(job(id).state).toBe('stopping')
    // Who presses twice gets no harder stop.
    jobs.stop(id)
    await until(id, isOver)
    expect(job(id)).toMatchObject({
      state: 'stopped',
      message: `stopped at step ${job(id).done} of 100000`,
      secondsLeft: null,
    })
    expect(job(id).done).toBeGreaterThan(0)
    jobs.stop(id)
    expect(jobs.list).toHaveLength(1)
  })

  test('that comes to its end is done, and another may begin', async () => {
    const { jobs, job, until } = jobRunner({ program: FAKE })
    const id = jobs.start(fakeTraining('whole', 'steps', 5))
    await until(id, isOver)
    expect(job(id)).toMatchObject({ state: 'done', done: 5, total: 5, message: 'trained', secondsLeft: null })
    expect(jobs.start(fakeTraining('next', 'steps', 5))).not.toBe(id)
  })

  test('that fails keeps what the child said last', async () => {
    const { jobs, job, until } = jobRunner({ program: FAKE })
    const id = jobs.start(fakeTraining('failing', 'failing', 20))
    await until(id, isOver)
    expect(job(id)).toMatchObject({ state: 'failed', message: 'nowhere: expected a dataset, found nothing' })
  })

  test('that does not stop when asked to is killed', async () => {
    const { jobs, job, until } = jobRunner({ program: FAKE, grace: 100 })
    const id = jobs.start(fakeTraining('killed', 'deaf', 100_000))
    await until(id, ({ done }) => done > 0)
    jobs.stop(id)
    await until(id, isOver)
    expect(job(id)).toMatchObject({
      state: 'stopped',
      message: 'did not stop when asked to and was killed: what it saved last is there',
    })
  })
})

describe('the shelf', () => {
  test('trains, evaluates, and shows an episode again as it was evaluated', async () => {
    const { jobs, job: jobOf, until } = jobRunner()
    const out = inFolder('runs/tiny')
    const training = jobs.start({
      ...fakeTraining('runs/tiny', 'none', 20),
      args: [
        'train',
        '--data',
        inFolder('data/pegs'),
        '--out',
        out,
        '--config',
        inFolder('tiny.json'),
        '--steps',
        '20',
      ],
    })
    await until(training, isOver)
    expect(jobOf(training)).toMatchObject({ state: 'done', done: 20, total: 20 })
    const shelf = await openShelf({ folder, log() {} })
    onTestFinished(() => shelf.close())
    await shelf.refresh()
    const { evaluate, evaluation, evaluatedEpisode, resumeTraining, curves } = shelf.handlers
    const libraries: Library[] = []
    shelf.onLibrary((library) => libraries.push(library))
    const checkpoint = 'runs/tiny'
    const entry = () => shelf.library.checkpoints.find(({ id }) => id === checkpoint)
    expect(entry()).toMatchObject({
      task: 'square-peg',
      clearanceMm: 0.1,
      step: 20,
      steps: 20,
      loss: expect.any(Number),
      validationLoss: expect.any(Number),
      seesPictures: false,
      evaluations: [],
    })
    await expect(resumeTraining({ checkpoint, dataset: 'data/pegs' })).rejects.toThrow(
      'is trained to its end, 20 steps',
    )
    const { steps, loss, validationLoss, gate, success } = await curves({ checkpoint })
    expect(steps).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    expect(loss.every(Number.isFinite)).toBe(true)
    expect(validationLoss.findIndex((value) => value !== null)).toBe(19)
    expect(new Set([...gate, ...success])).toEqual(new Set([null]))

    const conditions = { clearanceMm: 0.5, chamferMm: 0.5, split: 'id', noise: 'none', seed: 5 } as const
    await expect(evaluate({ checkpoint, episodes: 2, ...conditions, clearanceMm: 0.3 })).rejects.toThrow(
      /^unknown clearance \(mm\) 0\.3; valid: /,
    )
    const { job } = await evaluate({ checkpoint, episodes: 2, ...conditions })
    await vi.waitUntil(() => shelf.jobs.some((one) => one.id === job && isOver(one)), { timeout: 240_000 })
    expect(shelf.jobs.at(-1)).toMatchObject({ kind: 'eval', checkpoint, state: 'done', done: 2, total: 2 })
    await vi.waitUntil(() => entry()?.evaluations.length === 1, { timeout: 30_000 })

    const name = '0.5mm-chamfer0.5-id-none-seed5-2x'
    expect(entry()?.evaluations).toMatchObject([{ name, ...conditions, episodes: 2 }])
    const { entry: listed, episodes } = await evaluation({ checkpoint, name })
    expect(listed).toEqual(entry()?.evaluations[0])
    expect(episodes.map(({ index }) => index)).toEqual([0, 1])

    const track = await evaluatedEpisode({ checkpoint, name, index: 1 })
    const { seated, seatSeconds, peakForceN, failure } = episodes[1] as (typeof episodes)[number]
    expect(track.outcome).toEqual({ seated, seatSeconds, peakForceN, reason: failure ?? 'seated' })
    expect(track.title).toBe(`runs/tiny, ${name}, episode 1`)
    expect(track.stamps.length).toBeGreaterThan(10)
    expect(track.sourceInTarget).toHaveLength(track.stamps.length)
    expect(track.forces).toHaveLength(track.stamps.length)
    expect(track.chunks[0]).toMatchObject({ interval: expect.closeTo(0.1, 9) })
    expect(track.gates).toEqual([])
    expect(await evaluatedEpisode({ checkpoint, name, index: 1 }), 'kept').toBe(track)
    await expect(evaluatedEpisode({ checkpoint, name, index: 2 })).rejects.toThrow('has episodes 0 to 1, got 2')

    // Of another version: named, and nothing else suffers.
    const file = inFolder(`runs/tiny.evaluations/${name}.json`)
    const results = JSON.parse(await readFile(file, 'utf8'))
    await writeFile(file.replace('.json', '-2.json'), JSON.stringify({ ...results, formatVersion: 7 }))
    await shelf.refresh()
    expect(entry()?.evaluations).toHaveLength(1)
    const problem = `runs/tiny.evaluations/${name}-2.json: results of format 7, this version of tenon reads 1: evaluate again`
    expect(shelf.library.warnings).toEqual([problem])
    await expect(evaluation({ checkpoint, name: `${name}-2` })).rejects.toThrow(problem)
  })

  test('follows a training as it goes, and closing it leaves a checkpoint that can be resumed', async () => {
    const shelf = await openShelf({ folder, log() {} })
    onTestFinished(() => shelf.close())
    const { train, curves, evaluate } = shelf.handlers
    const times: number[] = []
    shelf.onJobs(() => times.push(performance.now()))
    const checkpoint = 'runs/followed'
    await train({ dataset: 'data/pegs', checkpoint, preset: 'edge-pose', steps: 2000, rollouts: 0, seed: 1 })
    await vi.waitUntil(() => (shelf.jobs[0]?.done ?? 0) > 2, { timeout: 120_000 })
    expect(shelf.jobs[0]?.message).toMatch(/^loss \d/)
    await vi.waitUntil(async () => (await curves({ checkpoint }).catch(() => undefined))?.steps.length, {
      timeout: 60_000,
    })
    const conditions = { clearanceMm: 0.5, chamferMm: 0.5, split: 'id', noise: 'none', seed: 5 } as const
    await expect(evaluate({ checkpoint, episodes: 2, ...conditions })).rejects.toThrow('is being trained')
    const evaluated = async (of: string) => {
      await mkdir(inFolder(`${of}.evaluations`))
      await writeFile(inFolder(`${of}.evaluations/old.json`), '{}')
    }
    await evaluated('runs/other')
    const other = { dataset: 'data/pegs', checkpoint: 'runs/other', preset: 'edge-pose', rollouts: 0, seed: 1 } as const
    await expect(train({ ...other, steps: 2000 })).rejects.toThrow('is being trained')
    expect(await readdir(inFolder('runs/other.evaluations')), 'nothing was moved').toEqual(['old.json'])
    await shelf.close()
    const stoppedAt = (await readMetrics(inFolder(checkpoint))).length
    expect(stoppedAt).toBeGreaterThan(2)
    const message = `stopped at step ${stoppedAt} of 2000`
    expect(shelf.jobs).toMatchObject([{ state: 'stopped', total: 2000, secondsLeft: null, message }])
    for (const [i, time] of times.entries()) if (i > 0) expect(time - (times[i - 1] as number)).toBeGreaterThan(240)

    const again = await openShelf({ folder, log() {} })
    onTestFinished(() => again.close())
    await again.refresh()
    await evaluated(checkpoint)
    const { job } = await again.handlers.resumeTraining({ checkpoint, dataset: 'data/pegs' })
    // As long as nothing was trained, it is true.
    expect(await readdir(inFolder(`${checkpoint}.evaluations`))).not.toEqual([])
    const { step } = again.library.checkpoints.find(({ id }) => id === checkpoint) ?? { step: 0 }
    expect(step).toBe(stoppedAt)
    await vi.waitUntil(() => (again.jobs[0]?.done ?? 0) > step, { timeout: 120_000 })
    // What was measured before says nothing of what comes of it.
    await vi.waitFor(() => expect(readdir(inFolder(`${checkpoint}.evaluations`))).rejects.toThrow('ENOENT'))
    await again.handlers.stopJob({ job })
    await vi.waitUntil(() => isOver(again.jobs[0] as Job), { timeout: 60_000 })
    expect(again.jobs[0]?.state).toBe('stopped')
    const steps = (await readMetrics(inFolder(checkpoint))).map((line) => line.step)
    expect(steps.length).toBeGreaterThan(stoppedAt)
    expect(steps, 'each once').toEqual(steps.map((_, i) => i + 1))
  })
})
