// Entry of a worker thread that draws batches: registers tsx, which threads do not inherit.
import { register } from 'tsx/esm/api'

register()
await import('./batch-worker.ts')
