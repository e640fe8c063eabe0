// A question that a person answers before something happens.
import { createInterface } from 'node:readline/promises'
import { Interrupted } from './errors.ts'

/** Whether the answer is yes; nothing else is. Throws Interrupted when `signal` ends the asking. */
export async function agreed(question: string, signal: AbortSignal): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  // readline takes Ctrl-C for itself.
  asking.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `, { signal })).trim())
  } catch (error) {
    if (signal.aborted) throw new Interrupted('stopped before anything moved')
    throw error
  } finally {
    asking.close()
  }
}
