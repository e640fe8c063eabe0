// The command line of tenon: its verbs and their options.
import { Command } from 'commander'
import { benchCommand } from './bench.ts'
import { calibrateCommand } from './calibrate.ts'
import { compileCommand } from './compile.ts'
import { dataCommand } from './data.ts'
import { demoCommand } from './demo.ts'
import { doctorCommand } from './doctor.ts'
import { evalCommand } from './eval.ts'
import { recordCommand } from './record.ts'
import { reproduceCommand } from './reproduce/reproduce.ts'
import { runCommand } from './run.ts'
import { simCommand } from './sim/sim.ts'
import { studioCommand } from './studio.ts'
import { trainCommand } from './train.ts'

/** Throws a CommanderError instead of exiting, after it has told the user. */
export function createProgram(): Command {
  const program = new Command('tenon')
    .description('Robot imitation learning for precise insertion: record, train, evaluate.')
    .option('--debug', 'show stack traces')
    .showHelpAfterError('(--help shows what is possible)')
    .exitOverride()
  for (const command of [
    demoCommand(),
    recordCommand(),
    dataCommand(),
    trainCommand(),
    evalCommand(),
    runCommand(),
    simCommand(),
    studioCommand(),
    benchCommand(),
    compileCommand(),
    reproduceCommand(),
    calibrateCommand(),
    doctorCommand(),
  ]) {
    program.addCommand(command)
  }
  for (const command of subcommands(program)) command.option('--debug', 'show stack traces').exitOverride()
  return program
}

/** The commands under a command, at any depth. */
export const subcommands = (command: Command): Command[] =>
  command.commands.flatMap((sub) => [sub, ...subcommands(sub)])
