// The test of the expert with one task. Each task has a file of its own, because tests run in parallel by file.
import { describe, expect, it } from 'vitest'
import { failingSeeds } from './expert-episode.ts'
import { findTask } from './tasks/index.ts'

export function tryExpert(name: string): void {
  describe(`the expert with the ${name}`, () => {
    it.each([
      [0.1, [0, 1, 2]],
      [0.01, [5, 6, 7]],
    ])('seats at %d mm, in time and gently, with seeds %j', async (mm, seeds) => {
      expect(await failingSeeds(findTask(name), mm, seeds)).toEqual([])
    })
  })
}
