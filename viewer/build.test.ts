import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { buildPage } from './build.ts'

/** A page of a few lines, within the repository as it needs its packages, where nobody looks for tests. */
async function smallPage() {
  const runs = join(import.meta.dirname, '..', 'runs')
  await mkdir(runs, { recursive: true })
  const root = await mkdtemp(join(runs, 'build-test-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const [page, out] = [join(root, 'page'), join(root, 'dist')]
  await mkdir(page)
  const files = {
    'package-lock.json': '{}',
    'shared.ts': 'export const shared: string = "shared text"',
    'unused.ts': 'export const unused = "unused text"',
    'page/index.html': '<!doctype html><body><script type="module" src="./main.tsx"></script></body>',
    'page/main.tsx':
      'import { render } from "preact"\nimport { shared } from "../shared.ts"\nimport "./style.css"\nrender(<p class="x">{shared}</p>, document.body)',
    'page/style.css': 'body { margin: 7px }',
    'page/main.test.ts': 'throw new Error("a test is no part of the page")',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text)
  /** Text of the one file that is built with this ending. */
  const written = async (ending: string) => {
    const names = (await readdir(join(out, 'assets'))).filter((name) => name.endsWith(ending))
    expect(names).toHaveLength(1)
    return readFile(join(out, 'assets', names[0] as string), 'utf8')
  }
  return { root, out, written, build: () => buildPage({ root, page, out }) }
}

test('a page is built with what it imports, and names that change with the content', async () => {
  const { out, build, written } = await smallPage()
  expect(await build()).toEqual({ folder: out, isNew: true })
  const html = await readFile(join(out, 'index.html'), 'utf8')
  expect(html).toMatch(/src="\.\/assets\/index-[\w-]{8}\.js"/)
  expect(html).not.toMatch(/<script[^>]*>[^<]/)
  const script = await written('.js')
  expect(await written('.css')).toContain('margin:7px')
  expect(script).toContain('shared text')
  expect(script).not.toContain('fileName')
})

test('it is built again when a source has another content, wherever that lies, and only then', async () => {
  const { root, build, written } = await smallPage()
  await build()
  expect((await build()).isNew).toBe(false)

  await utimes(join(root, 'shared.ts'), new Date(), new Date())
  await writeFile(join(root, 'unused.ts'), 'export const unused = "other text"')
  await writeFile(join(root, 'page/main.test.ts'), '')
  expect((await build()).isNew).toBe(false)

  await writeFile(join(root, 'shared.ts'), 'export const shared = "other shared text"')
  expect((await build()).isNew).toBe(true)
  expect(await written('.js')).toContain('other shared text')

  await writeFile(join(root, 'page/more.ts'), '')
  expect((await build()).isNew).toBe(true)
  await rm(join(root, 'page/more.ts'))
  expect((await build()).isNew).toBe(true)
  await writeFile(join(root, 'package-lock.json'), '{ "other": "versions" }')
  expect((await build()).isNew).toBe(true)
  expect((await build()).isNew).toBe(false)
})

test('a page of which something is missing, or nobody can tell what it was made of, is built again', async () => {
  const { out, build } = await smallPage()
  await build()
  await writeFile(join(out, '.sources.json'), '{ "cut')
  expect((await build()).isNew).toBe(true)
  await rm(join(out, 'index.html'))
  expect((await build()).isNew).toBe(true)
  expect((await build()).isNew).toBe(false)
})

test('what is written while it is built is there the next time at the latest', async () => {
  const { root, build, written } = await smallPage()
  const building = build()
  await writeFile(join(root, 'page/style.css'), 'body { margin: 8px }')
  await building
  await build()
  expect(JSON.stringify(await written('.css'))).toContain('margin:8px')
  expect((await build()).isNew).toBe(false)
})

test('a page that cannot be built leaves the last one where it was, and nothing else', async () => {
  const { root, out, build, written } = await smallPage()
  await build()
  const before = await written('.js')
  await writeFile(join(root, 'page/main.tsx'), 'import { none } from "./nowhere.ts"\nalert(none)')
  await expect(build()).rejects.toThrow('nowhere.ts')
  expect(await written('.js')).toEqual(before)
  expect((await readdir(root)).sort()).toEqual(['dist', 'package-lock.json', 'page', 'shared.ts', 'unused.ts'])
  expect((await stat(out)).isDirectory()).toBe(true)
})

test('two that build at once leave one whole page', async () => {
  const { root, out, build } = await smallPage()
  await Promise.all([build(), buildPage({ root, page: join(root, 'page'), out })])
  expect(await readFile(join(out, 'index.html'), 'utf8')).toContain('assets/index-')
  expect((await build()).isNew).toBe(false)
})
