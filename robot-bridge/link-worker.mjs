// Entry of the thread of the link.
import '../typescript.mjs'

await import('./link-worker.ts')
