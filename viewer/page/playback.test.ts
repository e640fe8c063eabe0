import { expect, test } from 'vitest'
import { makePose } from '../../geometry/index.ts'
import { advance, curvesOf, frameAt, gateOnFrames, lengthOf, moveHandle, step } from './playback.ts'

const track = { stamps: [0, 0.1, 0.2, 0.5] }

test('time runs at the chosen speed and stays at the end', () => {
  expect(advance(track, 0.1, 0.1, 2).time).toBeCloseTo(0.3)
  expect(advance(track, 0.4, 1, 1)).toEqual({ time: 0.5, ended: true })
  expect(lengthOf({ stamps: [] })).toBe(0)
})

test('the frame of a moment is the last one not after it', () => {
  expect([0, 0.05, 0.1, 0.49, 0.5, 9].map((time) => frameAt(track, time))).toEqual([0, 0, 1, 2, 3, 3])
})

test('steps go frame by frame and stay inside', () => {
  expect([step(track, 0.15, 1), step(track, 0.5, 1), step(track, 0.5, -1), step(track, 0, -1)]).toEqual([
    0.2, 0.5, 0.2, 0,
  ])
})

test('trim handles neither cross nor leave the track', () => {
  expect(moveHandle([1, 4], 'from', -1, 5)).toEqual([0, 4])
  expect(moveHandle([1, 4], 'from', 9, 5)).toEqual([3.9, 4])
  expect(moveHandle([1, 4], 'to', 0, 5)).toEqual([1, 1.1])
  expect(moveHandle([1, 4], 'to', 9, 5)).toEqual([1, 5])
})

test('height and offset are in millimetres', () => {
  const curves = curvesOf({
    ...{ title: '', task: '', clearanceMm: 1, chamferMm: 1, stamps: [0], chunks: [], gates: [], outcome: null },
    ...{ targetInBase: makePose([0, 0, 0]), eeInSource: makePose([0, 0, 0]), forces: [7] },
    sourceInTarget: [makePose([0.003, 0.004, 0.02])],
  })
  expect(curves).toEqual({ height: [20], offset: [5], force: [7] })
})

test('a gate holds until the next chunk, and is unknown before the first', () => {
  const gate = (stamp: number, mean: number) => ({ stamp, mean, low: 0, high: 1 })
  expect(gateOnFrames({ ...track, gates: [gate(0.1, 0.5), gate(0.2, 0.7)] })).toEqual([null, 0.5, 0.7, 0.7])
  expect(gateOnFrames({ ...track, gates: [] })).toEqual([null, null, null, null])
})
