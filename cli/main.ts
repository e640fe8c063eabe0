// tenon <verb>
import { runToExit } from './exit.ts'
import { endWithStarter } from './hangup.ts'
import { createProgram } from './program.ts'

// A reader that has gone, a pager or a log, is no reason to drop what is being done or recorded.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
endWithStarter()

await runToExit(() => createProgram(process.argv.slice(2)))
