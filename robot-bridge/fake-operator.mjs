// Entry of a thread that stands for a controller's process in tests.
import '../typescript.mjs'

await import('./fake-operator.ts')
