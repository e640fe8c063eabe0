import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { PRESETS } from './config.ts'

/** `model.widths` and so on, each with the value as docs/settings.md writes it. */
function settingsOf(config: object, prefix = ''): [string, string][] {
  return Object.entries(config).flatMap(([key, value]) =>
    isGroup(value) ? settingsOf(value, `${prefix}${key}.`) : [[`${prefix}${key}`, written(value)]],
  )
}

const isGroup = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function written(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'number' ? String(Number(value.toPrecision(3))) : `\`${value}\``
}

/** What the tables of the page say: by preset, by setting. */
async function readPage(): Promise<Map<string, Map<string, string>>> {
  const page = await readFile(new URL('../docs/settings.md', import.meta.url), 'utf8')
  const presets = new Map(Object.keys(PRESETS).map((name) => [name, new Map<string, string>()]))
  let [prefix, columns]: [string, string[]] = ['', []]
  for (const line of page.split('\n')) {
    const [, first = '', ...rest] = line.split('|').map((cell) => cell.trim())
    const name = first.replaceAll('`', '')
    if (rest[0]?.startsWith('`edge-')) {
      columns = rest.flatMap((cell) => cell.match(/[a-z]+-[a-z]+/) ?? [])
      prefix = name
    } else if (first.startsWith('`')) {
      columns.forEach((preset, i) => {
        const number = Number(rest[i])
        presets.get(preset)?.set(`${prefix}${name}`, Number.isNaN(number) ? (rest[i] ?? '') : String(number))
      })
    }
  }
  return presets
}

test.each(Object.entries(PRESETS))('docs/settings.md has every setting of %s, with its value', async (name, preset) => {
  const page = (await readPage()).get(name)
  const settings = settingsOf(preset).filter(([setting]) => setting !== 'model.image')
  expect(Object.fromEntries(page ?? [])).toEqual(Object.fromEntries(settings))
})
