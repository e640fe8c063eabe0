// Files that are never half there.
import { open, rename, rm } from 'node:fs/promises'

/** What an unfinished file's name ends with. */
export const PART_SUFFIX = '.part'

/**
 * Writes a file under a temporary name and renames it, so that under its own it is whole or not there, after a power cut
 * too. Throws the file system's error, and leaves nothing behind then.
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = path + PART_SUFFIX
  try {
    const file = await open(temporary, 'w')
    try {
      await file.writeFile(content)
      // On disk before it takes the name: a power cut must not leave an empty file under it.
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {})
    throw cause
  }
}
