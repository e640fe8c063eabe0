// Builds the page, where what it is made of has changed since the last time.
//
// Its sources are listed in the built folder with their digests: all of viewer/page, and whatever of the rest vite found
// that they import. New files get in by an import in a file that is listed.
import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** In the built folder; it is not served. */
const SOURCES = '.sources.json'
/** Instead of the digest of a file that was written while the page was built. */
const CHANGING = 'changed meanwhile'
/** Digest by path, relative to the root; null: not there. */
type Digests = Record<string, string | null>

export interface BuildOptions {
  /** of everything that the page may import; default: the repository */
  root?: string
  /** folder of index.html, within the root */
  page?: string
  /** where the built page goes */
  out?: string
}

export interface Built {
  /** folder with the page */
  folder: string
  /** whether it had to be built */
  isNew: boolean
}

/** Throws vite's error for a page that cannot be built; the last one that could stays then. */
export async function buildPage({
  root = ROOT,
  page = join(ROOT, 'viewer', 'page'),
  out = join(ROOT, 'viewer', 'dist'),
}: BuildOptions = {}): Promise<Built> {
  if (await isUpToDate(root, page, out)) return { folder: out, isNew: false }
  const fresh = temporaryBeside(out)
  try {
    const begin = Date.now()
    const imported = await runVite(page, fresh)
    const sources = [...(await filesOf(page)), ...imported, ...tools(root)]
    const digests = await digestsOf(root, sources)
    // Nobody knows whether the old or the new content went into it: it is built again the next time.
    for (const path of await changedSince(begin, root, Object.keys(digests))) digests[path] = CHANGING
    await writeFile(join(fresh, SOURCES), JSON.stringify(digests, null, 1))
    await replace(out, fresh)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  return { folder: out, isNew: true }
}

const temporaryBeside = (folder: string): string => `${folder}-${randomBytes(4).toString('hex')}.tmp`

/** What builds the page is one of its sources. */
const tools = (root: string): string[] => [join(root, 'package-lock.json'), fileURLToPath(import.meta.url)]

async function isUpToDate(root: string, page: string, out: string): Promise<boolean> {
  const built = await builtFrom(out)
  if (!built) return false
  const now = await digestsOf(root, [...Object.keys(built).map((path) => join(root, path)), ...(await filesOf(page))])
  return (
    Object.keys(now).length === Object.keys(built).length && Object.keys(now).every((key) => now[key] === built[key])
  )
}

/** Undefined for a page that is not there, or of which nobody can tell any more what it was made of. */
async function builtFrom(out: string): Promise<Digests | undefined> {
  try {
    await stat(join(out, 'index.html'))
    return JSON.parse(await readFile(join(out, SOURCES), 'utf8'))
  } catch {
    return undefined
  }
}

async function digestsOf(root: string, paths: readonly string[]): Promise<Digests> {
  const unique = [...new Set(paths)].sort()
  const digests = await Promise.all(
    unique.map(async (path) => [
      relative(root, path).split(sep).join('/'),
      await readFile(path).then(
        (content) => createHash('sha256').update(content).digest('base64url'),
        () => null,
      ),
    ]),
  )
  return Object.fromEntries(digests)
}

async function changedSince(time: number, root: string, paths: readonly string[]): Promise<string[]> {
  const isNewer = (path: string) =>
    stat(join(root, path)).then(
      ({ mtimeMs }) => mtimeMs >= time,
      () => true,
    )
  const newer = await Promise.all(paths.map(isNewer))
  return paths.filter((_, i) => newer[i])
}

/** But for tests. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
}

/** Returns the files of ours that went into it. */
async function runVite(page: string, out: string): Promise<string[]> {
  // Half a second that a page which is up to date does without.
  const { build } = await import('vite')
  const imported = new Set<string>()
  await build({
    configFile: false,
    envDir: false,
    mode: 'production',
    // A NODE_ENV of whoever builds it is not the page's.
    define: { 'process.env.NODE_ENV': '"production"' },
    root: page,
    base: './',
    publicDir: false,
    logLevel: 'silent',
    plugins: [notingModules(imported)],
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
    build: {
      outDir: out,
      emptyOutDir: true,
      target: 'es2022',
      // What is inlined is no file that a content security policy knows.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      chunkSizeWarningLimit: 2000,
    },
  })
  return [...imported]
}

const notingModules = (imported: Set<string>): Plugin => ({
  name: 'tenon-sources',
  moduleParsed({ id }) {
    const path = id.replace(/[?#].*$/, '')
    if (!path.includes('node_modules') && !path.startsWith('\0')) imported.add(path)
  },
})

/** Puts the folder in the other's place: whoever looks finds the old one or the new one, but for an instant. */
async function replace(old: string, fresh: string): Promise<void> {
  const aside = temporaryBeside(old)
  for (let attempt = 0; ; attempt++) {
    await rename(old, aside).catch((error) => {
      if (error.code !== 'ENOENT') throw error
    })
    try {
      await rename(fresh, old)
      return
    } catch (error) {
      // Another studio that was started at the same time has put its own there.
      const isTaken = await stat(old).then(
        () => true,
        () => false,
      )
      if (!isTaken || attempt >= 5) throw error
    } finally {
      await rm(aside, { recursive: true, force: true })
    }
  }
}
