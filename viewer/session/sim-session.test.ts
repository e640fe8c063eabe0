// The simulated session, by the clock of the tests: physics is real, time is not.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { UserError } from '../../cli/errors.ts'
import { createDataset, readDataset, readEpisode } from '../../demos/index.ts'
import { poseDistance, relative, type Vec3 } from '../../geometry/index.ts'
import { PRESETS, prepareData } from '../../policy/index.ts'
import type { LogLine, Setup } from '../protocol/session.ts'
import type { StateFrame } from '../protocol/state-frame.ts'
import { FakeTime } from './fake-time.ts'
import { createSimSession } from './index.ts'
import { StudioSession } from './session.ts'
import { openSimStation } from './sim-station.ts'

const SETUP: Setup = { task: 'square-peg', clearanceMm: 1, chamferMm: 0.5, split: 'id', noise: 'none', seed: 1 }
const folder = await mkdtemp(join(tmpdir(), 'tenon-session-'))
afterAll(() => rm(folder, { recursive: true }))
const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

async function open(setup: Partial<Setup> = {}) {
  const time = new FakeTime()
  const session = await createSimSession({ setup: { ...SETUP, ...setup }, folder, time })
  ends.push(() => session.close())
  const frames: StateFrame[] = []
  const log: LogLine[] = []
  session.onFrame((frame) => frames.push(frame))
  session.onLog((lines) => log.push(...lines))
  await time.pass(0.1)
  let sequence = 0
  const { handlers } = session
  return {
    session,
    handlers,
    /** Looks, and releases the stop. */
    rearm: () => handlers.rearm({ halts: session.state.governor.halts }),
    time,
    frames,
    log,
    now: () => frames.at(-1) as StateFrame,
    steer(linear: Vec3, angular: Vec3 = [0, 0, 0], frame: 'base' | 'target' | 'ee' = 'base', at = time.now()) {
      session.steer({ type: 'twist', sequence: ++sequence, at, frame, linear, angular })
      return sequence
    },
    said: (text: string) => log.filter((line) => line.text.includes(text)),
  }
}
type Opened = Awaited<ReturnType<typeof open>>

/** Steers the part in by what is seen, as a person would, until it is seated. */
async function insert({ session, time, now, steer }: Opened): Promise<void> {
  for (let turn = 0; turn < 40 && !session.state.verdict; turn++) {
    await time.pass(0.5, () => {
      const { position, orientation } = relative(now().targetInBase, now().sourceInBase)
      const [x, y, z] = position
      const half = orientation[3] < 0 ? -4 : 4
      const [rx, ry, rz] = orientation.slice(0, 3).map((q) => -half * q) as Vec3
      const down = z > 0.015 ? -0.06 : Math.hypot(x, y) > 3e-4 ? 0 : -0.009
      steer([-3 * x, -3 * y, down], [rx, ry, rz], 'target')
    })
  }
}

const isRefused = (done: Promise<unknown>, text: string | RegExp) =>
  expect(done.catch((error) => [error instanceof UserError, error.message])).resolves.toEqual([
    true,
    expect.stringMatching(text),
  ])

test('a round peg with 0.5 mm of clearance is steered in, recorded, kept, read, and can be trained on', async () => {
  const opened = await open({ task: 'round-peg', clearanceMm: 0.5 })
  const { session, handlers, time } = opened
  await handlers.startRecording({ dataset: 'kept', pictures: true })
  await handlers.teleop({ on: true })
  await insert(opened)
  expect(session.state.verdict).toMatchObject({ seated: true, reason: 'seated' })
  await time.pass(0.2)
  await handlers.endRecording({})
  const { recording } = session.state
  expect(recording).toMatchObject({ state: 'deciding', outcome: { seated: true, reason: 'seated' } })
  await handlers.decideRecording({ keep: true })
  expect(session.state.recording).toEqual({ state: 'off' })

  const { info, episodes, warnings } = await readDataset(join(folder, 'kept'))
  expect(warnings).toEqual([])
  expect(info).toMatchObject({ task: 'round-peg', clearanceMm: 0.5, recordedFrom: 'teleop' })
  const [episode] = episodes
  const frames = episode?.frames ?? []
  const seconds = (frames.at(-1)?.stamp ?? 0) - (frames[0]?.stamp ?? 0)
  // Thirty poses a second, and ten pictures.
  expect(frames.length / seconds).toBeCloseTo(30, 0)
  expect(frames.filter(({ rgbd }) => rgbd).length / seconds).toBeCloseTo(10, 0)
  expect(frames.find(({ rgbd }) => rgbd)?.rgbd?.intrinsics).toMatchObject({ width: 160, height: 160 })
  expect(frames.every(({ commandInBase, wrench }) => commandInBase && wrench)).toBe(true)
  const { outcome } = episode ?? {}
  expect(outcome?.seatSeconds).toBeGreaterThan(2)
  expect(outcome?.seatSeconds).toBeLessThan(seconds)
  const { training } = prepareData(episodes, PRESETS['edge-pose'], 0)
  expect(training.observations.length).toBeGreaterThan(0.8 * frames.length)
}, 180_000)

