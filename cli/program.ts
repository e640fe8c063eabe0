// The command line of tenon: its verbs and their options.
import { Command } from 'commander'

/** Each is loaded when it is wanted: with what they work with, all of them together take seconds. */
const VERBS: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import('./demo.ts')).demoCommand(),
  record: async () => (await import('./record.ts')).recordCommand(),
  data: async () => (await import('./data.ts')).dataCommand(),
  train: async () => (await import('./train.ts')).trainCommand(),
  eval: async () => (await import('./eval.ts')).evalCommand(),
  run: async () => (await import('./run.ts')).runCommand(),
  sim: async () => (await import('./sim/sim.ts')).simCommand(),
  studio: async () => (await import('./studio.ts')).studioCommand(),
  bench: async () => (await import('./bench.ts')).benchCommand(),
  compile: async () => (await import('./compile.ts')).compileCommand(),
  reproduce: async () => (await import('./reproduce/reproduce.ts')).reproduceCommand(),
  calibrate: async () => (await import('./calibrate.ts')).calibrateCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
}

/**
 * `args`: of the command line. One that names a verb is answered by that verb alone; any other may be about all of them.
 * The program throws a CommanderError instead of exiting, after it has told the user.
 */
export async function createProgram(args: readonly string[] = []): Promise<Command> {
  const program = new Command('tenon')
    .description('Robot imitation learning for precise insertion: record, train, evaluate.')
    .option('--debug', 'show stack traces')
    .showHelpAfterError('(--help shows what is possible)')
    .exitOverride()
  const asked = args.find((arg) => !arg.startsWith('-')) ?? ''
  const verb = Object.hasOwn(VERBS, asked) ? VERBS[asked] : undefined
  for (const load of verb ? [verb] : Object.values(VERBS)) program.addCommand(await load())
  for (const command of subcommands(program)) command.option('--debug', 'show stack traces').exitOverride()
  return program
}

/** The commands under a command, at any depth. */
export const subcommands = (command: Command): Command[] =>
  command.commands.flatMap((sub) => [sub, ...subcommands(sub)])
