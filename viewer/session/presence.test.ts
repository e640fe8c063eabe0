// Nobody moves on what was stopped, and nothing moves that nobody stands beside: whatever came in between.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { poseDistance, type Vec3 } from '../../geometry/index.ts'
import { saveTinyPolicy } from '../../policy/example-policy.ts'
import type { LogLine, Setup } from '../protocol/session.ts'
import type { StateFrame } from '../protocol/state-frame.ts'
import { openFakeArm } from './fake-arm.ts'
import { FakeTime } from './fake-time.ts'
import { StudioSession } from './session.ts'

const SETUP: Setup = { task: 'square-peg', clearanceMm: 1, chamferMm: 0.5, split: 'id', noise: 'none', seed: 1 }
const folder = await mkdtemp(join(tmpdir(), 'tenon-presence-'))
afterAll(() => rm(folder, { recursive: true }))
const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

async function open() {
  const time = new FakeTime()
  const arm = await openFakeArm(SETUP, time)
  const session = new StudioSession(arm.station, folder, time)
  ends.push(() => session.close())
  const [frames, log]: [StateFrame[], LogLine[]] = [[], []]
  session.onFrame((frame) => frames.push(frame))
  session.onLog((lines) => log.push(...lines))
  await time.pass(0.1)
  let sequence = 0
  return {
    arm,
    session,
    handlers: session.handlers,
    /** Looks, and arms. */
    rearm: () => session.handlers.rearm({ halts: session.state.governor.halts }),
    time,
    log,
    now: () => frames.at(-1) as StateFrame,
    steer: (linear: Vec3) =>
      session.steer({ type: 'twist', sequence: ++sequence, at: time.now(), frame: 'base', linear, angular: [0, 0, 0] }),
  }
}

/** Something that is waited for until it is let happen. */
function gate() {
  let open = () => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open }
}

const messageOf = (done: Promise<unknown>) =>
  done.then(
    () => 'done',
    (error: Error) => error.message,
  )

test('what somebody asked for before they went is not begun when they have gone', async () => {
  const { arm, session, handlers, rearm, time } = await open()
  const slow = gate()
  arm.stopping = slow.passed
  await handlers.stop({ reason: 'look' })
  // It waits for the stop to be taken, and everything else for it.
  const asked = [
    rearm(),
    handlers.teleop({ on: true }),
    handlers.runPolicy({ checkpoint: 'none' }),
    handlers.startRecording({ dataset: 'left', pictures: false }),
  ].map(messageOf)
  await time.pass(0.1)
  const gone = session.letGo()
  slow.open()
  const [rearmed, ...others] = await Promise.all(asked)
  expect(rearmed).toContain('somebody said stop meanwhile: look, then arm it anew')
  for (const other of others) expect(other).toContain('whoever asked for it has gone')
  await gone
  await time.pass(0.5)
  expect(arm.asked).not.toContain('arm')
  expect(arm.asked).not.toContain('command')
  expect(session.state).toMatchObject({ mode: 'idle', governor: { state: 'stopped' }, recording: { state: 'off' } })
})

test('an arm that is being armed when its operator goes is held', async () => {
  const { arm, session, rearm, time } = await open()
  const slow = gate()
  arm.arming = slow.passed
  const rearmed = messageOf(rearm())
  await time.pass(0.1)
  expect(arm.asked).toEqual(['arm'])
  const gone = session.letGo()
  slow.open()
  expect(await rearmed).toContain('somebody said stop')
  await gone
  await time.pass(0.5)
  expect(arm.obstacle).toBeDefined()
  expect(arm.asked.at(-1)).toBe('stop')
  expect(session.state.governor).toEqual({
    state: 'stopped',
    reason: 'whoever drove is gone',
    halts: expect.any(Number),
  })
})

test('a stop counts that is said while the one before is carried out, or while arming waits for its turn', async () => {
  const { arm, session, handlers, rearm } = await open()
  const slow = gate()
  arm.stopping = slow.passed
  await handlers.stop({ reason: 'first' })
  const rearmed = messageOf(rearm())
  await handlers.stop({ reason: 'second' })
  slow.open()
  expect(await rearmed).toContain('somebody said stop')
  expect(arm.asked).toEqual(['stop', 'stop'])
  // Behind something else.
  const reset = handlers.reset({})
  const waiting = messageOf(rearm())
  await handlers.stop({ reason: 'third' })
  await reset
  expect(await waiting).toContain('somebody said stop')
  expect(arm.asked).not.toContain('arm')
  expect(session.state.governor).toEqual({ state: 'stopped', reason: 'first', halts: expect.any(Number) })
  await rearm()
  expect(session.state.governor.state).toBe('running')
})

test('who says stop again while a question to arm stands means it, and leaves a trace', async () => {
  const { arm, session, handlers, rearm, log } = await open()
  await handlers.stop({ reason: 'first' })
  const { halts } = session.state.governor
  await handlers.stop({ reason: 'a hand in its reach' })
  expect(await messageOf(handlers.rearm({ halts }))).toBe('somebody said stop meanwhile: look, then arm it anew')
  expect(arm.asked).toEqual(['stop', 'stop'])
  expect(session.state.governor).toEqual({ state: 'stopped', reason: 'first', halts: halts + 1 })
  expect(log.map(({ text }) => text)).toEqual(['stopped: first', 'stopped: a hand in its reach'])
  await rearm()
  expect(session.state.governor.state).toBe('running')
})

