// The command line of tenon: its verbs and their options.
import { Command } from 'commander'

interface Verb {
  summary: string
  load: () => Promise<Command>
}

/** Each is loaded when it is wanted: with what they work with, all of them together take seconds. */
const VERBS: Readonly<Record<string, Verb>> = {
  demo: {
    summary: 'record ten demonstrations, train a policy on them, and watch it seat the part',
    load: async () => (await import('./demo.ts')).demoCommand(),
  },
  record: {
    summary: 'record demonstrations of a task into a dataset',
    load: async () => (await import('./record.ts')).recordCommand(),
  },
  data: {
    summary: 'look at a dataset',
    load: async () => (await import('./data.ts')).dataCommand(),
  },
  train: {
    summary: 'train a policy on a dataset',
    load: async () => (await import('./train.ts')).trainCommand(),
  },
  eval: {
    summary: 'run a policy in the simulator and count how often the part is seated',
    load: async () => (await import('./eval.ts')).evalCommand(),
  },
  run: {
    summary: 'let a policy drive a robot: the simulator, or a live arm over rosbridge',
    load: async () => (await import('./run.ts')).runCommand(),
  },
  sim: {
    summary: 'serve the simulated arm as a ROS robot over rosbridge (profile: sim), until Ctrl-C',
    load: async () => (await import('./sim/sim.ts')).simCommand(),
  },
  studio: {
    summary: 'watch, teleoperate, record, train and judge in the browser, until Ctrl-C',
    load: async () => (await import('./studio.ts')).studioCommand(),
  },
  bench: {
    summary: 'measure training, sampling, simulator, renderer, control loop and bridge on this machine',
    load: async () => (await import('./bench.ts')).benchCommand(),
  },
  compile: {
    summary: 'compile a policy’s sampler or training step, look into it, or write the sampler as ONNX',
    load: async () => (await import('./compile.ts')).compileCommand(),
  },
  reproduce: {
    summary: 'run every experiment of docs/benchmark.md (a night or more), resuming where it was interrupted',
    load: async () => (await import('./reproduce/reproduce.ts')).reproduceCommand(),
  },
  calibrate: {
    summary: 'find where the camera is (hand–eye calibration)',
    load: async () => (await import('./calibrate.ts')).calibrateCommand(),
  },
  doctor: {
    summary: 'check what this machine has and whether everything works, or a live robot against its profile',
    load: async () => (await import('./doctor.ts')).doctorCommand(),
  },
}

/**
 * `args`: of the command line. The verb that they name is there whole; of the others there are names and summaries, for
 * lists and for complaints. Without `args` all are there.
 * The program throws a CommanderError instead of exiting, after it has told the user.
 */
export async function createProgram(args?: readonly string[]): Promise<Command> {
  const program = new Command('tenon')
    .description('Robot imitation learning for precise insertion: record, train, evaluate.')
    .option('--debug', 'show stack traces')
    .showHelpAfterError('(--help shows what is possible)')
    .exitOverride()
  const asked = args?.find((arg) => !arg.startsWith('-') && arg !== 'help')
  for (const [name, { summary, load }] of Object.entries(VERBS)) {
    const wanted = args === undefined || asked === name
    program.addCommand((wanted ? await load() : new Command(name)).description(summary))
  }
  for (const command of subcommands(program)) command.option('--debug', 'show stack traces').exitOverride()
  return program
}

/** The commands under a command, at any depth. */
export const subcommands = (command: Command): Command[] =>
  command.commands.flatMap((sub) => [sub, ...subcommands(sub)])
