// Devices that compiled functions can run on: execution providers of onnxruntime.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Graph, Value } from './ir.ts'
import { lower } from './lower.ts'
import { encodeModel } from './onnx.ts'

export const DEVICES = ['cpu', 'webgpu', 'cuda'] as const
export type Device = (typeof DEVICES)[number]

/** How to get what a device needs. */
const REMEDY: Record<Exclude<Device, 'cpu'>, string> = {
  webgpu: 'it needs a GPU and its driver (on Linux Vulkan: libvulkan1 and the driver of the GPU’s maker)',
  cuda: 'on Linux with an NVIDIA GPU and CUDA 12: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false',
}

const TIMEOUT_MS = 60_000

/**
 * What keeps a device from being used and what to do about it; undefined when it computes. Tried in a process of its
 * own, because drivers print to the terminal and some crash.
 */
export async function probeDevice(device: Device): Promise<string | undefined> {
  if (device === 'cpu') return undefined
  const script = `
    import { InferenceSession, Tensor } from 'onnxruntime-node'
    const model = Buffer.from('${Buffer.from(doublingModel()).toString('base64')}', 'base64')
    const session = await InferenceSession.create(model, { executionProviders: ['${device}'], logSeverityLevel: 4 })
    const { y } = await session.run({ x: new Tensor('float32', [1, 2], [2]) })
    if (String(await y.getData()) !== '2,4') throw new Error('it computes 1 + 1 and 2 + 2 as ' + y.data)
    process.exit(0)`
  try {
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      timeout: TIMEOUT_MS,
    })
    return undefined
  } catch (error) {
    return `${reasonOf(error as Failure)}; ${REMEDY[device]}`
  }
}

/** Of a process that was started. */
interface Failure {
  message: string
  stderr?: string
  /** it took too long, and was ended */
  killed?: boolean
  signal?: NodeJS.Signals | null
}

/** The sentence of a driver's complaint that says something. */
export function reasonOf({ stderr = '', message, killed, signal }: Failure): string {
  if (killed) return `no answer in ${TIMEOUT_MS / 1000} s`
  if (signal) return `its driver crashed (${signal})`
  const thrown = /^\w*Error: (.*)$/m.exec(stderr)?.[1] ?? message.split('\n')[0] ?? ''
  const plain = /(Failed to get a WebGPU adapter|Failed to load shared library|backend not found)/.exec(thrown)
  return (plain?.[1] ?? thrown).slice(0, 200)
}

/** y = x + x for two numbers: the least that shows a device at work. */
function doublingModel(): Uint8Array {
  const [x, y]: [Value, Value] = [
    { id: 0, shape: [2], dtype: 'float32' },
    { id: 1, shape: [2], dtype: 'float32' },
  ]
  const graph: Graph = {
    inputs: new Map([['x', x]]),
    outputs: new Map([['y', y]]),
    constants: new Map(),
    nodes: [{ kernel: 'Add', inputs: [x, x], outputs: [y], attributes: {} }],
  }
  return encodeModel(lower(graph, 'double'))
}
