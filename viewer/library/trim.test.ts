import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  exampleFrames,
  exampleMetadata,
  exampleOutcome,
  framesWithPictures,
  temporaryFolder,
} from '../../demos/example-episode.ts'
import { type Episode, type Frame, readEpisode } from '../../demos/index.ts'
import { isPartOf, trim, writeTrimmed } from './trim.ts'

/** 51 frames at 10 Hz, 5 s; seated after 4.2 s. */
const whole: Episode = {
  path: 'data/episodes/000003.mcap',
  metadata: exampleMetadata,
  frames: exampleFrames(51),
  outcome: exampleOutcome,
  dropped: undefined,
}

describe('the outcome is true of what is left', () => {
  test.each([
    ['the seat is nearer to a later start', 1, 5, { seated: true, seatSeconds: 3.2, reason: 'seated' }],
    ['what comes after the seat may go', 0, 4.5, { seated: true, seatSeconds: 4.2 }],
    [
      'without the seat it is not seated',
      0,
      4.1,
      { seated: false, seatSeconds: null, reason: 'cut off before it seated' },
    ],
    ['after the seat it is seated from the first frame', 4.5, 5, { seated: true, seatSeconds: 0 }],
  ])('%s', (_, from, to, expected) => {
    const { outcome } = trim(whole, from, to)
    expect({ ...outcome, seatSeconds: outcome.seatSeconds && Number(outcome.seatSeconds.toFixed(9)) }).toMatchObject(
      expected,
    )
  })

  test('a seat just after the last frame is kept with it', () => {
    const late = { ...whole, outcome: { ...exampleOutcome, seatSeconds: 5.02 } }
    expect(trim(late, 0, 5).outcome).toMatchObject({ seated: true, seatSeconds: 5.02 })
    expect(trim(late, 0, 4.9).outcome).toMatchObject({ seated: false, seatSeconds: null })
  })

  test('the peak force stays with its frame, else it is the largest that is left', () => {
    const force = (i: number) => (i === 40 ? 11 : i === 20 ? 5 : 0)
    const felt = whole.frames.map(
      (frame, i): Frame => ({ ...frame, wrench: { force: [0, 0, force(i)], torque: [0, 0, 0] } }),
    )
    expect(trim({ ...whole, frames: felt }, 3, 5).outcome.peakForceN).toBe(12.5)
    expect(trim({ ...whole, frames: felt }, 0, 3).outcome.peakForceN).toBe(5)
  })
})

test('too little, and a recording without an end, are refused with what there is', () => {
  expect(() => trim(whole, 1.01, 1.15)).toThrow('at least two frames between 1.01 s and 1.15 s, got 1; it lasts 5.00 s')
  expect(() => trim(whole, 6, 9)).toThrow('got 0')
  expect(() => trim({ ...whole, outcome: undefined }, 0, 5)).toThrow('was not finished')
})

test('written and read again it has its frames, pictures and metadata, and knows what it is part of', async () => {
  const frames = framesWithPictures(51)
  const part = trim({ ...whole, frames }, 1, 4.5)
  const path = join(await temporaryFolder(), '000003.mcap')
  await writeTrimmed(path, part)
  const read = await readEpisode(path)
  expect(read.frames).toHaveLength(36)
  expect(read.frames.map(({ stamp }) => stamp)).toEqual(frames.slice(10, 46).map(({ stamp }) => stamp))
  expect(read.frames[4]?.rgbd?.rgb).toEqual(frames[14]?.rgbd?.rgb)
  expect(read.frames[4]?.rgbd?.depth).toEqual(frames[14]?.rgbd?.depth)
  expect(read.frames.map(({ rgbd }) => rgbd !== undefined)).toEqual(part.frames.map((_, i) => i % 2 === 0))
  expect(read.metadata).toEqual({
    ...exampleMetadata,
    settings: { ...exampleMetadata.settings, trimmedFrom: 1, trimmedTo: 4.5 },
  })
  expect(isPartOf(read, whole)).toBe(true)
  expect(isPartOf(whole, whole)).toBe(false)
  expect(isPartOf(read, { metadata: { ...exampleMetadata, seed: 8 } })).toBe(false)
  // Cut once more it counts from the whole one's start.
  expect(trim(read, 0.5, 3).metadata.settings).toMatchObject({ trimmedFrom: 1.5, trimmedTo: 4 })
  expect(isPartOf(trim(read, 0.5, 3), read)).toBe(true)
})
