// Ctrl-C: the first asks the work to put itself away, the second leaves at once.
import { EXIT } from './errors.ts'
import { say } from './terminal.ts'

let controller: AbortController | undefined

/** A signal that is aborted by Ctrl-C (or a polite kill). */
export function interruption(): AbortSignal {
  if (controller) return controller.signal
  controller = new AbortController()
  const onSignal = () => {
    if (controller?.signal.aborted) process.exit(EXIT.interrupted)
    say('\nstopping: putting away what is done (Ctrl-C again to leave at once)')
    controller?.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return controller.signal
}
