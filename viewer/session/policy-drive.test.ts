// Policies in the session, by the clock on the wall: they plan in a thread of their own.
import { mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { readDataset } from '../../demos/index.ts'
import { saveTinyPolicy, tinyRgbdConfig } from '../../policy/example-policy.ts'
import { FAILURES } from '../../sim/index.ts'
import type { LogLine, Setup } from '../protocol/session.ts'
import type { StateFrame } from '../protocol/state-frame.ts'
import type { PlannedChunk } from '../protocol/track.ts'
import { FakeTime } from './fake-time.ts'
import { createSimSession } from './index.ts'
import { type LoadedPolicy, loadPolicyFor } from './policy-drive.ts'
import { StudioSession } from './session.ts'
import { openSimStation } from './sim-station.ts'

const SETUP: Setup = { task: 'square-peg', clearanceMm: 1, chamferMm: 0.5, split: 'id', noise: 'none', seed: 1 }
const folder = await mkdtemp(join(tmpdir(), 'tenon-policy-'))
await saveTinyPolicy(join(folder, 'tiny'))
await saveTinyPolicy(join(folder, 'seeing'), tinyRgbdConfig)
const session = await createSimSession({ setup: SETUP, folder })
afterAll(async () => {
  await session.close()
  await rm(folder, { recursive: true })
})
// What one test leaves driving is not in the next one's way.
afterEach(() => session.letGo())
const { handlers } = session
const [frames, plans, log]: [StateFrame[], PlannedChunk[], LogLine[]] = [[], [], []]
session.onFrame((frame) => frames.push(frame))
session.onPlan((plan) => plans.push(plan))
session.onLog((lines) => log.push(...lines))

/** Waits until it is so; a busy machine takes its time. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition() && turn < 600; turn++) await sleep(50)
  expect(condition()).toBe(true)
}

/** Lets so much time pass for the robot, s, which on a busy machine lives more slowly. */
async function pass(seconds: number): Promise<void> {
  const from = frames.at(-1)?.stamp ?? 0
  await until(() => (frames.at(-1)?.stamp ?? 0) >= from + seconds)
}

test('a policy plans and drives, is recorded as such, is stopped and goes on, and ends when it is told to', async () => {
  await handlers.runPolicy({ checkpoint: 'tiny' })
  expect(session.state).toMatchObject({ mode: 'policy', policy: 'tiny' })
  await handlers.startRecording({ dataset: 'driven', pictures: false })
  await until(() => plans.length >= 2 && frames.at(-1)?.recording === true)
  const [plan] = plans
  // Where the part was seen, and eight more.
  expect(plan?.poses.length).toBe(9)
  expect(plan?.interval).toBeCloseTo(0.1, 9)
  expect(frames.at(-1)?.mode).toBe('policy')
  expect(frames.at(-1)?.commandInBase).toBeDefined()
  await expect(handlers.reset({})).rejects.toThrow('the policy tiny drives: stop it first')
  await expect(handlers.teleop({ on: true })).rejects.toThrow('the policy tiny drives: stop it first')

  await handlers.stop({ reason: 'a watcher' })
  await pass(0.3)
  const held = frames.at(-1)?.eeInBase.position
  await pass(0.3)
  for (const i of [0, 1, 2]) expect(frames.at(-1)?.eeInBase.position[i]).toBeCloseTo(held?.[i] as number, 4)
  expect(session.state).toMatchObject({ mode: 'policy', governor: { state: 'stopped', reason: 'a watcher', halts: 1 } })
  // A reset allows it to move; that it moves by itself again is another word of the operator's.
  await handlers.rearm({ halts: 1 })
  expect(session.state).toMatchObject({ mode: 'policy', governor: { state: 'paused' } })
  await pass(0.3)
  for (const i of [0, 1, 2]) expect(frames.at(-1)?.eeInBase.position[i]).toBeCloseTo(held?.[i] as number, 4)
  await handlers.resume({})
  const before = plans.length
  await until(() => plans.length > before)

  await handlers.stopPolicy({})
  expect(session.state.mode).toBe('idle')
  expect(session.state.recording).toMatchObject({ state: 'deciding', outcome: { reason: 'ended by the operator' } })
  await handlers.decideRecording({ keep: true })
  const { episodes, info } = await readDataset(join(folder, 'driven'))
  expect(info.recordedFrom).toBe('policy')
  expect(episodes[0]?.metadata).toMatchObject({ recordedFrom: 'policy', settings: { checkpoint: 'tiny', episode: 0 } })
}, 60_000)

test('one that sees pictures says how far its gate is open', async () => {
  await handlers.runPolicy({ checkpoint: 'seeing' })
  await until(() => frames.at(-1)?.gate !== undefined)
  const { low, mean, high } = frames.at(-1)?.gate ?? { low: 1, mean: 0, high: 0 }
  expect(low).toBeGreaterThanOrEqual(0)
  expect(low).toBeLessThanOrEqual(mean)
  expect(mean).toBeLessThanOrEqual(high)
  expect(high).toBeLessThanOrEqual(1)
  await session.letGo()
  expect(session.state.mode).toBe('idle')
}, 60_000)

test('one for other parts, and one that is none, are refused in words', async () => {
  await handlers.setup({ ...SETUP, task: 'round-peg' })
  await expect(handlers.runPolicy({ checkpoint: 'tiny' })).rejects.toThrow(
    'tiny is a policy for square-peg, and the robot holds the part of round-peg',
  )
  await expect(handlers.runPolicy({ checkpoint: 'nothing' })).rejects.toThrow('no whole checkpoint')
  expect(session.state.mode).toBe('idle')
  await expect(handlers.stopPolicy({})).rejects.toThrow('no policy drives')
})

test('the judge ends it, and the next run begins the next episode', async () => {
  const time = new FakeTime()
  const station = await openSimStation(SETUP, time)
  const judge = station.judge.bind(station)
  // A policy that knows nothing uses up its time, of which it has a tenth.
  station.judge = (glance, seconds, isTimed) => judge(glance, 10 * seconds, isTimed)
  const judged = new StudioSession(station, folder, time)
  const said: LogLine[] = []
  judged.onLog((lines) => said.push(...lines))
  // What somebody drove before is not its time.
  await judged.handlers.teleop({ on: true })
  let sequence = 0
  await time.pass(3, () =>
    judged.steer({
      type: 'twist',
      sequence: ++sequence,
      at: time.now(),
      frame: 'base',
      linear: [0, 0, 0.001],
      angular: [0, 0, 0],
    }),
  )
  await judged.handlers.runPolicy({ checkpoint: 'tiny' })
  await time.pass(0.3)
  expect(judged.state).toMatchObject({ mode: 'policy', verdict: null })
  // It knows nothing and never gets there. It plans by the clock on the wall, in a thread that needs some time of that.
  for (let turn = 0; judged.state.mode === 'policy' && turn < 1000; turn++) {
    await time.pass(0.05)
    await sleep(2)
  }
  const { verdict, mode } = judged.state
  expect(mode).toBe('idle')
  expect(FAILURES).toContain(verdict?.reason)
  expect(said.map(({ text }) => text)).toContain(`the policy tiny has ended: ${verdict?.reason}`)
  await expect(judged.handlers.startRecording({ dataset: 'late', pictures: false })).rejects.toThrow(
    `the episode is over (${verdict?.reason})`,
  )
  await judged.handlers.runPolicy({ checkpoint: 'tiny' })
  expect(judged.state).toMatchObject({ mode: 'policy', episode: 1, verdict: null })
  await judged.close()
}, 120_000)

test('one that was loaded and did not drive is taken the next time, unless it was trained on', async () => {
  const station = await openSimStation(SETUP, new FakeTime())
  const load = (kept?: LoadedPolicy) => loadPolicyFor({ folder, checkpoint: 'tiny', station, kept })
  const first = await load()
  expect(await load(first)).toBe(first)
  const later = new Date(first.written + 5000)
  await utimes(join(folder, 'tiny', 'policy.onnx'), later, later)
  const second = await load(first)
  expect(second.predictor).not.toBe(first.predictor)
  await second.predictor.dispose()
  await station.close()
})
