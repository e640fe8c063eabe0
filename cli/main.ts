// tenon <verb>
import { runToExit } from './exit.ts'
import { createProgram } from './program.ts'

await runToExit(createProgram())
