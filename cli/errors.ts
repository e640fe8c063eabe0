// What goes wrong, and what the user is told: one sentence for a mistake or a fact of life, a stack trace only on request.

/** The user asked for something that cannot be; the message says what, and what to do. */
export class UserError extends Error {
  override readonly name = 'UserError'
}

/** Ctrl-C: the work was put away in good order. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

export const EXIT = { failure: 1, interrupted: 130 } as const

/** Messages of the system errors that users meet. */
const SYSTEM: Record<string, string> = {
  ENOSPC: 'the disk is full: free some space and try again',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  EDQUOT: 'the disk quota is used up: free some space and try again',
  EMFILE: 'too many open files',
  ENOTDIR: 'a file stands where a folder is expected',
  EISDIR: 'a folder stands where a file is expected',
  EFBIG: 'the file would grow beyond what is allowed here (see ulimit -f)',
}

/** Errors that say themselves what is wrong; anything else is a bug of ours. */
const SPEAKING = new Set([
  'Interrupted',
  'UserError',
  'CalibrationError',
  'DatasetError',
  'EpisodeError',
  'CheckpointError',
  'TrainingError',
  'RecordingError',
  'QueueFullError',
  'TooLargeError',
  'DeviceError',
  'RangeError',
  'ViewError',
  'ProfileError',
  'RosbridgeError',
  'BridgeError',
])

export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return (
    explained(error) ??
    `${error.message}\n(this looks like a bug in tenon: run again with --debug for the stack trace, and report it)`
  )
}

/** What a person is told of an error that is no bug; undefined for what looks like one. */
export function explained(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const system = systemError(error)
  const known = SYSTEM[system?.code ?? ''] ?? ''
  // An error of ours says what was being done: only the system's part of it is put into plain words.
  if (SPEAKING.has(error.name)) return system ? error.message.replace(system.message, known) : error.message
  if (system) return system.path ? `${system.path}: ${known}` : known
  return undefined
}

/** The system error behind an error, through its causes, if it is one that users meet. */
function systemError(error: Error): NodeJS.ErrnoException | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const system: NodeJS.ErrnoException = at
    if (system.code && SYSTEM[system.code]) return system
  }
  return undefined
}
