// Entry of the thread that reads and cuts episodes.
import '../../typescript.mjs'

await import('./desk-worker.ts')
