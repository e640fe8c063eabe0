// A question that a person answers before something happens.
import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { Interrupted } from './errors.ts'
import { pressCtrlC } from './operator-input.ts'

/**
 * Whether the answer is yes; nothing else is, and neither is an input that ends (Ctrl-D). Throws Interrupted when `signal`
 * ends the asking.
 */
export async function agreed(
  question: string,
  signal: AbortSignal,
  input: NodeJS.ReadableStream = process.stdin,
): Promise<boolean> {
  const asking = createInterface({ input, output: process.stderr })
  // readline takes Ctrl-C for itself.
  asking.on('SIGINT', pressCtrlC)
  try {
    const ended = once(asking, 'close').then(() => '')
    const answer = asking.question(`${question} [y/N] `, { signal }).catch((error) => {
      if (signal.aborted) throw new Interrupted('stopped before anything moved')
      if (error.name === 'AbortError') return ''
      throw error
    })
    return /^y(es)?$/i.test((await Promise.race([answer, ended])).trim())
  } finally {
    asking.close()
  }
}