test('sixty frames a second while something moves, four while nothing does, and time stands still then', async () => {
  const { handlers, time, frames, steer } = await open()
  await time.pass(2)
  frames.length = 0
  await time.pass(2)
  expect(frames.length).toBe(8)
  expect(new Set(frames.map(({ stamp }) => stamp)).size).toBe(1)
  await handlers.teleop({ on: true })
  frames.length = 0
  await time.pass(2, () => steer([0.005, 0, 0]))
  expect(frames.length).toBeGreaterThanOrEqual(119)
  expect(frames.length).toBeLessThanOrEqual(121)
  const [first, last] = [frames[0], frames.at(-1)]
  expect((last?.stamp ?? 0) - (first?.stamp ?? 0)).toBeCloseTo((frames.length - 1) / 60, 2)
  expect(frames.map(({ sequence }) => sequence)).toEqual(frames.map((_, i) => (first?.sequence ?? 0) + i))
})

test('a twist is commanded at once, and the next frame says so', async () => {
  const { handlers, time, now, steer } = await open()
  await handlers.teleop({ on: true })
  await time.pass(0.5, () => steer([0, 0, 0.01]))
  await time.pass(0.007)
  const before = now().commandInBase
  const sequence = steer([0, 0, 0.02])
  await time.pass(0.0097)
  expect(now().input).toBe(sequence)
  expect(now().commandInBase?.position[2]).toBeGreaterThan(before?.position[2] as number)
})

test('silence brakes within 300 ms and holds, and so does letting go', async () => {
  const { session, handlers, time, frames, now, steer } = await open()
  await handlers.teleop({ on: true })
  const drive = () => time.pass(0.4, () => steer([0.05, 0, 0]))
  for (const end of [async () => {}, () => session.letGo()]) {
    if (session.state.mode !== 'teleop') await handlers.teleop({ on: true })
    await drive()
    const from = now()
    await end()
    await time.pass(0.3)
    const held = now()
    // It was at 50 mm/s: not on the spot, but within 10 mm.
    const way = poseDistance(from.eeInBase, held.eeInBase).translation
    expect(way).toBeGreaterThan(1e-3)
    expect(way).toBeLessThan(0.0125)
    frames.length = 0
    await time.pass(0.5)
    for (const { eeInBase, commandInBase } of frames) {
      expect(commandInBase?.position).toEqual(held.commandInBase?.position)
      expect(poseDistance(eeInBase, held.eeInBase).translation).toBeLessThan(5e-4)
    }
  }
  expect(session.state.mode).toBe('idle')
})

test('what waited in a stalled network moves nothing; what is wanted once it goes again does', async () => {
  const { handlers, time, now, steer } = await open()
  await handlers.teleop({ on: true })
  await time.pass(0.3, () => steer([0.05, 0, 0]))
  const stalled = time.now()
  await time.pass(1)
  const held = now().eeInBase
  const way = () => poseDistance(now().eeInBase, held).translation
  // All at once, sent in the first 0.8 s of that second: pressed, let go of, and pressed again, because nothing moved.
  for (let n = 1; n <= 48; n++) steer([n > 16 && n < 32 ? 0 : 0.05, 0, 0], [0, 0, 0], 'base', stalled + n / 60)
  await time.pass(0.5)
  expect(way()).toBeLessThan(1e-4)
  await time.pass(0.5, () => steer([0.05, 0, 0]))
  expect(way()).toBeGreaterThan(5e-3)
})

