import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { TENON } from './child.ts'

const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
const LENGTH = 300_000
const PROGRAM = `
await import(${url('../typescript.mjs')})
const { Command } = await import('commander')
const { runToExit } = await import(${url('./exit.ts')})
const { answer } = await import(${url('./terminal.ts')})
await runToExit(async () => new Command().action(() => answer('x'.repeat(${LENGTH}))))
`

test('an answer longer than a pipe holds arrives whole, however late its reader', { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await setTimeout(1500)
  expect(JSON.parse(await text(child.stdout))).toHaveLength(LENGTH)
})

test.each(['20.5.1', '22.11.0', '18.20.0'])('Node.js %s, which cannot load it, is told which one can', async (node) => {
  const disguise = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${node}' } })`
  const child = spawn(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(disguise)}`, TENON])
  expect(await text(child.stderr)).toBe(`tenon needs Node.js 20.19, 22.12 or newer: this is ${node}\n`)
})
