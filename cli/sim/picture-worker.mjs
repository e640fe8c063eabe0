// Entry of the thread that draws pictures.
import '../../typescript.mjs'

await import('./picture-worker.ts')
