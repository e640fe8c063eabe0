// Entry of the thread that writes pictures in tests: registers tsx, which threads do not inherit.
import { register } from 'tsx/esm/api'

register()
await import('./fake-picture-writer.ts')
