// Profiles from files: the ready ones by name, others by path.
import { readdir, readFile } from 'node:fs/promises'
import { z } from 'zod'
import { Profile } from './profile.ts'

const READY = new URL('profiles/', import.meta.url)
const SUFFIX = '.json'

/** A profile that is not there, or not right; the message names the file, the field and what was expected. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError'
}

/** Names of the profiles that come with tenon, in alphabetical order. */
export async function readyProfiles(): Promise<string[]> {
  const files = (await readdir(READY)).filter((file) => file.endsWith(SUFFIX))
  return files.map((file) => file.slice(0, -SUFFIX.length)).sort()
}

/**
 * A ready profile by its name, or one of your own by its path: whatever ends in .json or has a slash in it. Throws a
 * ProfileError.
 */
export async function loadProfile(nameOrPath: string): Promise<Profile> {
  if (nameOrPath.endsWith(SUFFIX) || /[\\/]/.test(nameOrPath)) return parseProfile(await read(nameOrPath), nameOrPath)
  const ready = await readyProfiles()
  if (!ready.includes(nameOrPath)) {
    throw new ProfileError(
      `no profile is called "${nameOrPath}"; ready ones: ${ready.join(', ')}; your own goes by its path, like ./my-arm.json`,
    )
  }
  return parseProfile(await readFile(new URL(nameOrPath + SUFFIX, READY), 'utf8'), nameOrPath + SUFFIX)
}

/** The profile in a JSON text; errors begin with `file`. Throws a ProfileError. */
export function parseProfile(text: string, file: string): Profile {
  const result = Profile.safeParse(parseJson(text, file))
  if (result.success) return result.data
  throw new ProfileError(
    `${file}: ${z.prettifyError(result.error)}\ncorrect it; docs/profiles.md says what each field means`,
  )
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new ProfileError(missing ? `${path}: there is no such file` : `${path}: ${(cause as Error).message}`, {
      cause,
    })
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ProfileError(`${file}: this is no JSON: ${(cause as Error).message}`, { cause })
  }
}