test('pressed on the receptacle, the force stays at the governor’s limit, is told of, and goes when the hand turns round', async () => {
  const opened = await open()
  const { handlers, time, frames, now, steer, said } = opened
  await handlers.teleop({ on: true })
  // Beside the hole, and down.
  await time.pass(3, () => {
    const [x, , z] = relative(now().targetInBase, now().sourceInBase).position
    steer([2 * (0.01 - x), 0, z > 0.016 && x < 0.008 ? 0 : -0.05], [0, 0, 0], 'target')
  })
  await time.pass(4, () => steer([0, 0, -0.05]))
  const force = ({ contacts }: StateFrame) =>
    Math.hypot(...([0, 1, 2].map((i) => contacts.reduce((sum, c) => sum + (c.force[i] as number), 0)) as Vec3))
  const pressed = frames.map(force)
  // The limit is 25 N, of what a sensor with up to 2.5 N of offset says.
  expect(Math.max(...pressed)).toBeGreaterThan(20)
  expect(Math.max(...pressed)).toBeLessThan(29)
  expect(said('N, limit 25 N')[0]).toMatchObject({ level: 'warning' })
  expect(now().intervened).toBe(true)
  await time.pass(0.4, () => steer([0, 0, 0.02]))
  expect(force(now())).toBeLessThan(22)
  await time.pass(1.5, () => steer([0, 0, 0.02]))
  expect(now().contacts).toEqual([])
  // The end of an intervention is told of when it has been over for half a second.
  expect(said('force is over')).toHaveLength(1)
}, 30_000)

test('anybody stops it, whatever is steered; rearm begins where it is', async () => {
  const { session, handlers, rearm, time, now, steer } = await open()
  await handlers.teleop({ on: true })
  await time.pass(0.3, () => steer([0.05, 0, 0]))
  await handlers.stop({ reason: 'a watcher' })
  expect(session.state.governor).toMatchObject({ state: 'stopped', reason: 'a watcher' })
  await time.pass(0.3, () => steer([0.05, 0, 0]))
  const held = now().eeInBase
  await time.pass(1, () => steer([0.05, 0, 0]))
  expect(poseDistance(now().eeInBase, held).translation).toBeLessThan(2e-4)
  await isRefused(handlers.resume({}), 'release the stop first')
  await handlers.teleop({ on: false })
  await isRefused(handlers.teleop({ on: true }), 'a watcher.*release the stop first')
  await rearm()
  await handlers.teleop({ on: true })
  await time.pass(0.5, () => steer([0.02, 0, 0]))
  const way = now().eeInBase.position[0] - held.position[0]
  expect(way).toBeGreaterThan(0.006)
  expect(way).toBeLessThan(0.011)
})

test('pause holds, resume goes on', async () => {
  const { session, handlers, time, now, steer } = await open()
  await handlers.teleop({ on: true })
  await time.pass(0.3, () => steer([0.02, 0, 0]))
  await handlers.pause({})
  await time.pass(0.5, () => steer([0.02, 0, 0]))
  const held = now().eeInBase
  await time.pass(0.5, () => steer([0.02, 0, 0]))
  expect(poseDistance(now().eeInBase, held).translation).toBeLessThan(1e-4)
  expect(session.state.governor.state).toBe('paused')
  await handlers.resume({})
  // A stick that was held all the time has to come to rest first.
  await time.pass(0.5, () => steer([0.02, 0, 0]))
  expect(poseDistance(now().eeInBase, held).translation).toBeLessThan(1e-4)
  steer([0, 0, 0])
  await time.pass(0.5, () => steer([0.02, 0, 0]))
  expect(poseDistance(now().eeInBase, held).translation).toBeGreaterThan(5e-3)
})

test('a stop ends no recording; letting go ends it into a question, and a discarded one leaves nothing', async () => {
  const { session, handlers, time, steer } = await open()
  await handlers.startRecording({ dataset: 'dropped', pictures: false })
  await handlers.teleop({ on: true })
  await time.pass(0.5, () => steer([0, 0, 0.01]))
  await handlers.stop({ reason: 'look' })
  await time.pass(0.2)
  expect(session.state.recording.state).toBe('recording')
  await session.letGo()
  expect(session.state.recording).toMatchObject({
    state: 'deciding',
    dataset: 'dropped',
    outcome: { seated: false, reason: 'whoever drove is gone', seatSeconds: null },
  })
  await isRefused(handlers.startRecording({ dataset: 'dropped', pictures: false }), 'kept or discarded')
  await handlers.decideRecording({ keep: false })
  expect(await readdir(join(folder, 'dropped', 'episodes'))).toEqual([])
  await isRefused(handlers.decideRecording({ keep: true }), 'nothing is being recorded')
})

test('nobody decided when it was closed: what was recorded is left, and can be read', async () => {
  const { session, handlers, time, steer } = await open()
  await handlers.startRecording({ dataset: 'left', pictures: false })
  await handlers.teleop({ on: true })
  await time.pass(0.5, () => steer([0, 0, 0.01]))
  ends.length = 0
  await session.close()
  const { frames, dropped } = await readEpisode(join(folder, 'left', 'episodes', '000000.mcap.part'))
  expect(frames.length).toBeGreaterThanOrEqual(14)
  expect(dropped).toBeDefined()
})

