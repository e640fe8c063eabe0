// What a command that fails says, without a process of its own, for tests: loading the program takes far longer than the rest.
import { CommanderError } from 'commander'
import { expect } from 'vitest'
import { explain } from './errors.ts'
import { createProgram, subcommands } from './program.ts'

/** Its stderr. Paths are relative to this process's folder. */
export async function complaintOf(args: readonly string[]): Promise<string> {
  let said = ''
  const program = await createProgram(args)
  for (const command of [program, ...subcommands(program)]) {
    command.configureOutput({ writeErr: (text) => (said += text) })
  }
  const error = await program.parseAsync(args, { from: 'user' }).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(Error)
  return error instanceof CommanderError ? said : `error: ${explain(error)}\n`
}
