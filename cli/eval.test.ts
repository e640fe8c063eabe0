import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { saveTinyPolicy } from '../policy/example-policy.ts'
import { DEVICES, probeDevice } from '../tensor/compile/index.ts'
import { tenon, tenonJson, testFolder } from './child.ts'
import { readEvalResults } from './eval-results.ts'
import { createProgram } from './program.ts'

const folder = await testFolder()

describe('a replayed demonstration', () => {
  const evaluate = (workers: number) =>
    tenonJson(
      folder,
      ...['eval', '--replay', 'target', '--data', 'data', '--noise', 'none', '--seed', '2'],
      ...['--episodes', '3', '--workers', String(workers)],
    )

  let one: Record<string, unknown>
  let three: Record<string, unknown>
  beforeAll(async () => {
    await tenonJson(folder, 'record', '--task', 'round-peg', '--episodes', '1', '--out', 'data')
    ;[one, three] = await Promise.all([evaluate(1), evaluate(3)])
  }, 180_000)

  test('answers with the conditions, the counts and what follows from them', () => {
    const { successes, failures, wilson95 } = one as {
      successes: number
      failures: Record<string, number>
      wilson95: [number, number]
    }
    expect(one).toEqual({
      method: 'replay-target',
      task: 'round-peg',
      clearanceMm: 0.1,
      chamferMm: 0.5,
      split: 'id',
      noise: 'none',
      seed: 2,
      episodes: 3,
      successes,
      successRate: successes / 3,
      wilson95,
      medianSeatSeconds: successes > 0 ? expect.any(Number) : null,
      medianPeakForceN: expect.any(Number),
      p95PeakForceN: expect.any(Number),
      penetrationUm: expect.any(Number),
      failures,
      hand: expect.objectContaining({ stiffness: 1500, rotationalStiffness: 8 }),
      simulated: true,
    })
    expect(successes + Object.values(failures).reduce((sum, count) => sum + count, 0)).toBe(3)
    expect(wilson95[0]).toBeLessThanOrEqual(successes / 3)
    expect(wilson95[1]).toBeGreaterThanOrEqual(successes / 3)
  })

  test('does the same whatever the number of workers', () => {
    expect(three).toEqual(one)
  })
})

