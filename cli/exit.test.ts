import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'

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
