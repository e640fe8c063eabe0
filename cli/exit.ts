// Runs a command line and exits with what came of it: the only place that exits but for a second Ctrl-C.
import { inspect } from 'node:util'
import { type Command, CommanderError } from 'commander'
import { EXIT, explain, Interrupted } from './errors.ts'
import { say } from './terminal.ts'

export async function runToExit(program: Command): Promise<never> {
  try {
    await program.exitOverride().parseAsync()
    // Threads of onnxruntime may outlive the work; there is nothing left to wait for.
    process.exit(0)
  } catch (error) {
    const usage = error instanceof CommanderError
    if (usage && error.exitCode === 0) process.exit(0)
    // Commander has said already what is wrong with the command line.
    if (!usage) say(`${error instanceof Interrupted ? '' : 'error: '}${explain(error)}`)
    if (process.argv.includes('--debug')) say(inspect(error))
    if (usage) process.exit(error.exitCode)
    process.exit(error instanceof Interrupted ? EXIT.interrupted : EXIT.failure)
  }
}
