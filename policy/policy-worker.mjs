// Entry of a worker thread that plans.
import '../typescript.mjs'

await import('./policy-worker.ts')
