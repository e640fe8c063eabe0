import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { DISSOLVED, describeCoverage } from './coverage.ts'
import { lowerableKernels } from './lower.ts'
import { recordableKernels } from './record.ts'

const PAGE = fileURLToPath(new URL('../../docs/kernels.md', import.meta.url))

it('docs/kernels.md tells what can be compiled (if not: vitest -u writes it anew)', async () => {
  const page = await readFile(PAGE, 'utf8')
  const [before, rest] = splitAfter(page, / -->\n/)
  const [, after] = splitAfter(rest, /\n(?=<!-- \/generated)/)
  await expect(`${before}\n${describeCoverage()}\n\n${after}`).toMatchFileSnapshot(PAGE)
})

it('every kernel that is recorded has a lowering, or is known to dissolve', () => {
  const lowerable = new Set(lowerableKernels())
  expect(recordableKernels().filter((kernel) => !lowerable.has(kernel))).toEqual(Object.keys(DISSOLVED))
})

function splitAfter(text: string, mark: RegExp): [string, string] {
  const found = mark.exec(text)
  if (!found) throw new Error(`docs/kernels.md has lost its marker ${mark}`)
  const end = found.index + found[0].length
  return [text.slice(0, end), text.slice(end)]
}
