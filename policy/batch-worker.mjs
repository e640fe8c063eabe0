// Entry of a worker thread that draws batches.
import '../typescript.mjs'

await import('./batch-worker.ts')
