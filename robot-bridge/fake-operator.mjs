// Entry of a thread that stands for a controller's process in tests: registers tsx, which threads do not inherit.
import { register } from 'tsx/esm/api'

register()
await import('./fake-operator.ts')
