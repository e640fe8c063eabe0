// What a person did wrong is a UserError, whoever found out: a path, a name or a number that they chose.
import { UserError } from '../../cli/errors.ts'

/** Errors that say what is wrong, to a person. */
const SPEAKING = new Set(['DatasetError', 'EpisodeError', 'CheckpointError', 'RangeError', 'BridgeError', 'ViewError'])

export async function inWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Error && SPEAKING.has(error.name))) throw error
    throw new UserError(error.message, { cause: error })
  }
}
