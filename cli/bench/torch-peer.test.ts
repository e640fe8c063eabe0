import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { PRESETS } from '../../policy/index.ts'
import { testFolder } from '../child.ts'
import { createProgram } from '../program.ts'
import { benchSampling, benchTrainStep, preparePeer } from './policy.ts'
import { startTorchPeer } from './torch-peer.ts'

// The race waits between runs, and machines may be busy.
vi.setConfig({ testTimeout: 180_000 })

const folder = await testFolder()
let scripts = 0

/** Starts a peer whose "Python" is Node and whose script is this. */
async function startPeer(script: string) {
  const path = join(folder, `${scripts++}.mjs`)
  await writeFile(path, script)
  return startTorchPeer({ python: process.execPath, threads: 3, script: path })
}

const GREETING = `
  import { createInterface } from 'node:readline'
  const say = (answer) => console.log(JSON.stringify(answer))
  say({ torch: '9.9', threads: Number(process.env.OMP_NUM_THREADS) })`

/** Speaks the protocol and claims 1e9 ms a run. */
const HONEST = `${GREETING}
  const parameters = { 'edge-pose': 1408329, 'paper-pose': 17391369 }
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line)
    if (request.do === 'prepare') say({ parameters: parameters[request.name] })
    else say({ ms: 1e9 })
  }`

const CRASHING = `${GREETING}
  await new Promise((resolve) => process.stdin.once('data', resolve))
  console.error('Traceback (most recent call last):\\n  somewhere\\nMemoryError: 17 GB')
  process.exit(3)`

describe('a peer', () => {
  test('says which PyTorch it is and gets as many threads as it is to use', async () => {
    const peer = await startPeer(HONEST)
    expect(peer).toMatchObject({ torch: '9.9', threads: 3 })
    expect(await peer.run('sample', 'edge-pose')).toBe(1e9)
    await peer.stop()
  })

  test('is gone after stop, however often that is said', async () => {
    const peer = await startPeer(HONEST)
    await peer.stop()
    await peer.stop()
    await expect(peer.run('train', 'edge-pose')).rejects.toThrow(/^the PyTorch peer ended \(SIGKILL\)/)
  })

  test('races: vsTorch is our median over its own', async () => {
    const peer = await startPeer(HONEST)
    await preparePeer(peer)
    const sampling = await benchSampling('edge-pose', { gemmPeakGflops: 100, peer, device: 'cpu' })
    const trainStep = await benchTrainStep('edge-pose', { gemmPeakGflops: 100, peer, device: 'cpu' })
    await peer.stop()
    for (const result of [sampling, trainStep]) {
      expect(result.torchP50Ms).toBe(1e9)
      expect(result.vsTorch).toBe(result.p50Ms / 1e9)
      expect(result.gemmPeakFraction).toBeCloseTo(result.gflop / (result.p50Ms / 1e3) / 100, 10)
    }
    expect(sampling).toMatchObject({ batch: 1, steps: 20 })
    expect(Object.keys(sampling.fewSteps)).toEqual(['4', '10'])
    // All but the conditioning's weights are read at each of 20 steps: at least half of 1.4 M of 4 bytes.
    expect(sampling.bytes).toBeGreaterThan((20 * 1_408_329 * 4) / 2)
    // The optimiser reads and writes four vectors of all parameters.
    expect(trainStep.bytes).toBeGreaterThan(8 * 1_408_329 * 4)
  })

  test('of another network is refused', async () => {
    const peer = await startPeer(HONEST.replace('1408329', '7'))
    await expect(preparePeer(peer)).rejects.toThrow('edge-pose has 7 parameters in PyTorch and 1408329 here')
    await peer.stop()
  })
})

describe('what is wrong with a peer is one sentence:', () => {
  test('no such Python', async () => {
    await expect(startTorchPeer({ python: 'no-such-python', threads: 1 })).rejects.toThrow(
      'the Python "no-such-python" cannot be started (there is none by that name): name one that has PyTorch with --python',
    )
  })

  test('no PyTorch', async () => {
    const script = `console.error("Traceback …\\nModuleNotFoundError: No module named 'torch'"); process.exit(1)`
    await expect(startPeer(script)).rejects.toThrow(
      /has no PyTorch: install it \(pip install torch, or apt install python3-torch\), or name another Python with --python$/,
    )
  })

  test('it crashed, with the last line that it wrote', async () => {
    const peer = await startPeer(CRASHING)
    const config = PRESETS['edge-pose']
    await expect(peer.prepare('edge-pose', config)).rejects.toThrow('the PyTorch peer ended (3): MemoryError: 17 GB')
    await peer.stop()
  })

  test('it ended without a word', async () => {
    await expect(startPeer('')).rejects.toThrow('the PyTorch peer ended (0): it gave no reason')
  })

  test('it is no Python, but talks', async () => {
    await expect(startPeer('console.log("usage: …")')).rejects.toThrow(
      'the PyTorch peer answered "usage: …", expected JSON: is --python a Python?',
    )
  })
})

describe('tenon bench --peer torch', () => {
  const bench = async (...args: string[]) => {
    const program = await createProgram(['bench'])
    return program.parseAsync(['bench', '--peer', 'torch', ...args], { from: 'user' })
  }

  test('complains of a missing Python before it measures anything', async () => {
    await expect(bench('--python', 'no-such-python')).rejects.toThrow('the Python "no-such-python" cannot be started')
  })

  test('has nothing to race in the simulator', async () => {
    await expect(bench('--only', 'simulator')).rejects.toThrow(
      '--peer races sampling and train: leave it out with --only simulator',
    )
  })
})
