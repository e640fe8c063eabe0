// Runs a command line and exits with what came of it: the only place that exits, but for a second Ctrl-C and a starter that
// is gone.
import { inspect } from 'node:util'
import { type Command, CommanderError } from 'commander'
import { EXIT, explain, Interrupted } from './errors.ts'
import { say } from './terminal.ts'

export async function runToExit(makeProgram: () => Promise<Command>): Promise<never> {
  try {
    const program = await makeProgram()
    await program.exitOverride().parseAsync()
    // Threads of onnxruntime may outlive the work; there is nothing left to wait for.
    return await exit(0)
  } catch (error) {
    const usage = error instanceof CommanderError
    if (usage && error.exitCode === 0) return exit(0)
    // Commander has said already what is wrong with the command line.
    if (!usage) say(`${error instanceof Interrupted ? '' : 'error: '}${explain(error)}`)
    if (process.argv.includes('--debug')) say(inspect(error))
    if (usage) return exit(error.exitCode)
    return exit(error instanceof Interrupted ? EXIT.interrupted : EXIT.failure)
  }
}

/** Once everything that was said has gone out: a pipe holds but 64 KB, and what waits behind them would be lost. */
async function exit(code: number): Promise<never> {
  await Promise.all([process.stdout, process.stderr].map(flushed))
  process.exit(code)
}

const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => stream.write('', () => resolve()))