describe('a policy', () => {
  const evaluate = (...args: string[]) =>
    tenon(folder, 'eval', '--checkpoint', 'tiny', '--episodes', '1', '--json', ...args)
  const conditions = { method: 'policy', task: 'square-peg', episodes: 1 }

  beforeAll(() => saveTinyPolicy(join(folder, 'tiny')))

  test('runs the chain it was trained with, or another, and says which', async () => {
    const [trained, short] = await Promise.all([
      evaluate(),
      evaluate('--ddim-steps', '2', '--warm-steps', '1', '--weights', 'int8', '--results', 'results/short.json'),
    ])
    expect(JSON.parse(trained.stdout)).toMatchObject({
      ...conditions,
      sampler: { ddimSteps: 5, weights: 'float32', device: 'cpu' },
    })
    expect(JSON.parse(short.stdout)).toMatchObject({
      ...conditions,
      sampler: { ddimSteps: 2, warmSteps: 1, weights: 'int8', device: 'cpu' },
    })
    expect(short.stderr).toContain('policy, last 1 of 2 steps, int8')

    const { conditions: asked, loading, summary, episodes } = await readEvalResults(join(folder, 'results/short.json'))
    expect(summary).toEqual(JSON.parse(short.stdout))
    expect(loading).toEqual({ weights: 'int8', inferenceSteps: 2, warmSteps: 1 })
    expect(asked).toEqual({
      task: 'square-peg',
      clearanceMm: 0.1,
      chamferMm: 0.5,
      split: 'id',
      noise: 'tracker',
      seed: 0,
    })
    expect(episodes).toMatchObject([{ index: 0, seated: summary.successes === 1 }])
  }, 60_000)

  test.each([
    [['--ddim-steps', '21'], 'expected 1 to 20 inference steps, got 21'],
    [['--warm-steps', '6'], 'expected 1 to 5 warm steps, got 6'],
    [['--device', 'abacus'], 'Allowed choices are cpu, webgpu, cuda'],
    [['--replay', 'target', '--ddim-steps', '2'], 'cannot be used with'],
    [['--data', 'data'], '--data is what --replay plays back: leave it out'],
  ])('%j is refused', async (args, problem) => {
    const { code, stderr } = await evaluate(...args)
    expect(code).toBe(1)
    expect(stderr).toContain(problem)
  })

  test('what cannot be written is said before the first episode, and nothing is overwritten unasked', async () => {
    await mkdir(join(folder, 'plotted'), { recursive: true })
    await writeFile(join(folder, 'plotted/episode-003.png'), '')
    await writeFile(join(folder, 'there.json'), 'mine')
    const cases = [
      [['--results', 'plotted'], 'plotted: is a folder, expected the name of a file'],
      [['--results', 'there.json'], 'there.json exists: choose another file, or overwrite it with --force'],
      [['--plot', 'there.json'], '--plot there.json: a file stands there, expected a folder'],
      [['--plot', 'plotted'], 'plotted has plots already: choose another folder, or replace them with --force'],
    ] as const
    for (const [args, problem] of cases) expect((await evaluate(...args)).stderr).toBe(`error: ${problem}\n`)
    await tenon(folder, 'eval', '--checkpoint', 'mistyped', '--plot', 'plotted', '--force')
    expect(await readdir(join(folder, 'plotted'))).toEqual(['episode-003.png'])
    expect(await readFile(join(folder, 'there.json'), 'utf8')).toBe('mine')
    const forced = await evaluate('--plot', 'plotted', '--results', 'there.json', '--force')
    expect(forced.stderr).toContain('every episode in there.json')
    expect(await readdir(join(folder, 'plotted'))).toEqual(['episode-000.json', 'episode-000.png'])
  }, 60_000)

  test('on a device that is not there runs on the processor, and says why', async ({ skip }) => {
    const missing = (await Promise.all(DEVICES.map(async (device) => (await probeDevice(device)) && device))).find(
      Boolean,
    )
    if (!missing) skip('every device is here')
    const { code, stdout, stderr } = await evaluate('--device', missing as string)
    expect(code).toBe(0)
    expect(stderr).toMatch(
      new RegExp(`^note: --device ${missing} cannot be used here \\(.+\\); running on the cpu$`, 'm'),
    )
    expect(JSON.parse(stdout)).toMatchObject({ ...conditions, sampler: { device: 'cpu' } })
  }, 60_000)
})

test('doctor tells what works, as a list and as an object', async () => {
  const { code, stdout, stderr } = await tenon(folder, 'doctor', '--json')
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { name: string; state: string }[] }
  expect(code).toBe(ok ? 0 : 1)
  const states = Object.fromEntries(checks.map(({ name, state }) => [name, state]))
  // Memory and disk are this machine's business.
  expect(states).toMatchObject({
    'Node.js': 'ok',
    'physics (MuJoCo)': 'ok',
    'compiler (onnxruntime)': 'ok',
    'tfjs backend wasm': 'ok',
  })
  for (const { name } of checks) expect(stderr).toContain(name)
})

describe('--help', async () => {
  const verbs = (await createProgram()).commands.map((command) => command.name())

  test.each(verbs)('tells of every option of %s', async (verb) => {
    let written = ''
    const program = await createProgram([verb])
    const command = program.commands.find((candidate) => candidate.name() === verb)
    command?.configureOutput({ writeOut: (text) => (written += text) })
    await expect(program.parseAsync([verb, '--help'], { from: 'user' })).rejects.toMatchObject({ exitCode: 0 })
    expect(written).toContain(`Usage: tenon ${verb} `)
    for (const { long, description } of command?.options ?? []) {
      expect(written).toContain(long)
      expect(description, `${verb} ${long}`).not.toBe('')
    }
  })

  test('exits with 0 and lists the verbs', async () => {
    const { code, stdout, stderr } = await tenon(folder, '--help')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const verb of verbs) expect(stdout).toMatch(new RegExp(`^  ${verb} .*[a-z]`, 'm'))
  })
})
