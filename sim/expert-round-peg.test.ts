// Ten demonstrations, in a file of their own because tests run in parallel by file.
import { describe, expect, it } from 'vitest'
import { failingSeeds } from './expert-episode.ts'
import { findTask } from './tasks/index.ts'

const SEEDS = Array.from({ length: 5 }, (_, i) => i)

describe('the expert with the round-peg', () => {
  it.each([
    [0.1, 0],
    [0.01, 5],
  ])('seats at %d mm, in time and gently, with each of five seeds from %i on', async (mm, first) => {
    const seeds = SEEDS.map((i) => first + i)
    expect(await failingSeeds(findTask('round-peg'), mm, seeds)).toEqual([])
  })
})
