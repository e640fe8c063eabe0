// Ten demonstrations, in a file of their own because tests run in parallel by file.
import { describe, expect, it } from 'vitest'
import { failingSeeds } from './expert-episode.ts'
import { findTask } from './tasks/index.ts'

/** Clearances and seeds: two demonstrations at a time. */
const PAIRS = [0, 2, 4, 6, 8].map((first) => [first < 5 ? 0.1 : 0.01, first] as const)

describe('the expert with the two-pin', () => {
  it.each(PAIRS)('seats at %d mm, in time and gently, with two seeds from %i on', async (mm, first) => {
    expect(await failingSeeds(findTask('two-pin'), mm, [first, first + 1])).toEqual([])
  })
})
