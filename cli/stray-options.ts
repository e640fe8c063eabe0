// Options that would say nothing, together with the others that were given.
import type { Command } from 'commander'
import { UserError } from './errors.ts'

/**
 * Throws a UserError for the first of these options (by the names of their values) that is on the command line; `why` goes on
 * after its flag.
 */
export function refuseStray(command: Command, names: readonly string[], why: string): void {
  const stray = command.options.find(
    (option) =>
      names.includes(option.attributeName()) && command.getOptionValueSource(option.attributeName()) === 'cli',
  )
  if (stray) throw new UserError(`${stray.long} ${why}`)
}
