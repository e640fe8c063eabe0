import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { testFolder } from '../child.ts'
import { hashFrom } from './source-hash.ts'

const folder = await testFolder()
const FILES = {
  'package-lock.json': '{}',
  'entry.ts':
    "import { gain } from './gain.ts'\nexport const worker = new URL('./worker.ts', import.meta.url)\nexport { gain }\n",
  'gain.ts': '/** as measured */\nexport const gain: number = 2\n',
  'worker.ts': "export const rate = 20\nexport const unit = '// Hz'\n",
  'robot-bridge/link.ts': 'export const port = 9090\n',
}
type Files = Partial<Record<keyof typeof FILES, string>>

let count = 0
/** Of the files above, some of which are otherwise. */
async function hashWith(changed: Files = {}): Promise<string> {
  const root = join(folder, `version-${count++}`)
  await mkdir(join(root, 'robot-bridge'), { recursive: true })
  for (const [name, text] of Object.entries({ ...FILES, ...changed })) await writeFile(join(root, name), text)
  return hashFrom('entry.ts', pathToFileURL(`${root}/`))
}

const before = await hashWith()

test('the same code in another folder is the same', async () => {
  expect(await hashWith()).toBe(before)
})

test.each<[string, Files]>([
  ['a comment', { 'gain.ts': '// of a vendor\nexport const gain: number = 2 // per metre\n' }],
  ['a type', { 'gain.ts': 'export type Gain = number\nexport const gain: Gain = 2\n' }],
  ['the layout', { 'gain.ts': 'export const gain: number =\n  2\n\n' }],
  ['what is imported as a type', { 'entry.ts': `import type { port } from './robot-bridge.ts'\n${FILES['entry.ts']}` }],
  ['what is not imported', { 'robot-bridge/link.ts': 'export const port = 9091\n' }],
  ['a licence’s comment', { 'gain.ts': '/*! @license Apache-2.0 */\nexport const gain = 2\n' }],
])('%s does not count', async (_, changed) => {
  expect(await hashWith(changed)).toBe(before)
})

test.each<[string, Files]>([
  ['a number', { 'gain.ts': 'export const gain: number = 3\n' }],
  ['what a thread begins with', { 'worker.ts': 'export const rate = 30\n' }],
  ['a sentence that is printed', { 'worker.ts': "export const rate = 20\nexport const unit = '// kHz'\n" }],
  ['half a file', { 'gain.ts': 'export const gain: number = {' }],
  ['a library', { 'package-lock.json': '{"lockfileVersion":3}' }],
])('%s counts', async (_, changed) => {
  expect(await hashWith(changed)).not.toBe(before)
})

test('a type above the entry of a thread does not hide it', async () => {
  const entry = `export type Job = number\n${FILES['entry.ts'].split('\n')[1]}\n`
  const faster = { 'worker.ts': 'export const rate = 30\n' }
  expect(await hashWith({ 'entry.ts': entry, ...faster })).not.toBe(await hashWith({ 'entry.ts': entry }))
})

test('the bridge to real robots does not count, even when it is imported', async () => {
  const entry = `import './robot-bridge/link.ts'\n${FILES['entry.ts']}`
  const port = { 'robot-bridge/link.ts': 'export const port = 9091\n' }
  expect(await hashWith({ 'entry.ts': entry, ...port })).toBe(await hashWith({ 'entry.ts': entry }))
})

test('a file that is not there is an error', async () => {
  await expect(hashWith({ 'entry.ts': "import './gone.ts'\n" })).rejects.toThrow('gone.ts')
})
