// Entry of the thread that draws pictures: registers tsx, which threads do not inherit.
import { register } from 'tsx/esm/api'

register()
await import('./picture-worker.ts')
