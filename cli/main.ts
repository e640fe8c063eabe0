// tenon <verb>: the only place that exits.
import { inspect } from 'node:util'
import { CommanderError } from 'commander'
import { EXIT, explain, Interrupted } from './errors.ts'
import { createProgram } from './program.ts'
import { say } from './terminal.ts'

try {
  await createProgram().parseAsync()
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
