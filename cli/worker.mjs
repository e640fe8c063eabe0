// Entry of a worker thread that runs episodes: registers tsx, which threads do not inherit.
import { register } from 'tsx/esm/api'

register()
await import('./episode-worker.ts')
