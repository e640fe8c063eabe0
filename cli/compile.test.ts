import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { saveTinyPolicy, tinyConfig } from '../policy/example-policy.ts'
import { buildSampler, policySpec, samplerSpecs } from '../policy/index.ts'
import { loadSession, runSession } from '../tensor/compile/index.ts'
import { countParameters } from '../tensor/parameters.ts'
import { testFolder } from './child.ts'
import type { CompileResult } from './compile.ts'
import { createProgram } from './program.ts'

const folder = await testFolder()
const RUN = join(folder, 'run')
const at = (name: string) => join(folder, name)
const parameters = countParameters(policySpec(tinyConfig.model))
const state = await saveTinyPolicy(RUN)

afterEach(() => vi.restoreAllMocks())

/** Runs `tenon compile` in this process; what it says and answers. */
async function compile(...args: string[]): Promise<{ said: string; result: CompileResult }> {
  const written = { stderr: '', stdout: '' }
  for (const stream of ['stderr', 'stdout'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += text
      return true
    })
  }
  const program = await createProgram(['compile'])
  await program.parseAsync(['compile', ...args, '--json'], { from: 'user' })
  vi.restoreAllMocks()
  return { said: written.stderr, result: JSON.parse(written.stdout) }
}

describe('tenon compile', () => {
  test('makes a checkpoint’s sampler and tells its size and the time', async () => {
    const { said, result } = await compile('--checkpoint', RUN)
    expect(result).toMatchObject({ what: 'sampler', preset: 'tiny', steps: 5, batch: 1, weightBytes: 4 * parameters })
    expect(result.passes.map(({ pass }) => pass)).toEqual(['record', 'simplify', 'lower'])
    expect(said).toMatch(/^sampler of tiny, 5 DDIM steps, batch 1: \d+\.\d\d MB, \d+\.\d{3} × its weights\n/)
    expect(said).toMatch(/\ncompiled in \d+ ms, loaded by onnxruntime in \d+ ms\n$/)
  })

  test('--inspect shows what each pass makes of it', async () => {
    const { said, result } = await compile('--checkpoint', RUN, '--inspect')
    const [recorded, simplified, lowered] = result.passes as [Pass, Pass, Pass]
    expect(simplified.nodes).toBeLessThan(recorded.nodes)
    for (const { pass, nodes, kernels } of [recorded, simplified, lowered]) {
      const [name, count] = kernels[0] as [string, number]
      expect(said).toMatch(new RegExp(`^${pass} +\\d+ ms +${nodes} .*${name} ${count}, `, 'm'))
    }
  })

  test('--ddim-steps, --warm-steps and --batch change the sampler', async () => {
    const { result: whole } = await compile('--checkpoint', RUN, '--ddim-steps', '4')
    const { said, result } = await compile(
      '--checkpoint',
      RUN,
      '--ddim-steps',
      '4',
      '--warm-steps',
      '1',
      '--batch',
      '3',
    )
    expect(whole).toMatchObject({ steps: 4, batch: 1 })
    expect(result).toMatchObject({ steps: 4, warmSteps: 1, batch: 3 })
    expect(said).toContain('last 1 of 4 DDIM steps, batch 3')
    expect(nodesOf(result)).toBeLessThan(nodesOf(whole))
  })

  test('--weights int8 keeps large weights in a byte each, and a pass shows it', async () => {
    const [{ result: whole }, { result: small }] = [
      await compile('--preset', 'edge-pose', '--ddim-steps', '1'),
      await compile('--preset', 'edge-pose', '--ddim-steps', '1', '--weights', 'int8'),
    ]
    expect(small.passes.map(({ pass }) => pass)).toEqual(['record', 'simplify', 'quantize', 'lower'])
    expect(small.modelBytes).toBeLessThan(0.4 * whole.modelBytes)
    expect(small.weightBytes).toBeLessThan(0.4 * whole.weightBytes)
  })

  test('makes a training step, whose weights are inputs', async () => {
    const { said, result } = await compile('--checkpoint', RUN, '--what', 'train-step', '--batch', '2')
    expect(result).toMatchObject({ what: 'train-step', batch: 2, weightBytes: 0 })
    expect(result).not.toHaveProperty('steps')
    expect(said).not.toContain('its weights')
  })

  test('makes a preset with random weights', async () => {
    const { result } = await compile('--preset', 'edge-pose', '--ddim-steps', '1')
    expect(result).toMatchObject({ preset: 'edge-pose', steps: 1, weightBytes: 4 * 1_408_329 })
  })
})

