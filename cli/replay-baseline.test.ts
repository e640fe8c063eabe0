import { expect, test } from 'vitest'
import { identityPose, makePose } from '../geometry/index.ts'
import { baselinePredictor, type ReplayDemonstration } from './replay-baseline.ts'

/** Sinks by 10 mm/s from `height`, m, for six seconds. */
function sinking(height: number): ReplayDemonstration {
  const stamps = Array.from({ length: 61 }, (_, i) => i / 10)
  const poses = stamps.map((time) => makePose([0, 0, height - 0.01 * time]))
  return { stamps, eeInBase: poses, sourceInTarget: poses, targetInBase: identityPose() }
}

const heights = (chunk: readonly { position: readonly number[] }[]) => chunk.map(({ position }) => position[2])

test('a replayed demonstration is where it was after as much time as has passed, whatever is seen since', async () => {
  const predictor = baselinePredictor('controlled', [sinking(0.1), sinking(0.06)])
  predictor.begin(0)
  const first = heights(await predictor.predict({ sourceInTarget: makePose([0, 0, 0.062]), confidence: 1, stamp: 7 }))
  expect(first).toHaveLength(20)
  expect(first[0]).toBeCloseTo(0.059, 9)
  expect(first[19]).toBeCloseTo(0.04, 9)
  // Plans are made from what was seen a latency ago: less than five poses after the last.
  const seen = { sourceInTarget: makePose([0.01, 0, 0.09]), confidence: 1, stamp: 7.4667 }
  expect(heights(await predictor.predict(seen))[0]).toBeCloseTo(0.06 - 0.01 * 0.5667, 9)
  predictor.begin(0)
  expect(heights(await predictor.predict({ ...seen, stamp: 20 }))[0]).toBeCloseTo(0.1 - 0.001, 9)
})

test('the servo goes straight from what is seen, at the pace of the demonstrations', async () => {
  const predictor = baselinePredictor('servo', [sinking(0.06)])
  predictor.begin(0)
  const chunk = heights(await predictor.predict({ sourceInTarget: makePose([0, 0, 0.03]), confidence: 1 }))
  // 60 mm in six seconds: 1 mm each tenth of a second, and no further than the end.
  expect(chunk[0]).toBeCloseTo(0.029, 9)
  expect(chunk[19]).toBeCloseTo(0.01, 9)
})
