// Entry of `npm run contract`, which is for developers and therefore no verb of tenon.
import '../typescript.mjs'

const { contractCommand } = await import('./contract.ts')
const { runToExit } = await import('./exit.ts')
await runToExit(async () => contractCommand())
