import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makePose, poseDistance, rotationVectorToQuat } from '../geometry/index.ts'
import { approach, frameAt } from './example-policy.ts'
import { cutWindows, relativeTrack } from './windows.ts'

/** Frame i at i/10 s with the source i mm along x of the target frame. */
const millimetres = (count: number) =>
  Array.from({ length: count }, (_, i) => frameAt(i / 10, makePose([i / 1000, 0, 0])))

/** Positions along x in mm. */
const alongX = (poses: readonly { position: readonly [number, number, number] }[]) =>
  poses.map(({ position }) => Number((position[0] * 1000).toFixed(6)))

test('a window sees one pose and holds the 20 that follow it', () => {
  const windows = cutWindows(millimetres(40), 20, 0.1)
  expect(windows).toHaveLength(40)
  const fifth = windows[5]
  expect(alongX([fifth?.observation ?? makePose([0, 0, 0])])).toEqual([5])
  expect(alongX(fifth?.actions ?? [])).toEqual(Array.from({ length: 20 }, (_, k) => 6 + k))
})

test('past the end of the episode the last pose repeats', () => {
  const windows = cutWindows(millimetres(6), 4, 0.1)
  expect(windows.map(({ actions }) => alongX(actions))).toEqual([
    [1, 2, 3, 4],
    [2, 3, 4, 5],
    [3, 4, 5, 5],
    [4, 5, 5, 5],
    [5, 5, 5, 5],
    [5, 5, 5, 5],
  ])
})

test('the poses of a chunk are a pose interval apart, whatever the camera rate', () => {
  // every second frame, and halfway between frames
  expect(alongX(cutWindows(millimetres(10), 3, 0.2)[1]?.actions ?? [])).toEqual([3, 5, 7])
  expect(alongX(cutWindows(millimetres(10), 3, 0.05)[1]?.actions ?? [])).toEqual([1.5, 2, 2.5])
})

test('time counts, not the number of frames: a frame that was lost is bridged', () => {
  const frames = millimetres(8).filter((_, i) => i !== 3)
  expect(alongX(cutWindows(frames, 4, 0.1)[1]?.actions ?? [])).toEqual([2, 3, 4, 5])
})

test('poses are of the source in the target frame, wherever the camera sees the two', () => {
  const sourceInTarget = makePose([0.01, 0.02, 0.03], rotationVectorToQuat([0.1, 0.2, 0.3]))
  const track = relativeTrack([frameAt(2.5, sourceInTarget)])
  expect(track.stamps).toEqual([2.5])
  const { translation, rotation } = poseDistance(track.poses[0] ?? makePose([1, 1, 1]), sourceInTarget)
  expect(translation).toBeLessThan(1e-12)
  expect(rotation).toBeLessThan(1e-12)
})

test('an episode without frames has no windows', () => {
  expect(cutWindows([], 4, 0.1)).toEqual([])
})

test('in every episode, action k of window i is the observation of window i + k + 1, or the last', () => {
  const shape = fc.record({
    seed: fc.integer({ min: 0, max: 1000 }),
    count: fc.integer({ min: 2, max: 15 }),
    T: fc.integer({ min: 1, max: 20 }),
  })
  fc.assert(
    fc.property(shape, ({ seed, count, T }) => {
      const windows = cutWindows(approach(seed, count), T, 0.1)
      expect(windows).toHaveLength(count)
      for (const [i, { actions }] of windows.entries()) {
        expect(actions).toHaveLength(T)
        for (const [k, action] of actions.entries()) {
          const expected = windows[Math.min(i + k + 1, count - 1)]?.observation ?? makePose([1, 1, 1])
          const { translation, rotation } = poseDistance(action, expected)
          expect(translation).toBeLessThan(1e-12)
          expect(rotation).toBeLessThan(1e-7)
        }
      }
    }),
    { numRuns: 30 },
  )
})
