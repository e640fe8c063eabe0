// A session over rosbridge: our own server, and the arm of `tenon sim`.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startTenon } from '../../cli/child.ts'
import { readDataset } from '../../demos/index.ts'
import { poseDistance, type Vec3 } from '../../geometry/index.ts'
import { loadProfile, RosRobot } from '../../robot-bridge/index.ts'
import type { PictureFrame } from '../protocol/picture-frame.ts'
import type { LogLine, Setup } from '../protocol/session.ts'
import type { StateFrame } from '../protocol/state-frame.ts'
import { createRosSession } from './index.ts'

const SETUP: Setup = { task: 'square-peg', clearanceMm: 1, chamferMm: 0.5, split: 'id', noise: 'none', seed: 0 }
interface Sim {
  url: string
  folder: string
  end(): Promise<unknown>
}

/** The simulated arm in a process of its own, as a real one would be. */
async function startSim(...more: string[]): Promise<Sim> {
  const folder = await mkdtemp(join(tmpdir(), 'tenon-ros-session-'))
  const options = ['--clearance', '1', '--noise', 'none', '--seed', '1', ...more]
  const { child, ended, said } = startTenon(folder, 'sim', '--rosbridge', '0', ...options)
  let text = ''
  child.stderr?.on('data', (piece: string) => {
    text += piece
  })
  await said('Ctrl-C ends it')
  return {
    url: /ws:\S+\d/.exec(text)?.[0] as string,
    folder,
    async end() {
      child.kill('SIGINT')
      await ended
      await rm(folder, { recursive: true })
    },
  }
}

/** One for those that move it, which so try, too, that it is left in order. It draws nothing: drawing takes its time. */
let shared: Sim
beforeAll(async () => {
  shared = await startSim()
}, 60_000)
afterAll(() => shared?.end())
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** A session with it. Datasets are named after the attempt, of which there may be several. */
async function open({ camera = false } = {}) {
  const sim = camera ? await startSim('--rgbd', '--picture-size', '32x32') : shared
  if (camera) ends.push(() => sim.end())
  const { url, folder } = sim
  const profile = await loadProfile('sim')
  const robot = new RosRobot({ url, profile, camera: 'if any' })
  const session = await createRosSession({ robot, profile, url, folder, setup: SETUP })
  ends.push(() => session.close())
  const [frames, log]: [StateFrame[], LogLine[]] = [[], []]
  session.onFrame((frame) => frames.push(frame))
  session.onLog((lines) => log.push(...lines))
  await robot.ready(20)
  let sequence = 0
  return {
    dataset: `attempt-${++attempts}`,
    /** to and fro, so that the arm stays where there is room */
    way: attempts % 2 ? 1 : -1,
    folder,
    session,
    handlers: session.handlers,
    /** Looks, and arms. */
    rearm: () => session.handlers.rearm({ halts: session.state.governor.halts }),
    robot,
    log,
    now: () => frames.at(-1) as StateFrame,
    async steer(seconds: number, linear: Vec3) {
      for (let tick = 0; tick < 60 * seconds; tick++) {
        session.steer({
          type: 'twist',
          sequence: ++sequence,
          at: performance.now() / 1000,
          frame: 'base',
          linear,
          angular: [0, 0, 0],
        })
        await sleep(1000 / 60)
      }
    },
  }
}
let attempts = 0

// A machine that gives nobody a processor for 100 ms holds the arm, as it should: then it is tried again.
const RETRY = { retry: 4, timeout: 60_000 }

