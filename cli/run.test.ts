import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { readDataset } from '../demos/index.ts'
import { saveTinyPolicy } from '../policy/example-policy.ts'
import { loadProfile } from '../robot-bridge/load-profile.ts'
import { startTenon, tenon, tenonJson, testFolder, writeJson } from './child.ts'
import { complaintOf } from './complaint.ts'

// Each spawns processes, on machines that may be busy.
vi.setConfig({ testTimeout: 180_000 })

const folder = await testFolder()
const lonelyFile = join(folder, 'lonely.json')
const run = (...args: string[]) => tenon(folder, 'run', '--checkpoint', 'tiny', ...args)

beforeAll(async () => {
  await saveTinyPolicy(join(folder, 'tiny'))
})

describe('nothing is connected to or moved when', () => {
  test.each([
    ['there is nowhere to connect to', ['--robot', 'ros'], '--robot ros needs --url and --profile'],
    [
      'a simulator is given an address',
      ['--robot', 'sim', '--url', 'ws://x'],
      '--url is for a robot behind a rosbridge: add --robot ros',
    ],
    [
      'what does not move is to be recorded',
      ['--robot', 'sim', '--dry-run', '--out', 'recorded'],
      '--out is for a robot that moves: leave it out of a --dry-run',
    ],
    [
      'nobody can be asked',
      ['--robot', 'ros', '--url', 'ws://localhost:1', '--profile', 'sim'],
      'there is no terminal to ask on before the arm moves',
    ],
    [
      'there is no such profile',
      ['--robot', 'ros', '--url', 'ws://localhost:1', '--profile', 'toaster', '--yes'],
      'no profile is called "toaster"',
    ],
    [
      'several episodes are asked of an arm that nobody can reset',
      ['--robot', 'ros', '--url', 'ws://localhost:1', '--profile', lonelyFile, '--yes', '--episodes', '2'],
      'names no services that reset the robot',
    ],
    [
      'an arm that a person has to arm should arm itself',
      ['--robot', 'ros', '--url', 'ws://localhost:1', '--profile', lonelyFile, '--yes', '--rearm', '2'],
      '--rearm is for simulated robots',
    ],
    [
      'there is no bridge',
      ['--robot', 'ros', '--url', 'ws://localhost:1', '--profile', 'sim', '--yes'],
      'ws://localhost:1: connect ECONNREFUSED',
    ],
  ])('%s', async (_, args, problem) => {
    const { episode: __, ...lonely } = await loadProfile('sim')
    await writeJson(lonelyFile, { ...lonely, name: 'lonely' })
    const complaint = await complaintOf(['run', '--checkpoint', join(folder, 'tiny'), ...args])
    expect(complaint).toContain(problem)
    expect(complaint).not.toContain('bug in tenon')
  })
})

test('in the simulator it runs, records and answers', async () => {
  const result = await tenonJson(
    folder,
    ...['run', '--checkpoint', 'tiny', '--robot', 'sim', '--episodes', '2', '--out', 'ran', '--seed', '3'],
  )
  expect(result).toMatchObject({ robot: 'sim', task: 'square-peg', episodes: 2, simulated: true, dryRun: false })
  const { episodes } = await readDataset(join(folder, 'ran'))
  expect(episodes.map(({ metadata }) => metadata.recordedFrom)).toEqual(['policy', 'policy'])
  const { results } = result as { results: { reason: string }[] }
  expect(episodes.map(({ outcome }) => outcome?.reason)).toEqual(results.map(({ reason }) => reason))
})

test('Ctrl-C stops the robot, and the recording underway is whole', async () => {
  const running = startTenon(
    folder,
    ...['run', '--checkpoint', 'tiny', '--robot', 'sim', '--episodes', '500', '--out', 'cut', '--json'],
  )
  await running.said('episode 1 of 500')
  running.child.kill('SIGINT')
  const { code, stdout, stderr } = await running.ended
  expect(code).toBe(130)
  expect(stderr).toContain('stopped: the robot holds')
  const { results } = JSON.parse(stdout) as { results: { path?: string; reason: string }[] }
  const { episodes } = await readDataset(join(folder, 'cut'))
  expect(episodes.length).toBe(results.filter(({ path }) => path).length)
  for (const { dropped, outcome } of episodes) {
    expect(dropped).toBeUndefined()
    expect(outcome).toBeDefined()
  }
})

