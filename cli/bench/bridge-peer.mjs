// Entry of the other side of the bridge's benchmark.
import '../../typescript.mjs'

await import('./bridge-peer.ts')
