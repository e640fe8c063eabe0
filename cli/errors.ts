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
}

/** Errors that say themselves what is wrong; anything else is a bug of ours. */
const SPEAKING = new Set([
  'UserError',
  'DatasetError',
  'EpisodeError',
  'CheckpointError',
  'RecordingError',
  'RangeError',
])

export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, path } = systemError(error)
  const known = code && SYSTEM[code]
  if (known) return path ? `${path}: ${known}` : known
  if (SPEAKING.has(error.name)) return error.message
  return `${error.message}\n(this looks like a bug in tenon: run again with --debug for the stack trace, and report it)`
}

/** The system error behind an error, through its causes. */
function systemError(error: Error): { code?: string; path?: string } {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code, path } = at as NodeJS.ErrnoException
    if (code && SYSTEM[code]) return { code, ...(path ? { path } : {}) }
  }
  return {}
}