test('a recording that cannot be finished after Ctrl-C is told', async () => {
  const running = startTenon(
    folder,
    ...['run', '--checkpoint', 'tiny', '--robot', 'sim', '--episodes', '500', '--out', 'taken', '--json'],
  )
  const second = join(folder, 'taken', 'episodes', '000001.mcap')
  await expect
    .poll(
      () =>
        access(`${second}.part`).then(
          () => true,
          () => false,
        ),
      { timeout: 60_000 },
    )
    .toBe(true)
  // Nothing is ever overwritten, and so it cannot be given its name.
  await writeFile(second, '')
  running.child.kill('SIGINT')
  const { code, stdout, stderr } = await running.ended
  expect(stderr).toContain('there is an episode of that name by now')
  expect(code).toBe(1)
  expect((JSON.parse(stdout) as { results: unknown[] }).results).toHaveLength(1)
})

describe('over a rosbridge', () => {
  /** A simulated robot in another process. */
  async function robot() {
    const server = startTenon(folder, 'sim', '--rosbridge', '0', '--seed', '3', '--json')
    let said = ''
    server.child.stderr?.on('data', (text: string) => {
      said += text
    })
    await server.said('Ctrl-C ends it')
    return { server, url: /ws:\S+/.exec(said)?.[0] as string }
  }

  const over = (url: string) => ['--robot', 'ros', '--url', url, '--profile', 'sim']

  // A machine that is busy holds the robot, or does not let it speak often enough: then it is tried again.
  const RETRY = { retry: 4, timeout: 240_000 }

  test('a dry run looks, plans and shows, and not one command arrives', RETRY, async () => {
    const { server, url } = await robot()
    const dry = await run(...over(url), '--dry-run', '--seconds', '2')
    server.child.kill('SIGINT')
    const { stdout } = await server.ended
    expect(dry.code, dry.stderr).toBe(0)
    const unheard = 'stop: /tenon/stop: nobody publishes it: a press would not be heard'
    for (const shown of ['first target', 'approach', 'limits', 'watchdog', unheard, 'dry run, nothing moved']) {
      expect(dry.stderr).toContain(shown)
    }
    expect(JSON.parse(stdout)).toMatchObject({ commands: { accepted: 0, rejected: 0 }, episodes: [] })
  })

  test('Ctrl-C before it is connected ends it in one sentence', async () => {
    const { server, url } = await robot()
    const early = startTenon(folder, 'run', '--checkpoint', 'tiny', ...over(url), '--yes')
    await early.said('listening to')
    early.child.kill('SIGINT')
    const { code, stderr } = await early.ended
    server.child.kill('SIGINT')
    await server.ended
    expect(stderr).toMatch(/\nstopped before anything moved\n$/)
    expect(code).toBe(130)
  })

  test('a run arms, commands, is judged and recorded; Ctrl-C leaves an arm that is held', RETRY, async () => {
    const { server, url } = await robot()
    const out = `over-ros-${Date.now()}`
    const ros = [...over(url), '--yes', '--rearm', '100']
    const running = startTenon(folder, 'run', '--checkpoint', 'tiny', ...ros, '--episodes', '3', '--out', out, '--json')
    // A policy that knows nothing never gets there: the judge says so after 20 s.
    await Promise.race([running.said('episode 1 of 3: '), running.ended.then(() => {})])
    running.child.kill('SIGINT')
    const ended = await running.ended
    server.child.kill('SIGINT')
    const { stdout } = await server.ended
    expect(ended.code, ended.stderr).toBe(130)
    const { results } = JSON.parse(ended.stdout) as {
      results: { reason: string; timing: { plans: number; rateHz: number } }[]
    }
    const [first] = results
    expect(['never reached the mouth', 'blocked at the mouth', 'too much force']).toContain(first?.reason)
    expect(first?.timing.plans).toBeGreaterThan(10)
    expect(first?.timing.rateHz).toBeGreaterThan(20)
    const sim = JSON.parse(stdout) as { commands: { accepted: number }; episodes: { failure: string }[] }
    expect(sim.commands.accepted).toBeGreaterThan(100)
    expect(sim.episodes[0]?.failure).toBe(first?.reason)
    const { episodes } = await readDataset(join(folder, out))
    expect(episodes[0]?.outcome).toMatchObject({ seated: false, reason: first?.reason })
    expect(episodes[0]?.metadata).toMatchObject({ recordedFrom: 'policy', settings: { profile: 'sim', url } })
    expect(episodes[0]?.frames.length).toBeGreaterThan(100)
  })
})
