// Entry of the thread that writes pictures in tests.
import '../typescript.mjs'

await import('./fake-picture-writer.ts')
