// Entry of a worker thread that runs episodes.
import '../typescript.mjs'

await import('./episode-worker.ts')
