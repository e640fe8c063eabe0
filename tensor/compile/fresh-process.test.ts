import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
const PROGRAM = `
await import(${url('../../typescript.mjs')})
const tf = await import('@tensorflow/tfjs')
const { build } = await import(${url('./index.ts')})
build(({ x }) => ({ y: tf.neg(x) }), { x: { shape: [2] } })
process.stdout.write(String(tf.add(tf.tensor1d([1, 2]), 1).dataSync()))
process.exit(0)
`

it('after compiling, tfjs computes, also when nothing has run on it before', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    cwd: new URL('.', import.meta.url),
  })
  expect(stdout).toBe('2,3')
}, 60_000)
