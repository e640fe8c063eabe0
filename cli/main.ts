// tenon <verb>: the only place that exits.
import { Command, CommanderError } from 'commander'
import { benchCommand } from './bench.ts'
import { demoCommand } from './demo.ts'
import { doctorCommand } from './doctor.ts'
import { EXIT, explain, Interrupted } from './errors.ts'
import { evalCommand } from './eval.ts'
import { recordCommand } from './record.ts'
import { reproduceCommand } from './reproduce.ts'
import { say } from './terminal.ts'
import { trainCommand } from './train.ts'

const program = new Command('tenon')
  .description('Robot imitation learning for precise insertion: record, train, evaluate.')
  .option('--debug', 'show stack traces')
  .showHelpAfterError('(--help shows what is possible)')
  .exitOverride()

for (const command of [
  demoCommand(),
  recordCommand(),
  trainCommand(),
  evalCommand(),
  benchCommand(),
  reproduceCommand(),
  doctorCommand(),
]) {
  program.addCommand(command.option('--debug', 'show stack traces').exitOverride())
}

try {
  await program.parseAsync()
  // Threads of onnxruntime may outlive the work; there is nothing left to wait for.
  process.exit(0)
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode)
  if (process.argv.includes('--debug') && error instanceof Error) say(error.stack)
  else say(`${error instanceof Interrupted ? '' : 'error: '}${explain(error)}`)
  process.exit(error instanceof Interrupted ? EXIT.interrupted : EXIT.failure)
}
