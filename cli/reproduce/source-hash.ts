// Which version of the code a result is of. What a reader alone sees of a file, comments, layout and types, is left out of
// the hash: a better sentence should not cost a week of measuring.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { stop, transform } from 'esbuild'

/** What laboratories import, but only draw with, or for real robots: a chart should not cost a night. */
const INDIFFERENT = /^(cli\/report|cli\/record-ros|robot-bridge)\//

/** A relative path to source code in quotes, as imports and the entries of threads have it. */
const SOURCE_PATH = /'(\.{1,2}\/[^'\n]+\.(?:ts|mjs))'/g
const TYPE_IMPORT = /^(?:import|export) type (?:\{[^}]*\}|\* as \w+|\w+) from '[^']*'/gm

/** Of all that decides the results of a laboratory. */
export const hashSources = (): Promise<string> =>
  hashFrom('cli/reproduce/laboratory.ts', new URL('../..', import.meta.url))

/**
 * Of the libraries, and of the code in `entry` and all that it comes to import, as it is run. `entry` is a path in the
 * folder `root`, which has a package-lock.json. Throws when a file is missing.
 */
export async function hashFrom(entry: string, root: URL): Promise<string> {
  const codes = new Map<string, string>()
  const gather = async (url: URL): Promise<void> => {
    const name = url.href.slice(root.href.length)
    if (codes.has(name) || INDIFFERENT.test(name)) return
    const text = await readFile(url, 'utf8')
    codes.set(name, await asRun(text))
    for (const [, path] of text.replace(TYPE_IMPORT, '').matchAll(SOURCE_PATH)) await gather(new URL(path ?? '', url))
  }
  await gather(new URL(entry, root))
  const hash = createHash('sha256')
  for (const name of [...codes.keys()].sort()) hash.update(`${name}\n`).update(codes.get(name) ?? '')
  return hash.update(await readFile(new URL('package-lock.json', root))).digest('hex')
}

/** A file that is being written to may be no TypeScript for the moment: it is another version all the same. */
async function asRun(text: string, retry = true): Promise<string> {
  try {
    return (await transform(text, { loader: 'ts', minifyWhitespace: true, legalComments: 'none', logLevel: 'silent' }))
      .code
  } catch (cause) {
    if (isSyntaxError(cause)) return text
    if (!retry) throw cause
    // Ctrl-C in a terminal ends the process of esbuild, too. Once it is told to stop, it begins another.
    await stop()
    return asRun(text, false)
  }
}

const isSyntaxError = (cause: unknown): boolean => cause instanceof Error && 'errors' in cause