type Pass = CompileResult['passes'][number]
const nodesOf = ({ passes }: CompileResult) => passes.find(({ pass }) => pass === 'simplify')?.nodes as number

describe('--out', () => {
  test('writes a sampler that computes what the policy does', async () => {
    const { said, result } = await compile('--checkpoint', RUN, '--ddim-steps', '4', '--out', at('four.onnx'))
    expect(result.out).toBe(at('four.onnx'))
    expect(said).toContain(`wrote ${at('four.onnx')}`)
    expect(await readdir(folder)).not.toContain('four.onnx.part')
    expect((await readFile(at('four.onnx'))).byteLength).toBe(result.modelBytes)
    const expected = await sample(buildSampler(tinyConfig, state.ema, { inferenceSteps: 4 }).model)
    expect(await sample(at('four.onnx'))).toEqual(expected)
  })

  test('overwrites only with --force', async () => {
    await writeFile(at('mine.onnx'), 'mine')
    await expect(compile('--checkpoint', RUN, '--out', at('mine.onnx'))).rejects.toThrow(
      `${at('mine.onnx')} exists: choose another file, or overwrite it with --force`,
    )
    expect(await readFile(at('mine.onnx'), 'utf8')).toBe('mine')
    const { result } = await compile('--checkpoint', RUN, '--out', at('mine.onnx'), '--force')
    expect((await readFile(at('mine.onnx'))).byteLength).toBe(result.modelBytes)
  })

  test('that cannot be written is one sentence', async () => {
    await expect(compile('--checkpoint', RUN, '--out', at('no/where.onnx'))).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('where.onnx cannot be written (ENOENT'),
    })
  })
})

describe('refused in one sentence:', () => {
  test.each<[string, string[], string]>([
    ['nothing', [], 'nothing to compile: give --checkpoint RUN, or --preset NAME for random weights'],
    [
      'steps of a training step',
      ['--preset', 'edge-pose', '--what', 'train-step', '--ddim-steps', '3'],
      '--ddim-steps and --warm',
    ],
    ['a file of random weights', ['--preset', 'edge-pose', '--out', 'x.onnx'], '--out writes the sampler of a trained'],
    [
      'a training step with other weights',
      ['--preset', 'edge-pose', '--what', 'train-step', '--weights', 'int8'],
      'training needs float32',
    ],
    ['more warm steps than steps', ['--checkpoint', RUN, '--warm-steps', '6'], 'expected 1 to 5 warm steps, got 6'],
    [
      'more steps than trained',
      ['--checkpoint', RUN, '--ddim-steps', '21'],
      'expected 1 to 20 inference steps, got 21',
    ],
    ['no checkpoint', ['--checkpoint', 'nowhere'], 'nowhere is no whole checkpoint'],
  ])('%s', async (_, args, sentence) => {
    await expect(compile(...args)).rejects.toMatchObject({
      name: expect.stringMatching(/^(UserError|RangeError|CheckpointError)$/),
      message: expect.stringContaining(sentence),
    })
  })
})

async function sample(model: string | Uint8Array) {
  const session = await loadSession(model, { threads: 1 })
  const specs = (shapes: Record<string, { shape: readonly number[] }>) =>
    new Map(Object.entries(shapes).map(([name, { shape }]) => [name, { shape, dtype: 'float32' as const }]))
  const { observation, noise } = samplerSpecs(tinyConfig)
  const feeds = {
    observation: new Float32Array(9).fill(0.1),
    noise: new Float32Array(8 * 9).map((_, i) => Math.sin(i)),
  }
  const { actions } = await runSession(session, specs({ observation, noise }), specs({ actions: noise }), feeds)
  await session.release()
  return actions
}
