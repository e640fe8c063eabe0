import * as tf from '@tensorflow/tfjs'
import { describe, expect, it } from 'vitest'
import { EAGER_BACKENDS, type EagerBackend, tryBackend, useEagerBackend } from './backend.ts'

// Whether the optional packages are here differs from machine to machine.
const problems = new Map<EagerBackend, string | undefined>()
for (const name of EAGER_BACKENDS) problems.set(name, await tryBackend(name))
const missing = EAGER_BACKENDS.filter((name) => problems.get(name) !== undefined)
const installed = EAGER_BACKENDS.filter((name) => problems.get(name) === undefined)

describe('useEagerBackend', () => {
  it('always has wasm, and it computes', async () => {
    expect(await useEagerBackend('wasm')).toBe('wasm')
    expect(tf.getBackend()).toBe('wasm')
    expect(tf.tidy(() => tf.add(3, 4).dataSync()[0] as number)).toBe(7)
  })

  it('takes the first that is installed when none is asked for', async () => {
    expect(await useEagerBackend()).toBe(installed[0])
    await useEagerBackend('wasm')
  })

  it.skipIf(missing.length === 0)('says of one that is not installed what is wrong and how to install it', async () => {
    for (const name of missing) {
      await expect(useEagerBackend(name)).rejects.toThrow(
        `the tfjs backend ${name} does not load: ${problems.get(name)}; ` +
          `install it with: npm install --ignore-scripts=false @tensorflow/${name}`,
      )
    }
  })

  it('leaves the backend in use alone when another does not load', async () => {
    await useEagerBackend('wasm')
    for (const name of missing) expect(await tryBackend(name)).toMatch(/\S/)
    expect(tf.getBackend()).toBe('wasm')
  })

  it('says of an unknown name what is wrong and which names there are', async () => {
    await expect(useEagerBackend('webgl' as EagerBackend)).rejects.toThrow(
      'unknown tfjs backend "webgl"; there are tfjs-node-gpu, tfjs-node, wasm',
    )
  })
})
