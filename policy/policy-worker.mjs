// Entry of a worker thread that plans: registers tsx, which threads do not inherit.
import { register } from 'tsx/esm/api'

register()
await import('./policy-worker.ts')
