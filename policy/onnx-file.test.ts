// policy.onnx outside Tenon: read by another build of onnxruntime (WebAssembly), and looked at as a file.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as web from 'onnxruntime-web'
import protobuf from 'protobufjs'
import { afterAll, describe, expect, it } from 'vitest'
import { Random } from '../tensor/random.ts'
import { createCheckpoint, savePolicy } from './checkpoint.ts'
import { type PolicyConfig, PRESETS } from './config.ts'
import { exampleInfo, tinyConfig } from './example-policy.ts'
import { compileSampler, samplerSpecs } from './sampler.ts'
import { initialState } from './train.ts'

web.env.wasm.numThreads = 1

const folder = await mkdtemp(join(tmpdir(), 'tenon-onnx-'))
afterAll(() => rm(folder, { recursive: true }))

const CONFIGS: Record<string, PolicyConfig> = { tiny: tinyConfig, ...PRESETS }

/** The policy.onnx of a checkpoint whose averaged weights are the start values. */
async function policyFile(name: string): Promise<{ config: PolicyConfig; weights: Float32Array; file: Buffer }> {
  const config = CONFIGS[name] as PolicyConfig
  const state = initialState(config, 1)
  const run = join(folder, name)
  const info = exampleInfo(config, name)
  await createCheckpoint(run, info, { force: true })
  await savePolicy(run, info, state)
  return { config, weights: state.ema, file: await readFile(join(run, 'policy.onnx')) }
}

/** The part of onnx.proto3 that says which operators there are. */
const ModelProto = protobuf
  .parse(
    `syntax = "proto3";
    message Node { string op_type = 4; string domain = 7; }
    message Graph { repeated Node node = 1; }
    message Opset { string domain = 1; int64 version = 2; }
    message Model { Graph graph = 7; repeated Opset opset_import = 8; }`,
    { keepCase: true },
  )
  .root.lookupType('Model')

interface Model {
  graph: { node: { op_type: string; domain: string }[] }
  opset_import: { domain: string; version: number }[]
}

describe.each(['tiny', 'edge-pose'])('policy.onnx of %s', (name) => {
  it('gives on WebAssembly the actions that it gives natively', { timeout: 180_000 }, async () => {
    const { config, weights, file } = await policyFile(name)
    const shapes = samplerSpecs(config)
    const random = new Random(2)
    const draw = (shape: readonly number[]) => random.fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1)))
    const [observation, noise] = [draw(shapes.observation.shape), draw(shapes.noise.shape)]

    const native = await compileSampler(config, weights)
    const expected = (await native.run({ observation, noise })).actions as Float32Array
    await native.dispose()

    const session = await web.InferenceSession.create(file, { executionProviders: ['wasm'] })
    expect(session.inputNames).toEqual(['observation', 'noise'])
    expect(session.outputNames).toEqual(['actions'])
    const results = await session.run({
      observation: new web.Tensor('float32', observation, shapes.observation.shape),
      noise: new web.Tensor('float32', noise, shapes.noise.shape),
    })
    await session.release()
    const actions = results.actions as web.Tensor
    expect(actions.dims).toEqual(shapes.noise.shape)
    ;(actions.data as Float32Array).forEach((value, i) => {
      expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-5)
    })
  })

  it('holds operators of the standard domain only', async () => {
    const { file } = await policyFile(name)
    const { graph, opset_import } = ModelProto.toObject(ModelProto.decode(file), {
      defaults: true,
      longs: Number,
    }) as Model
    expect(opset_import).toEqual([{ domain: '', version: 21 }])
    expect(graph.node.length).toBeGreaterThan(100)
    expect(graph.node.filter(({ domain }) => domain !== '')).toEqual([])
  })
})

// Each of the 20 DDIM steps is in the file as nodes of its own: about half a megabyte, whatever the weights.
it.each([
  ['edge-pose', 1.1],
  ['paper-pose', 1.01],
] as const)('policy.onnx of %s is hardly larger than its weights', async (name, most) => {
  const { weights, file } = await policyFile(name)
  expect(file.byteLength / weights.byteLength).toBeLessThan(most)
})
