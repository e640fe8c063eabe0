import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { beforeAll, expect, test, vi } from 'vitest'
import { openDataset, readDataset } from '../demos/index.ts'
import { readCheckpointConfig, readMetrics } from '../policy/index.ts'
import {
  start,
  startTenon,
  TENON,
  TINY_CONFIG,
  tenonJson,
  testFolder,
  writeExampleDataset,
  writeJson,
} from './child.ts'
import { STOP } from './hangup.ts'

// Each spawns several processes, on machines that may be busy.
vi.setConfig({ testTimeout: 180_000 })

const folder = await testFolder()
const STEPS = 200

const trainInto = (out: string, steps = STEPS) =>
  ['train', '--data', 'data', '--out', out, '--config', 'tiny.json', '--steps', String(steps)] as const
const resume = (out: string, steps = STEPS) => [
  'train',
  '--resume',
  '--data',
  'data',
  '--out',
  out,
  '--steps',
  String(steps),
]

/** Loss of each step, after checking that no step is missing or there twice. */
async function lossesOf(run: string, steps: number): Promise<number[]> {
  const metrics = await readMetrics(join(folder, run))
  expect(metrics.map(({ step }) => step)).toEqual(Array.from({ length: steps }, (_, i) => i + 1))
  return metrics.map(({ loss }) => loss)
}

function expectSameCurve(losses: readonly number[], expected: readonly number[]): void {
  expect(losses).toHaveLength(expected.length)
  const deviations = losses.map((loss, i) => Math.abs(loss / (expected[i] as number) - 1))
  expect(Math.max(...deviations)).toBeLessThan(1e-6)
}

let uninterrupted: number[]
beforeAll(async () => {
  await writeExampleDataset(join(folder, 'data'), 2)
  await writeJson(join(folder, 'tiny.json'), TINY_CONFIG)
  await tenonJson(folder, ...trainInto('whole'))
  uninterrupted = await lossesOf('whole', STEPS)
}, 60_000)

test.concurrent('Ctrl-C that has ended the reader of what is said, too, as in a pipe to tee, loses no more', async () => {
  const recording = startTenon(folder, 'record', '--task', 'square-peg', '--episodes', '500', '--out', 'piped')
  await recording.said('recording 1/500')
  recording.child.stderr?.destroy()
  recording.child.stdout?.destroy()
  recording.child.kill('SIGINT')
  expect((await recording.ended).code).toBe(130)
  expect((await openDataset(join(folder, 'piped'))).leftovers).toEqual([])
})

test.concurrent('a connection that drops, which hangs up twice, ends what was done over it like Ctrl-C', async () => {
  const recording = startTenon(folder, 'record', '--task', 'square-peg', '--episodes', '500', '--out', 'dropped')
  await recording.said('recording 1/500')
  recording.child.kill('SIGHUP')
  await recording.said('stopping: putting away')
  recording.child.kill('SIGHUP')
  const { code, stderr } = await recording.ended
  expect(code).toBe(130)
  expect(stderr).toMatch(/stopped: \d+ of 500 episodes are whole, in dropped/)
  expect((await openDataset(join(folder, 'dropped'))).leftovers).toEqual([])
})

test.concurrent('a job that is told to stop over its channel puts its work away', async () => {
  const args = [TENON, 'record', '--task', 'square-peg', '--episodes', '500', '--out', 'told']
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const ended = once(child, 'close')
  child.stderr?.on('data', (text) => String(text).includes('recording 1/500') && child.send(STOP))
  expect(await ended).toEqual([130, null])
  expect((await openDataset(join(folder, 'told'))).leftovers).toEqual([])
})

test.concurrent('a starter that is gone, as a studio that was killed, ends what it had started', async () => {
  const script = `
    import { spawn } from 'node:child_process'
    const child = spawn(process.execPath, process.argv.slice(1), { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], detached: true })
    child.stderr.on('data', (text) => text.includes('recording 1/500') && process.kill(process.pid, 'SIGKILL'))`
  const args = [TENON, 'record', '--task', 'square-peg', '--episodes', '500', '--out', 'orphaned']
  await start(folder, process.execPath, ['--input-type=module', '-e', script, ...args]).ended
  const done = async () => (await openDataset(join(folder, 'orphaned'))).episodePaths.length
  await vi.waitUntil(async () => (await openDataset(join(folder, 'orphaned'))).leftovers.length === 0, 20_000)
  const before = await done()
  await setTimeout(4000)
  expect(await done()).toBe(before)
  expect(before).toBeGreaterThan(0)
})

