// What goes wrong with recorded data, in words for the person who owns it.

/** A file that is no (readable) episode, or a frame that must not be recorded. The message starts with the file. */
export class EpisodeError extends Error {
  override readonly name = 'EpisodeError'
}

/** A folder that is no (usable) dataset. The message names the folder and what to do. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError'
}

/** The message of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** `ENOENT` and the like, when the system gave one. */
export const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)
