// To be imported first by every entry, of a process or of a thread, which does not inherit it: TypeScript is run as it is,
// through tsx.
import { register } from 'tsx/esm/api'

register()
// With source maps on, Node reads that of every library, too: a quarter of a second at each start.
process.setSourceMapsEnabled(process.argv.includes('--debug'))
