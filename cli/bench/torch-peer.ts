// The policy in PyTorch (bench/peers/torch_policy.py) on the user's own Python, to race against: a child process that is
// asked and answers in lines of JSON.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { PolicyConfig } from '../../policy/index.ts'
import { UserError } from '../errors.ts'

export interface TorchPeer {
  /** version of PyTorch */
  readonly torch: string
  /** threads that it computes with */
  readonly threads: number
  /** Makes the policy; returns its number of parameters. */
  prepare(name: string, config: PolicyConfig): Promise<number>
  /** Runs a prepared policy's sampler or training step once; returns the time by the peer's own clock, ms. */
  run(what: 'sample' | 'train', name: string): Promise<number>
  /** Ends the process. */
  stop(): Promise<void>
}

export interface PeerOptions {
  /** the Python to run */
  python: string
  threads: number
  script?: string
}

const SCRIPT = fileURLToPath(new URL('../../bench/peers/torch_policy.py', import.meta.url))

/** Throws a UserError when there is no such Python, it has no PyTorch, or the peer ends; so do the peer's functions. */
export async function startTorchPeer({ python, threads, script = SCRIPT }: PeerOptions): Promise<TorchPeer> {
  const child = spawn(python, [script], {
    env: { ...process.env, OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) },
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-10_000)))
  // A peer that is gone is noticed by its silence, not by what could not be said to it.
  child.stdin.on('error', () => {})
  const unstartable = new Promise<never>((_, reject) => {
    child.once('error', (cause: NodeJS.ErrnoException) => reject(notStarted(python, cause)))
  })
  unstartable.catch(() => {})
  const closed = new Promise<number | string | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal))
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()

  const stop = async () => {
    if (child.pid === undefined) return
    child.kill('SIGKILL')
    await closed
  }
  const listen = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await Promise.race([lines.next(), unstartable])
    if (done) throw ended(python, await closed, complaint)
    return parse(value)
  }
  const ask = (request: object) => {
    child.stdin.write(`${JSON.stringify(request)}\n`)
    return listen()
  }
  try {
    const greeting = await listen()
    return {
      torch: String(greeting.torch),
      threads: Number(greeting.threads),
      prepare: async (name, config) => Number((await ask({ do: 'prepare', name, config })).parameters),
      run: async (what, name) => Number((await ask({ do: what, name })).ms),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function parse(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new UserError(`the PyTorch peer answered "${line.slice(0, 100)}", expected JSON: is --python a Python?`, {
      cause,
    })
  }
}

function notStarted(python: string, cause: NodeJS.ErrnoException): UserError {
  const problem = cause.code === 'ENOENT' ? 'there is none by that name' : cause.message
  return new UserError(`the Python "${python}" cannot be started (${problem}): name one that has PyTorch with --python`)
}

function ended(python: string, how: number | string | null, complaint: string): UserError {
  if (/No module named '?torch\b/.test(complaint)) {
    return new UserError(
      `the Python "${python}" has no PyTorch: install it (pip install torch, or apt install python3-torch), ` +
        'or name another Python with --python',
    )
  }
  const last = complaint.trimEnd().split('\n').at(-1)
  return new UserError(`the PyTorch peer ended (${how}): ${last || 'it gave no reason'}`)
}
