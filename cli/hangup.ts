// Whoever started this goes away: a terminal, as when the connection to the machine drops, or the studio, of whose jobs it
// is one. What is done is put away as by a polite kill, and an arm is left standing.
import { EXIT } from './errors.ts'
import { interruption } from './interrupt.ts'

/** What the studio says over the channel to end a job where signals end it without a word. */
export const STOP = 'stop'

export function endWithStarter(): void {
  const end = () => {
    // Nothing to put away: no verb listens.
    if (process.listenerCount('SIGTERM') === 0) process.exit(EXIT.interrupted)
    // A second signal leaves at once. But a connection that drops hangs up twice, the kernel on the program in front and the
    // shell on its jobs; and a studio that is killed has asked its jobs to end already.
    if (!interruption().aborted) process.emit('SIGTERM')
  }
  process.on('SIGHUP', end)
  if (!process.channel) return
  process.on('message', (message) => message === STOP && end())
  process.on('disconnect', end)
  // It keeps nobody from ending by himself.
  process.channel.unref()
}
