// The same bytes in a browser: the studio shows what the policy sees, and data recorded in one place is data everywhere.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { TASKS } from '../tasks/index.ts'
import { CHROMIUM, isChromiumThere } from './chromium.ts'
import { SAMPLE_TASK, samplePictures } from './sample-pictures.ts'

const isThere = await isChromiumThere()

it.runIf(process.env.CI)('Chromium is there when all tests have to run', () => {
  expect(isThere).toBe(true)
})

describe.skipIf(!isThere)(`in Chromium${isThere ? '' : ` (skipped: no ${CHROMIUM})`}`, () => {
  it('every pixel and every depth of every task is the same to the last bit as in Node', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tenon-chromium-'))
    try {
      const entryPoints = [join(import.meta.dirname, 'page.ts')]
      await build({ entryPoints, bundle: true, format: 'iife', outfile: join(folder, 'page.js'), logLevel: 'error' })
      await writeFile(join(folder, 'page.html'), '<!doctype html><body><script src="page.js"></script></body>')
      const lines = await readPage(folder)
      const pictures = samplePictures([SAMPLE_TASK, ...Object.values(TASKS)])
      expect(lines).toHaveLength(2 * pictures.length)
      for (const [i, { name, rgbd }] of pictures.entries()) {
        const colour = Buffer.from(lines[2 * i] as string, 'hex')
        const depth = Buffer.from(lines[2 * i + 1] as string, 'hex')
        expect([name, colour.equals(rgbd.rgb)]).toEqual([name, true])
        expect([name, depth.equals(new Uint8Array(rgbd.depth.buffer))]).toEqual([name, true])
      }
    } finally {
      // A browser that is still going down may write once more.
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    }
    // A browser's start takes seconds by itself, and more on a busy machine.
  }, 120_000)
})

/** Lines of text in the page's body after its script has run. */
async function readPage(folder: string): Promise<string[]> {
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    `--user-data-dir=${join(folder, 'profile')}`,
    '--dump-dom',
  ]
  const page = `file://${join(folder, 'page.html')}`
  const { stdout } = await promisify(execFile)(CHROMIUM, [...flags, page], { maxBuffer: 2 ** 26, timeout: 100_000 })
  const body = /<body>([0-9a-f\n]*)<\/body>/.exec(stdout)?.[1]
  if (body === undefined) throw new Error(`expected a body of hexadecimal lines, got ${stdout.slice(0, 500)}`)
  return body.split('\n')
}
