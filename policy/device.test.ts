// The policy on every device that is here, against the processor.
import { describe, expect, it } from 'vitest'
import { stepScalars } from '../tensor/adamw.ts'
import { compile, DEVICES, type Device, probeDevice, type TensorSpec } from '../tensor/compile/index.ts'
import { Random } from '../tensor/random.ts'
import { tinyConfig } from './example-policy.ts'
import { batchSpecs, optimizerOptions, policySpec, SCALAR_SPECS, stateSpecs, stateViews, trainStep } from './model.ts'
import { compileSampler, samplerSpecs } from './sampler.ts'
import { initialState } from './train.ts'

const state = initialState(tinyConfig, 1)

function randomFor(specs: Record<string, TensorSpec>): Record<string, Float32Array> {
  const random = new Random(1)
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [
      name,
      random.fork(name).fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))),
    ]),
  )
}

async function sampleOn(device: Device): Promise<Float32Array> {
  const sampler = await compileSampler(tinyConfig, state.theta, { device })
  const { actions } = await sampler.run(randomFor(samplerSpecs(tinyConfig)))
  await sampler.dispose()
  return actions as Float32Array
}

async function trainOn(device: Device) {
  const specs = { ...stateSpecs(policySpec(tinyConfig.model)), ...SCALAR_SPECS, ...batchSpecs(tinyConfig) }
  const step = await compile((tensors) => trainStep(tensors, tinyConfig), specs, { device })
  const scalars = stepScalars(0, 1e-3, optimizerOptions(tinyConfig.training), 0.9)
  const batch = randomFor(batchSpecs(tinyConfig))
  const next = await step.run({ ...stateViews(policySpec(tinyConfig.model), state), ...scalars, ...batch })
  await step.dispose()
  return next as Record<string, Float32Array>
}

/** ‖a − b‖ / ‖b‖ */
function relativeError(a: Float32Array, b: Float32Array): number {
  const length = (numbers: Float32Array) => Math.sqrt(numbers.reduce((sum, x) => sum + x * x, 0))
  return length(a.map((x, i) => x - (b[i] as number))) / length(b)
}

describe.each(DEVICES.filter((device) => device !== 'cpu'))('on %s', async (device) => {
  const problem = await probeDevice(device)

  it('a chunk is sampled as on the processor', async ({ skip }) => {
    skip(problem !== undefined, problem)
    expect(relativeError(await sampleOn(device), await sampleOn('cpu'))).toBeLessThan(1e-3)
  })

  it('a training step gives the loss and the weights that it gives on the processor', async ({ skip }) => {
    skip(problem !== undefined, problem)
    const [there, here] = [await trainOn(device), await trainOn('cpu')]
    for (const name of Object.keys(here)) {
      if (!name.startsWith('next.theta') && name !== 'loss') continue
      expect(relativeError(there[name] as Float32Array, here[name] as Float32Array), name).toBeLessThan(1e-3)
    }
  })
})
