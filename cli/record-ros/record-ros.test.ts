import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { readDataset } from '../../demos/index.ts'
import { startTenon, testFolder } from '../child.ts'
import { explain } from '../errors.ts'
import { FakeRosbridge, ROBOT } from './fake-rosbridge.ts'
import { type RecordRosOptions, recordRos } from './record-ros.ts'

vi.setConfig({ testTimeout: 120_000 })

const folder = await testFolder()
const bridges: FakeRosbridge[] = []
const listeners = process.listeners('SIGTERM')
afterAll(() => {
  // Sessions run in here would otherwise keep the test's own process from being ended.
  for (const listener of process.listeners('SIGTERM')) {
    if (!listeners.includes(listener)) process.off('SIGTERM', listener)
  }
})
afterEach(async () => {
  vi.restoreAllMocks()
  for (const bridge of bridges.splice(0)) await bridge.close()
})

async function bridge(): Promise<FakeRosbridge> {
  const fresh = await FakeRosbridge.start()
  bridges.push(fresh)
  return fresh
}

/** A session that says what to do when it has read something, like an operator at the terminal. */
function session(options: Partial<RecordRosOptions> & { url: string; out: string }) {
  let said = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text
    return true
  })
  const keyboard = new PassThrough()
  const ended = recordRos(
    { task: 'square-peg', clearance: 0.1, chamfer: 0.5, profile: 'sim', ...options, out: join(folder, options.out) },
    keyboard,
  )
  // Awaited at the end; until then it may fail without anybody looking.
  ended.catch(() => {})
  const read = (text: RegExp) => expect.poll(() => said, { timeout: 30_000, interval: 20 }).toMatch(text)
  return {
    ended,
    said: () => said,
    read,
    /** Types a word once `text` was read. */
    type: async (word: string, text: RegExp) => {
      await read(text)
      keyboard.write(`${word}\n`)
    },
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('episodes hold what was published, with the stamps of the ROS side, and how they were marked', async () => {
  const ros = await bridge()
  ros.pictureEvery = 1
  const { ended, read, type } = session({ url: ros.url, out: 'marked', rgbd: true })
  await type('start', /ready: /)
  // From when it is recorded: a busy machine takes its time to make the file.
  await read(/recording .*000000\.mcap/)
  await pause(700)
  await type('good', /recording .*000000\.mcap/)
  await type('start', /kept .*000000\.mcap: marked good/)
  await read(/recording .*000001\.mcap/)
  await pause(300)
  await type('stop', /recording .*000001\.mcap/)
  await type('bad', /stopped after/)
  await type('quit', /kept .*000001\.mcap: marked bad/)
  const result = await ended
  expect(result).toMatchObject({ episodes: 2, good: 1, bad: 1 })
  const { info, episodes, warnings } = await readDataset(join(folder, 'marked'))
  expect(info).toMatchObject({ task: 'square-peg', recordedFrom: 'ros' })
  expect(warnings).toEqual([expect.stringContaining('000001.mcap: did not seat (marked bad by the operator)')])
  const [first] = episodes as [(typeof episodes)[number]]
  expect(first.outcome).toMatchObject({ seated: true, peakForceN: 3 })
  expect(first.metadata.settings).toEqual({ profile: 'sim', url: ros.url })
  expect(first.frames.length).toBeGreaterThan(10)
  const pictured = first.frames.findIndex(({ rgbd }) => rgbd)
  first.frames.forEach((frame, i) => {
    const tick = Math.round((frame.stamp - ros.begin) * 30)
    expect(frame.stamp).toBeCloseTo(ros.begin + tick / 30, 6)
    // All of one moment: the arm's height and the part's depth tell the tick as well as the stamp does.
    expect(frame.sourceInCamera.position[2]).toBeCloseTo(tick / 1e4, 6)
    expect(frame.eeInBase.position[2]).toBeCloseTo(0.3 - tick / 1e4, 6)
    expect(frame.wrench?.force).toEqual([0, 0, -3])
    if (i > 0) expect(tick).toBe(Math.round(((first.frames[i - 1]?.stamp ?? 0) - ros.begin) * 30) + 1)
    // Of 30 pictures a second ten are kept.
    expect(frame.rgbd !== undefined, `picture of frame ${i}`).toBe((i - pictured) % 3 === 0)
  })
})

test('nothing is ever published to the robot', async () => {
  const ros = await bridge()
  const { ended, type } = session({ url: ros.url, out: 'silent-client' })
  await type('quit', /ready: /)
  await ended
  expect([...ros.graph.nodes]).toEqual([ROBOT])
})

test('it refuses to start when a required topic is silent, and leaves no dataset', async () => {
  const ros = await bridge()
  ros.silent.add('/tenon/source_pose')
  const { ended } = session({ url: ros.url, out: 'missing' })
  const complaint = explain(await ended.catch((error) => error))
  expect(complaint).toContain(
    'nothing is recorded, because something is missing:\n  source: nothing arrives on /tenon/source_pose\ntenon doctor --robot ros',
  )
  expect(await readdir(folder)).not.toContain('missing')
})

test('it says when a topic is not there at all', async () => {
  const ros = await bridge()
  const { ended } = session({ url: ros.url, out: 'other-arm', profile: 'moveit-servo-pose' })
  expect(explain(await ended.catch((error) => error))).toMatch(/source: there is no topic \S+/)
})

test('words may come by topic', async () => {
  const ros = await bridge()
  const { ended, said } = session({ url: ros.url, out: 'by-topic', controlTopic: '/operator', episodes: 1 })
  const after = async (text: RegExp, word: string) => {
    await expect.poll(said, { timeout: 30_000 }).toMatch(text)
    await ros.tell('/operator', word)
  }
  await after(/ready: /, 'start')
  await expect.poll(said, { timeout: 30_000 }).toMatch(/recording .*mcap/)
  await pause(300)
  await ros.tell('/operator', 'nonsense')
  await ros.tell('/operator', 'good')
  expect(await ended).toMatchObject({ episodes: 1, good: 1 })
})

test('a bridge that goes away and comes back is listened to again, in the same episode', async () => {
  const ros = await bridge()
  const { port } = ros
  const { ended, type, said } = session({ url: ros.url, out: 'comes-back' })
  await type('start', /ready: /)
  await expect.poll(said, { timeout: 30_000 }).toMatch(/recording .*mcap/)
  // Long enough on a busy machine, too: frames before, a gap that is one, and frames after.
  await pause(1000)
  await ros.close()
  bridges.splice(0)
  await expect.poll(said, { timeout: 30_000 }).toMatch(/connection lost/)
  await pause(700)
  bridges.push(await FakeRosbridge.start(port))
  await expect.poll(said, { timeout: 30_000 }).toMatch(/connected again/)
  await pause(1000)
  await type('bad', /connected again/)
  await type('quit', /marked bad/)
  expect(await ended).toMatchObject({ episodes: 1 })
  expect(said()).toMatch(/warning: at \d\.\d s: ee: /)
  const { episodes } = await readDataset(join(folder, 'comes-back'))
  const stamps = episodes[0]?.frames.map(({ stamp }) => stamp) ?? []
  const gaps = stamps.slice(1).map((stamp, i) => stamp - (stamps[i] as number))
  const gap = gaps.findIndex((seconds) => seconds > 0.5)
  expect(gap).toBeGreaterThan(0)
  expect(stamps.length - gap).toBeGreaterThan(5)
})

describe('more episodes', () => {
  test('go into a dataset of the same kind with --append, and into no other', async () => {
    const ros = await bridge()
    const once = async (options: Partial<RecordRosOptions>) => {
      const { ended, type, said } = session({ url: ros.url, out: 'grows', ...options })
      await type('start', /ready: /)
      await expect.poll(said, { timeout: 30_000 }).toMatch(/recording .*mcap/)
      await pause(300)
      await type('good', /recording .*mcap/)
      await type('quit', /marked good/)
      await ended
      return { said: said() }
    }
    const { said: saidFirst } = await once({})
    expect(saidFirst).not.toContain('warning')
    const profile = join(folder, 'other-arm.json')
    const sim = JSON.parse(await readFile('robot-bridge/profiles/sim.json', 'utf8'))
    await writeFile(profile, JSON.stringify({ ...sim, name: 'other-arm' }))
    const { said: saidThen } = await once({ append: true, profile })
    expect(saidThen).toMatch(/warning: .*000000\.mcap was recorded with the profile sim, got other-arm/)
    expect((await readDataset(join(folder, 'grows'))).episodes).toHaveLength(2)
    const pictures = session({ url: ros.url, out: 'grows', append: true, rgbd: true })
    expect(explain(await pictures.ended.catch((error) => error))).toMatch(
      /000001\.mcap has no pictures, got --rgbd: leave it out, or record into another folder/,
    )
    const other = session({ url: ros.url, out: 'grows', append: true, clearance: 0.5 })
    expect(explain(await other.ended.catch((error) => error))).toMatch(
      /grows is a dataset with clearanceMm 0.1, got 0.5: record into another folder/,
    )
  })
})

test('Ctrl-C keeps the episode underway, whole, and the process says so', async () => {
  const ros = await bridge()
  const { child, ended, said } = startTenon(
    folder,
    ...['record', '--from', 'ros', '--task', 'square-peg', '--out', 'interrupted'],
    ...['--url', ros.url, '--profile', 'sim', '--control-topic', '/operator'],
  )
  await said('ready: ')
  await ros.tell('/operator', 'start')
  await said('recording ')
  await pause(500)
  ros.silent.add('/tenon/target_pose')
  await pause(1500)
  child.kill('SIGINT')
  const { code, stderr } = await ended
  expect(stderr).toContain('interrupted before it was marked')
  expect(stderr).toMatch(/warning: \d+ poses left out: the target was not seen at that time/)
  expect(stderr).toContain('stopped; episodes kept in interrupted: 1')
  expect(code).toBe(130)
  const { episodes } = await readDataset(join(folder, 'interrupted'))
  expect(episodes[0]?.outcome).toMatchObject({ seated: false, reason: 'interrupted before it was marked' })
})
