import { expect, test } from 'vitest'
import { makePose } from '../../../geometry/index.ts'
import type { EpisodeTrack } from '../../protocol/track.ts'
import { momentAt, tipsOf } from './playback.ts'

const track: EpisodeTrack = {
  title: 'one',
  task: 'round-peg',
  clearanceMm: 0.5,
  chamferMm: 0.5,
  stamps: [0, 0.5, 1],
  sourceInTarget: [makePose([0, 0, 0.04]), makePose([0, 0, 0.02]), makePose([0, 0, 0])],
  targetInBase: makePose([0.5, 0, 0.1]),
  // A half turn about x: the hand's z points down.
  eeInSource: makePose([0, 0, 0.12], [1, 0, 0, 0]),
  forces: [0, 2, 5],
  chunks: [
    { stamp: 0, interval: 0.1, poses: [makePose([0, 0, 0.03])] },
    { stamp: 0.6, interval: 0.1, poses: [makePose([0, 0, 0.01])] },
  ],
  gates: [],
  outcome: null,
}

test('between two frames the part stands between their poses', () => {
  const { placement, sourceInTarget, behind, force } = momentAt(track, 0.25)
  // Half of the way from 40 to 20 mm over the mouth, which is 100 mm over the table; the hand 120 mm above.
  expect(sourceInTarget.position[2]).toBeCloseTo(0.03, 12)
  expect(placement.sourceInBase.position).toEqual([0.5, 0, expect.closeTo(0.13, 12)])
  expect(placement.eeInBase.position).toEqual([0.5, 0, expect.closeTo(0.25, 12)])
  expect({ behind, force }).toEqual({ behind: 0, force: 0 })
})

test('the plan and the force are those of the last time they were told', () => {
  expect(momentAt(track, 0.59).chunk?.stamp).toBe(0)
  expect(momentAt(track, 0.6).chunk?.stamp).toBe(0.6)
  expect(momentAt(track, 0.99)).toMatchObject({ force: 2, behind: 1 })
})

test('before the start and after the end the ends are shown', () => {
  expect(momentAt(track, -1)).toMatchObject({ chunk: undefined, behind: 0, force: 0 })
  expect(momentAt(track, 9)).toMatchObject({ behind: 2, force: 5 })
  expect(momentAt(track, 9).sourceInTarget.position[2]).toBe(0)
})

test('where nobody felt a force none is told', () => {
  expect(momentAt({ ...track, forces: [] }, 0.7).force).toBeUndefined()
})

test('the way of the tip is in the base frame', () => {
  expect(tipsOf(track)).toEqual([0.14, 0.12, 0.1].map((z) => [0.5, 0, expect.closeTo(z, 12)]))
})
