// A terminal that goes away, as when the connection to the machine drops: what is done is put away as by a polite kill, and
// an arm is left standing.
import { constants } from 'node:os'

/**
 * A dropped connection hangs up more than once, the kernel on the programs in front and the shell on its jobs: but the
 * first are passed over, for a second kill leaves at once.
 */
export function endWithTerminal(): void {
  let gone = false
  process.on('SIGHUP', () => {
    if (gone) return
    gone = true
    // Nothing to put away: no verb listens.
    if (!process.emit('SIGTERM')) process.exit(128 + constants.signals.SIGHUP)
  })
}