test('a policy that ends stops the arm itself: that is no arm that was taken away', async () => {
  await saveTinyPolicy(join(folder, 'tiny'))
  const { arm, session, handlers, rearm, time, log } = await open()
  await rearm()
  await handlers.runPolicy({ checkpoint: 'tiny' })
  const passUntil = (what: () => boolean) =>
    vi.waitUntil(
      async () => {
        await time.pass(0.1)
        return what()
      },
      { timeout: 50_000 },
    )
  await passUntil(() => arm.asked.includes('command'))
  const slow = gate()
  arm.stopping = slow.passed
  const stopped = handlers.stopPolicy({})
  await passUntil(() => arm.asked.at(-1) === 'stop')
  await time.pass(0.3)
  slow.open()
  await stopped
  await time.pass(0.3)
  expect(log.filter(({ level }) => level === 'warning')).toEqual([])
  expect(session.state).toMatchObject({ mode: 'idle', governor: { state: 'running' } })
}, 60_000)

test('a pause outlasts a stop and a reset, is shown as what it is, and is ended by resume alone', async () => {
  const { session, handlers, rearm, time, steer, now } = await open()
  await handlers.stop({ reason: 'look' })
  await handlers.pause({})
  expect(session.state.governor).toEqual({ state: 'stopped', reason: 'look', halts: expect.any(Number) })
  await rearm()
  expect(session.state.governor).toEqual({ state: 'paused', reason: '', halts: expect.any(Number) })
  await handlers.reset({})
  expect(session.state.governor.state).toBe('paused')
  await handlers.teleop({ on: true })
  await time.pass(0.2)
  const from = now().eeInBase
  await time.pass(0.5, () => steer([0.05, 0, 0]))
  expect(poseDistance(now().eeInBase, from).translation).toBeLessThan(5e-4)
  await handlers.resume({})
  steer([0, 0, 0])
  await time.pass(0.5, () => steer([0.05, 0, 0]))
  expect(poseDistance(now().eeInBase, from).translation).toBeGreaterThan(5e-3)
})

test('what is recorded is one episode, however often its hand lets go: that it seated is not forgotten', async () => {
  const { arm, session, handlers, rearm, time, steer } = await open()
  const { station } = arm
  let isSeated = false
  station.judge = ({ stamp }) => (isSeated ? { seated: true, reason: 'seated', seatedAt: stamp } : undefined)
  await rearm()
  await handlers.startRecording({ dataset: 'seated', pictures: false })
  await handlers.teleop({ on: true })
  await time.pass(0.5, () => steer([0, 0, 0.01]))
  isSeated = true
  await time.pass(0.1)
  isSeated = false
  await handlers.teleop({ on: false })
  await handlers.teleop({ on: true })
  await time.pass(0.1)
  expect(await messageOf(handlers.startRecording({ dataset: 'seated', pictures: false }))).toContain('already')
  await handlers.endRecording({})
  expect(session.state.recording).toMatchObject({ state: 'deciding', outcome: { seated: true, reason: 'seated' } })
})

test('a recording begins an episode unless somebody has begun one by steering', async () => {
  const { arm, handlers, rearm, time, steer } = await open()
  let begun = 0
  arm.station.begin = () => void begun++
  await rearm()
  const record = async () => {
    await handlers.startRecording({ dataset: 'begun', pictures: false })
    await time.pass(0.2, () => steer([0, 0, 0.001]))
    await handlers.endRecording({})
    await handlers.decideRecording({ keep: false })
  }
  await record()
  expect(begun).toBe(1)
  await handlers.teleop({ on: true })
  expect(begun).toBe(2)
  await record()
  expect(begun).toBe(2)
})

test('time for which the governor holds the arm for want of news does not count', async () => {
  const { arm, rearm, handlers, time, steer } = await open()
  const { station } = arm
  const observe = station.robot.observe.bind(station.robot)
  let counted = 0
  station.judge = (_, seconds) => {
    counted = seconds
    return undefined
  }
  await rearm()
  await handlers.teleop({ on: true })
  await time.pass(1, () => steer([0.01, 0, 0]))
  const last = await observe()
  station.robot.observe = async () => last
  await time.pass(3, () => steer([0.01, 0, 0]))
  station.robot.observe = observe
  await time.pass(1, () => steer([0.01, 0, 0]))
  // A second before and one after, and half of one until what was seen is no news any more.
  expect(counted).toBeCloseTo(2.5, 1)
})

test('an arm that is taken out of our hands while nothing can be seen is stopped, and both are said, but not sixty times a second', async () => {
  const { arm, session, rearm, time, log } = await open()
  await rearm()
  await time.pass(0.3)
  expect(arm.asked).toContain('command')
  arm.blind = new Error('no picture of the part')
  await time.pass(0.5)
  arm.obstacle = 'the guard has heard nothing'
  await time.pass(0.5)
  expect(session.state.governor).toEqual({
    state: 'stopped',
    reason: 'the guard has heard nothing',
    halts: expect.any(Number),
  })
  expect(log.filter(({ text }) => text === 'no picture of the part')).toHaveLength(1)
  arm.blind = undefined
  arm.obstacle = undefined
  const { length } = arm.asked
  await time.pass(0.5)
  expect(arm.asked.slice(length)).toEqual([])
})
