// The same seed gives the same bytes: in this process, in every process, on every machine.
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { TASKS, type Task } from '../tasks/index.ts'
import { SAMPLE_TASK, samplePictures } from './sample-pictures.ts'

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const hashes = (tasks: readonly Task[]) =>
  samplePictures(tasks).map(({ name, rgbd: { rgb, depth } }) => ({
    name,
    rgb: hash(rgb),
    depth: hash(new Uint8Array(depth.buffer)),
  }))

describe('pictures', () => {
  it('of every task are the same bytes each time, from scenes built anew', () => {
    const tasks = Object.values(TASKS)
    expect(hashes(tasks)).toEqual(hashes(tasks))
  })

  it('are the bytes that they were when this was written', () => {
    // A change here changes every picture that a policy was trained on: update it knowingly.
    expect(hashes([SAMPLE_TASK])).toMatchInlineSnapshot(`
      [
        {
          "depth": "a1e4d97300c6c76525ebcc754ceb51827a6e12443649c2cf2a3a6970bca1cbeb",
          "name": "sample",
          "rgb": "36621dbf7e36aef120dbe99a5216038e5c6cf65b9d31295f371e1ec850b4a123",
        },
      ]
    `)
  })
})