test.concurrent('Ctrl-C while recording: the episodes finished so far are whole, and there is no other', async () => {
  const recording = startTenon(
    folder,
    'record',
    '--task',
    'square-peg',
    '--episodes',
    '500',
    '--out',
    'recorded',
    '--json',
  )
  await recording.said('recording 1/500')
  recording.child.kill('SIGINT')
  const { code, stdout, stderr } = await recording.ended
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' })

  const { info, episodePaths, leftovers } = await openDataset(join(folder, 'recorded'))
  expect(stderr).toContain(`stopped: ${episodePaths.length} of 500 episodes are whole, in recorded\n`)
  expect(stderr).not.toMatch(/error|bug/)
  expect(leftovers).toEqual([])
  expect(episodePaths.length).toBeGreaterThan(0)
  const { episodes, warnings } = await readDataset(join(folder, 'recorded'))
  expect(warnings).toEqual([])
  expect(episodes.map(({ path }) => path)).toEqual(episodePaths)
  for (const { metadata, outcome } of episodes) expect({ ...metadata, outcome }).toMatchObject({ ...info, outcome: {} })
})

test.concurrent('Ctrl-C while training: the same loss curve when it is resumed', async () => {
  const training = startTenon(folder, ...trainInto('stopped'))
  await training.said('training 1/200')
  training.child.kill('SIGINT')
  const { code, stdout, stderr } = await training.ended
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
  const [, step] =
    /stopped at step (\d+) of 200; go on with: npx tenon train --resume --data data --out stopped\n$/.exec(stderr) ?? []
  expect(Number(step), stderr).toBeGreaterThanOrEqual(1)
  expect(Number(step)).toBeLessThan(STEPS)
  expectSameCurve(await lossesOf('stopped', Number(step)), uninterrupted.slice(0, Number(step)))

  await tenonJson(folder, ...resume('stopped'))
  expectSameCurve(await lossesOf('stopped', STEPS), uninterrupted)
})

test.concurrent('kill −9 while training: the same loss curve, and the same weights, when it is resumed', async () => {
  const training = startTenon(folder, ...trainInto('killed'))
  while (!existsSync(join(folder, 'killed/optimizer.safetensors'))) {
    expect(training.child.exitCode).toBeNull()
    await setTimeout(5)
  }
  training.child.kill('SIGKILL')
  expect(await training.ended).toMatchObject({ code: null, signal: 'SIGKILL' })
  expect((await readMetrics(join(folder, 'killed'))).length).toBeLessThan(STEPS)

  const result = await tenonJson(folder, ...resume('killed'))
  expectSameCurve(await lossesOf('killed', STEPS), uninterrupted)
  expect(result).toMatchObject({ steps: STEPS, loss: expect.closeTo(uninterrupted.at(-1) as number, 6) })
  const [weights, expected] = await Promise.all(
    ['killed', 'whole'].map((run) => readFile(join(folder, run, 'weights.safetensors'))),
  )
  expect(weights?.equals(expected as Buffer)).toBe(true)
})

test.concurrent('resuming what is finished answers with what it reached', async () => {
  await tenonJson(folder, ...trainInto('finished', 20))
  const losses = await lossesOf('finished', 20)
  expect(await tenonJson(folder, ...resume('finished', 20))).toMatchObject({ steps: 20, loss: losses[19] })
  expect(await lossesOf('finished', 20)).toEqual(losses)
  // For longer: so it is to be from now on, whoever resumes it next.
  expect(await tenonJson(folder, ...resume('finished', 24))).toMatchObject({ steps: 24 })
  expect((await readCheckpointConfig(join(folder, 'finished'))).config.training.steps).toBe(24)
})

test.concurrent('Ctrl-C while evaluating: what is known so far is told and answered', async () => {
  await tenonJson(folder, 'record', '--task', 'square-peg', '--episodes', '1', '--out', 'demonstration')
  const evaluation = startTenon(
    folder,
    ...['eval', '--replay', 'target', '--data', 'demonstration', '--noise', 'none'],
    ...['--episodes', '500', '--workers', '1', '--json'],
  )
  await evaluation.said('square-peg 0.1 mm id 1/500')
  evaluation.child.kill('SIGINT')
  const { code, stdout, stderr } = await evaluation.ended
  expect(code).toBe(130)
  const { episodes, successes, successRate } = JSON.parse(stdout)
  expect(episodes).toBeGreaterThan(0)
  expect(episodes).toBeLessThan(500)
  expect(successRate).toBe(successes / episodes)
  expect(stderr).toContain(`${successes}/${episodes}`)
  expect(stderr).toContain(`stopped after ${episodes} of 500 episodes\n`)
})
