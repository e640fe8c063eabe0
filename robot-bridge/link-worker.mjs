// Entry of the thread of the link: registers tsx, which threads do not inherit.
import { register } from 'tsx/esm/api'

register()
await import('./link-worker.ts')
