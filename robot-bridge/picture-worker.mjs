// Entry of the thread of the pictures.
import '../typescript.mjs'

await import('./picture-worker.ts')