test('a dataset of other parts is refused, with what it is of', async () => {
  const { handlers } = await open()
  const info = { formatVersion: 1, chamferMm: 0.5, seed: 0, recordedFrom: 'expert', noise: 'none' } as const
  await createDataset(join(folder, 'pins'), { ...info, task: 'two-pin', clearanceMm: 1 })
  await createDataset(join(folder, 'tight'), { ...info, task: 'square-peg', clearanceMm: 0.1 })
  await isRefused(
    handlers.startRecording({ dataset: 'pins', pictures: false }),
    'pins is a dataset of two-pin, and this is square-peg',
  )
  await isRefused(
    handlers.startRecording({ dataset: 'tight', pictures: false }),
    '0.1 mm of clearance, and this is 1 mm',
  )
})

test('other parts and other episodes, but not while one is recorded; the same number is the same start', async () => {
  const { session, handlers, time, now } = await open()
  const first = now().sourceInBase
  await handlers.startRecording({ dataset: 'busy', pictures: false })
  await isRefused(handlers.reset({}), 'end it first')
  await isRefused(handlers.setup(SETUP), 'end it first')
  await time.pass(0.2)
  await handlers.endRecording({})
  await handlers.decideRecording({ keep: false })
  await handlers.reset({})
  await time.pass(0.1)
  expect(session.state.episode).toBe(1)
  expect(poseDistance(now().sourceInBase, first).translation).toBeGreaterThan(1e-4)
  await handlers.reset({ episode: 0 })
  await time.pass(0.1)
  expect(now().sourceInBase).toEqual(first)
  await handlers.setup({ ...SETUP, task: 'usb-c' })
  expect(session.state).toMatchObject({ setup: { task: 'usb-c' }, episode: 0, verdict: null })
  await isRefused(handlers.setup({ ...SETUP, task: 'nail' }), 'unknown task "nail"; valid tasks')
  await isRefused(handlers.setup({ ...SETUP, clearanceMm: 0.3 }), 'unknown clearance 0.3 mm')
  await isRefused(handlers.setup({ ...SETUP, noise: 'loud' }), 'loud')
  expect(session.state.setup.task).toBe('usb-c')
  await time.pass(0.1)
})

test('a command that is under way when another episode begins belongs to the one before', async () => {
  const time = new FakeTime()
  const station = await openSimStation(SETUP, time)
  const { robot } = station
  const [command, reset] = [robot.command, station.reset.bind(station)]
  const done: string[] = []
  let [arrive, become] = [() => {}, () => {}]
  robot.command = async (target) => {
    await new Promise<void>((resolve) => (arrive = resolve))
    done.push('command')
    await command(target)
  }
  station.reset = async (episode) => {
    done.push('reset')
    await new Promise<void>((resolve) => (become = resolve))
    await reset(episode)
  }
  const session = new StudioSession(station, folder, time)
  ends.push(() => session.close())
  const { handlers } = session
  const steer = () =>
    session.steer({
      type: 'twist',
      sequence: 1,
      at: time.now(),
      frame: 'base',
      linear: [0.05, 0, 0],
      angular: [0, 0, 0],
    })
  await handlers.teleop({ on: true })
  await time.pass(0.1, () => {
    steer()
    arrive()
  })
  done.length = 0
  steer()
  const renewed = handlers.reset({})
  await time.pass(0.1, steer)
  expect(done).toEqual([])
  arrive()
  await time.pass(0.1, steer)
  // Nor is one made while it becomes another.
  arrive()
  become()
  await renewed
  expect(done).toEqual(['command', 'reset'])
  await time.pass(0.1, () => {
    steer()
    arrive()
  })
  expect(done.length).toBeGreaterThan(5)
})

test('a stop outlasts a reset', async () => {
  const { session, handlers, time, steer, now } = await open()
  await handlers.teleop({ on: true })
  await handlers.stop({ reason: 'look' })
  await handlers.reset({})
  expect(session.state.governor.state).toBe('stopped')
  const held = now().eeInBase
  await time.pass(0.1)
  const begin = now().eeInBase
  expect(begin).not.toEqual(held)
  await time.pass(0.5, () => steer([0.05, 0, 0]))
  expect(poseDistance(now().eeInBase, begin).translation).toBeLessThan(1e-9)
})
