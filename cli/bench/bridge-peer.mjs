// Entry of the other side of the bridge's benchmark: TypeScript is run as it is, through tsx.
import { register } from 'tsx/esm/api'

register()
await import('./bridge-peer.ts')