test(
  'it is watched only, until somebody arms it; then it is steered, recorded, and held when they go',
  RETRY,
  async () => {
    const { folder, dataset, way, session, handlers, rearm, robot, now, steer, log } = await open()
    await sleep(500)
    expect(now()).toMatchObject({ mode: 'idle', armed: false })
    expect(session.state).toMatchObject({ robot: { kind: 'ros', profile: 'sim' }, connection: { state: 'ready' } })
    expect(session.state.connection?.roundTripMs?.p50).toBeLessThan(200)
    await expect(handlers.teleop({ on: true })).rejects.toThrow(/not armed .*: arm it first/)
    await expect(handlers.reset({ episode: 7 })).rejects.toThrow('begins its next episode and no other')
    const { episode } = session.state
    await handlers.reset({})
    expect(session.state.episode).toBe(episode + 1)
    expect(session.state.connection).toMatchObject({ state: 'ready' })
    await expect(handlers.setup(SETUP)).rejects.toThrow('in the simulator only')
    expect(robot.status.sent).toBe(0)

    await rearm()
    await sleep(500)
    // Nobody steers, and it is told to stay where it is.
    expect(robot.state).toBe('armed')
    expect(now().armed).toBe(true)
    expect(robot.status.sent).toBeGreaterThan(5)
    await handlers.startRecording({ dataset, pictures: false })
    await handlers.teleop({ on: true })
    const from = now().eeInBase
    await steer(1, [0.02 * way, 0, 0])
    const { translation } = poseDistance(now().eeInBase, from)
    expect(translation).toBeGreaterThan(0.008)
    expect(translation).toBeLessThan(0.03)

    await session.letGo()
    expect(robot.state).not.toBe('armed')
    expect(session.state).toMatchObject({
      mode: 'idle',
      governor: { state: 'stopped', reason: 'whoever drove is gone' },
      recording: { state: 'deciding' },
    })
    await handlers.decideRecording({ keep: true })
    const { episodes } = await readDataset(join(folder, dataset))
    expect(episodes[0]?.metadata).toMatchObject({ recordedFrom: 'teleop', settings: { profile: 'sim' } })
    expect(episodes[0]?.frames.length).toBeGreaterThan(15)
    expect(log.map(({ text }) => text).join('\n')).toContain('stopped: whoever drove is gone')
  },
)

test('a robot that is stopped by somebody else is not moved on, but armed again by a person', RETRY, async () => {
  const { session, way, handlers, rearm, robot, now, steer } = await open()
  await rearm()
  await handlers.teleop({ on: true })
  await steer(0.3, [0.01, 0, 0])
  // Behind the session's back.
  await robot.stop('the pendant')
  await steer(0.5, [0.01, 0, 0])
  expect(session.state.governor.state).toBe('stopped')
  expect(now().armed).toBe(false)
  await robot.ready(10)
  await rearm()
  expect(session.state.governor).toEqual({ state: 'running', reason: '', halts: expect.any(Number) })
  await steer(0.1, [0, 0, 0])
  const from = now().eeInBase
  await steer(0.7, [0, 0.02 * way, 0])
  expect((now().eeInBase.position[1] - from.position[1]) * way).toBeGreaterThan(3e-3)
})

test(
  'pictures of the camera go out while somebody wants them, ten a second at most, and are recorded',
  RETRY,
  async () => {
    const { session, handlers, folder, dataset } = await open({ camera: true })
    const pictures: PictureFrame[] = []
    const end = session.onPicture((picture) => pictures.push(picture))
    await sleep(1000)
    end()
    const { length } = pictures
    expect(length).toBeGreaterThan(1)
    expect(length).toBeLessThanOrEqual(11)
    expect(pictures[0]).toMatchObject({ width: 32, height: 32 })
    // The table is half a metre away, in steps of 0.1 mm.
    const depths = [...(pictures[0]?.depth ?? [])].filter((depth) => depth > 0).sort((a, b) => a - b)
    expect(depths[depths.length >> 1]).toBeGreaterThan(2000)
    expect(depths[depths.length >> 1]).toBeLessThan(10_000)
    await handlers.startRecording({ dataset, pictures: true })
    await sleep(800)
    expect(pictures.length).toBe(length)
    await handlers.endRecording({})
    await handlers.decideRecording({ keep: true })
    const { episodes } = await readDataset(join(folder, dataset))
    expect(episodes[0]?.frames.some(({ rgbd }) => rgbd)).toBe(true)
  },
)
