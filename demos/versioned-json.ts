// JSON that carries its own format version, which must be known before the other keys mean anything.
import { z } from 'zod'
import { check } from './check.ts'
import { FORMAT_VERSION } from './episode.ts'
import { messageOf } from './errors.ts'

/** Throws an Error, whose message is fit to follow the name of the file, for anything but a valid `schema`. */
export function parseVersionedJson<T>(text: string, schema: z.ZodType<T>): T {
  const value = parseJson(text)
  const { formatVersion } = z.looseObject({ formatVersion: z.unknown() }).safeParse(value).data ?? {}
  if (typeof formatVersion === 'number' && formatVersion !== FORMAT_VERSION) {
    const advice = formatVersion > FORMAT_VERSION ? '; a newer tenon wrote it: update this one' : ''
    throw new Error(`formatVersion: expected ${FORMAT_VERSION}, got ${formatVersion}${advice}`)
  }
  const checked = check(schema, value)
  if (checked.problem !== undefined) throw new Error(checked.problem)
  return checked.data
}

/** As JSON.parse, but with a message that says what was being read. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`expected JSON: ${messageOf(cause)}`, { cause })
  }
}
