// tenon <verb>
import { runToExit } from './exit.ts'
import { createProgram } from './program.ts'

await runToExit(await createProgram(process.argv.slice(2)))
