import { expect, test } from 'vitest'
import { axisAngleToQuat, compose, interpolateLinear, makePose, type Pose, poseDistance } from '../geometry/index.ts'
import { type HandEyeMoment, pairsAtRest } from './pairs-at-rest.ts'

const RATE = 30
const CAMERA = makePose([0, 0, 1], [1, 0, 0, 0])
const places = [
  makePose([0.4, 0, 0.3]),
  makePose([0.5, 0, 0.3], axisAngleToQuat([1, 0, 0], 0.5)),
  makePose([0.5, 0.1, 0.3], axisAngleToQuat([0, 1, 0], 0.5)),
]

/** An arm that goes from place to place, a second each, and rests there; the tracker is `latency` frames late. */
function recording(goes: readonly Pose[], restSeconds: number, latency = 0, jitter = 0): HandEyeMoment[] {
  const path = goes.flatMap((place, i) => {
    const next = goes[i + 1] ?? place
    return [
      ...Array.from({ length: Math.round(restSeconds * RATE) }, () => place),
      ...Array.from({ length: RATE }, (_, k) => interpolateLinear(place, next, (k + 1) / RATE)),
    ]
  })
  return path.map((eeInBase, i) => ({
    stamp: i / RATE,
    eeInBase,
    markerInCamera: compose(
      compose(CAMERA, path[Math.max(0, i - latency)] as Pose),
      makePose([jitter * (i % 2 === 0 ? 1 : -1), 0, 0]),
    ),
  }))
}

test('each place where the arm rests gives one pair, and the way there none', () => {
  // The last place is rested at to the end: as long again.
  const pairs = pairsAtRest(recording(places, 1))
  expect(pairs).toHaveLength(3)
  pairs.forEach(({ eeInBase }, i) => {
    expect(poseDistance(eeInBase, places[i] as Pose).translation).toBeLessThan(1e-9)
  })
})

test('a tracker that is late by 0.1 s has caught up: its poses belong to the place', () => {
  for (const { eeInBase, markerInCamera } of pairsAtRest(recording(places, 1, 3))) {
    const { translation, rotation } = poseDistance(markerInCamera, compose(CAMERA, eeInBase))
    expect(translation).toBeLessThan(1e-9)
    expect(rotation).toBeLessThan(1e-7)
  }
})

test('the mean over the rest is quieter than a frame', () => {
  // 1 mm up and down in turn: what is left is at most 1 mm over the number of moments.
  for (const { eeInBase, markerInCamera, moments } of pairsAtRest(recording(places, 1, 0, 1e-3))) {
    expect(moments).toBeGreaterThan(20)
    expect(poseDistance(markerInCamera, compose(CAMERA, eeInBase)).translation).toBeLessThan(1e-3 / 20)
  }
})

test('an arm that only pauses gives no pair', () => {
  const [a, b] = places as [Pose, Pose]
  const pausing = recording([a, b, a, b], 0.2)
  // The end is no pause: it stays there for a second.
  expect(pairsAtRest(pausing.slice(0, -RATE))).toEqual([])
})

test('a place that the arm returns to counts once', () => {
  const [a, b] = places as [Pose, Pose]
  expect(pairsAtRest(recording([a, b, a, b, a], 1))).toHaveLength(2)
})

test('nothing recorded, no pairs', () => {
  expect(pairsAtRest([])).toEqual([])
})
