import * as tf from '@tensorflow/tfjs'
import { describe, expect, it } from 'vitest'
import { Random } from '../random.ts'
import { DEVICES, type Device, probeDevice, reasonOf } from './device.ts'
import type { TensorMap } from './record.ts'
import { compile } from './session.ts'

// Each probe is a process that loads a driver.
const problems = new Map<Device, string | undefined>()
for (const device of DEVICES) problems.set(device, await probeDevice(device))

/** softmax(x Wᵀ + row), which needs products, broadcasting and reductions */
const attend = ({ x, w }: TensorMap) => ({
  y: tf.softmax(tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D, false, true), tf.mean(x as tf.Tensor2D, 1, true))),
})
const SIZES = { x: { shape: [7, 33] }, w: { shape: [20, 33] } }

async function attendOn(device: Device): Promise<Float32Array> {
  const random = new Random(1)
  const inputs = {
    x: random.fillNormal(new Float32Array(7 * 33)),
    w: random.fillNormal(new Float32Array(20 * 33)),
  }
  const compiled = await compile(attend, SIZES, { device })
  const { y } = await compiled.run(inputs)
  await compiled.dispose()
  return y as Float32Array
}

describe('the processor', () => {
  it('is there always, and is where things run when nothing is said', async () => {
    expect(problems.get('cpu')).toBeUndefined()
    const y = await attendOn('cpu')
    // Rows of a softmax add up to one.
    for (let row = 0; row < 7; row++) {
      expect(y.subarray(20 * row, 20 * (row + 1)).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5)
    }
  })
})

it.runIf(process.env.CI)('WebGPU is there when all tests have to run', () => {
  expect(problems.get('webgpu')).toBeUndefined()
})

describe.each(DEVICES.filter((device) => device !== 'cpu'))('%s', (device) => {
  const problem = problems.get(device)

  it.runIf(problem === undefined)('computes what the processor does', async () => {
    const [there, here] = [await attendOn(device), await attendOn('cpu')]
    // Devices may multiply with fewer bits (TF32 has 10): a thousandth.
    there.forEach((value, i) => {
      expect(Math.abs(value - (here[i] as number))).toBeLessThan(1e-3)
    })
  })

  it.skipIf(problem === undefined)('that is missing is told of in one sentence, with what to do', async () => {
    const sentence = /^the device \w+ cannot be used here: [^\n;]+; [^\n]+$/
    await expect(attendOn(device)).rejects.toThrow(sentence)
    await expect(attendOn(device)).rejects.toThrow(problem)
    expect(problem).toMatch(device === 'cuda' ? 'ONNXRUNTIME_NODE_INSTALL=cuda12' : 'needs a GPU and its driver')
    // No stack, no path of this machine, no source line of onnxruntime.
    expect(problem).not.toMatch(/node_modules|file:\/\/|\n|\.cc:\d/)
    expect(problem?.length).toBeLessThan(400)
  })
})

describe('what a process that tried a device left', () => {
  const message = 'Command failed: node --input-type=module --eval \n  import'
  it.each([
    ['a driver that crashed', { message, signal: 'SIGSEGV' as const, stderr: '' }, 'its driver crashed (SIGSEGV)'],
    ['one that hung', { message, signal: 'SIGTERM' as const, killed: true }, 'no answer in 60 s'],
    ['what it threw', { message, stderr: 'at x\nError: no GPU\n at y' }, 'no GPU'],
  ])('tells of %s', (_, failure, reason) => {
    expect(reasonOf(failure)).toBe(reason)
  })
})
