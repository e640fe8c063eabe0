// Entry of the thread that reads and cuts episodes: registers tsx, which threads do not inherit.
import { register } from 'tsx/esm/api'

register()
await import('./desk-worker.ts')
