import { describe, expect, it } from 'vitest'
import { compose, makePose, type Pose, type Rgbd, relative } from '../geometry/index.ts'
import {
  cutWindow,
  DEFAULT_AUGMENTATION,
  NO_AUGMENTATION,
  networkImage,
  unionWindow,
  type View,
  windowIntrinsics,
} from '../perception/index.ts'
import { Random } from '../tensor/random.ts'
import type { ImageConfig } from './config.ts'
import { exampleCamera, examplePicture, picturedFrame } from './example-picture.ts'
import { exampleParts, picturedApproach, tinyRgbdConfig } from './example-policy.ts'
import { chooseGoal, drawPicture, openStore, seePicture, storePicture, viewOf } from './pictures.ts'

const image = tinyRgbdConfig.model.image as ImageConfig
const { boxes } = exampleParts
const frame = picturedFrame(0, makePose([0.004, -0.003, 0.02]))
const view = { ...frame, rgbd: frame.rgbd as Rgbd }
const changed = (changes: Partial<Rgbd>) => ({ ...view, rgbd: { ...view.rgbd, ...changes } })

const rootMeanSquare = (a: Float32Array, b: Float32Array) =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] as number)) ** 2, 0) / a.length)

describe('a picture as the network takes it', () => {
  it('is the window round both parts, its points in the target frame', () => {
    const seen = seePicture(view, image, boxes)
    expect(seen).toHaveLength(16 * 16 * 6)
    const points = Array.from({ length: 256 }, (_, i) => [...seen.subarray(6 * i + 3, 6 * i + 6)])
    // On the plate z is 0, on the peg up to 20 + 40 + 8 = 68 mm, in units of 100 mm; where nothing is, all three are 0. A pixel
    // is 3.6 mm wide: where the plate ends beside a ball, the two may be taken for one.
    for (const [, , z] of points) expect(z).toBeGreaterThan(-0.036)
    expect(Math.max(...points.map(([, , z]) => z as number))).toBeGreaterThan(0.5)
    expect(Math.max(...points.map(([, , z]) => z as number))).toBeLessThan(0.68)
  })

  it('is cut to its window, whatever its own size', () => {
    const camera = windowIntrinsics(exampleCamera, { u: 23, v: 18, side: 30 }, 16)
    const rgbd = examplePicture(makePose([0.004, -0.003, 0.02]), camera)
    const parts = [
      { box: boxes.source, poseInCamera: view.sourceInCamera },
      { box: boxes.target, poseInCamera: view.targetInCamera },
    ]
    const window = unionWindow(camera, parts, { margin: image.windowMargin })
    expect(window.side).not.toBeCloseTo(16, 1)
    const expected = networkImage(cutWindow(rgbd, window, 16), view.targetInCamera, { scale: image.xyzScaleM })
    expect(seePicture({ ...view, rgbd }, image, boxes)).toEqual(expected)
  })

  it.each([
    ['without intrinsics', changed({ intrinsics: undefined as never }), 'expected a picture with intrinsics, got none'],
    ['with too few numbers', changed({ depth: new Float32Array(7) }), 'expected depth of 48×40×1 = 1920 numbers'],
    ['of holes alone', changed({ depth: new Float32Array(48 * 40) }), 'expected depth with readings'],
    ['beside the parts', { ...view, targetInCamera: makePose([2, 0, 0.3]) }, 'expected a box within the picture'],
  ])('%s is refused', (_, bad, message) => {
    expect(() => seePicture(bad, image, boxes)).toThrow(message)
  })
})

describe('stored pictures', () => {
  const views = [view, ...picturedApproach(2, 3).flatMap((other) => viewOf(other) ?? [])]
  const store = openStore(views.length, image, DEFAULT_AUGMENTATION, boxes)
  for (const [i, one] of views.entries()) storePicture(store, one, String(i))
  const drawn = (index: number, augmentation = NO_AUGMENTATION, seed = 1) => {
    const one = views[index] as View
    const out = new Float32Array(2 * 16 * 16 * 6)
    drawPicture(
      store,
      index,
      relative(one.targetInCamera, one.sourceInCamera),
      augmentation,
      new Random(seed),
      out,
      16 * 16 * 6,
    )
    return out
  }

  it('lie in memory that threads share', () => {
    expect(store.rgb.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect(store.depth.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect(store.rgb).toHaveLength(4 * store.side ** 2 * 3)
  })

  it('give nearly what the camera’s own picture gives', () => {
    for (const [i, original] of views.entries()) {
      const out = drawn(i)
      expect(out.subarray(0, 1536).every((value) => value === 0)).toBe(true)
      // Cut twice, edges are a little softer. Another picture is several times as far away.
      const own = rootMeanSquare(out.subarray(1536), seePicture(original, image, boxes))
      expect(own).toBeLessThan(0.12)
      const other = seePicture(views[(i + 1) % 4] as typeof view, image, boxes)
      expect(rootMeanSquare(out.subarray(1536), other)).toBeGreaterThan(2 * own)
    }
  })

  it('are varied by the random stream alone, and no seen point leaves its place for it', () => {
    const [a, b] = [drawn(0, DEFAULT_AUGMENTATION, 1), drawn(0, DEFAULT_AUGMENTATION, 2)]
    expect(drawn(0, DEFAULT_AUGMENTATION, 1)).toEqual(a)
    expect(b).not.toEqual(a)
    // The plate is at z = 0 in every picture, however it was shifted, turned and shaken by its 1 mm.
    const heights = Array.from({ length: 256 }, (_, i) => a[1536 + 6 * i + 5] as number)
    expect(heights.filter((z) => z !== 0 && Math.abs(z) < 0.02).length).toBeGreaterThan(20)
    expect(Math.min(...heights)).toBeGreaterThan(-0.05)
  })

  it('show a tracked part off its place by as much as the tracker is off', () => {
    const tracked: ImageConfig = { ...image, trackedReachM: 0.05 }
    const truth = relative(view.targetInCamera, view.sourceInCamera)
    const one = openStore(1, tracked, NO_AUGMENTATION, boxes)
    storePicture(one, view, 'the view')
    const seenFrom = (observed: Pose) => {
      const out = new Float32Array(16 * 16 * 9)
      drawPicture(one, 0, observed, NO_AUGMENTATION, new Random(1), out, 0)
      return out
    }
    const [right, off] = [seenFrom(truth), seenFrom(compose(truth, makePose([0.002, 0, 0])))]
    const halfWidth = (boxes.source.high[0] - boxes.source.low[0]) / 2
    let seen = 0
    for (let at = 0; at < right.length; at += 9) {
      expect(off.subarray(at, at + 6)).toEqual(right.subarray(at, at + 6))
      const [x, y, z] = right.subarray(at + 6, at + 9) as unknown as [number, number, number]
      if (Math.max(Math.abs(x), Math.abs(y), Math.abs(z)) > 0.9 || (x === 0 && y === 0 && z === 0)) continue
      seen++
      expect(off[at + 6]).toBeCloseTo(x - 0.002 / (halfWidth + 0.05), 5)
      expect(off[at + 7]).toBeCloseTo(y, 5)
    }
    expect(seen).toBeGreaterThan(20)
  })

  it('say which of them is of no use', () => {
    const blind = changed({ depth: new Float32Array(48 * 40) })
    expect(() => storePicture(openStore(1, image, NO_AUGMENTATION, boxes), blind, 'picture 1')).toThrow(
      'picture 1: expected depth with readings',
    )
  })

  it('have room for every window that turning and shifting may ask for', () => {
    const sideFor = (rollRad: number) => openStore(1, image, { ...NO_AUGMENTATION, rollRad }, boxes).side
    // A square turned by an eighth of a turn is √2 times as wide, and never wider: 16 · 1.25 · √2 = 28.3 pixels.
    expect(sideFor(0)).toBe(20)
    expect(sideFor(Math.PI / 4)).toBe(29)
    expect(sideFor(3)).toBe(29)
  })
})

it('the goal is the last picture that is most like the others', () => {
  const demonstration = (x: number) => ({
    path: `${x}.mcap`,
    frames: [picturedFrame(0, makePose([0, 0, 0.04])), picturedFrame(1, makePose([x, 0, 0]))],
  })
  // 0.002 lies between the others.
  const goal = chooseGoal([demonstration(-0.006), demonstration(0.002), demonstration(0.006)], image, boxes)
  const expected = seePicture(viewOf(picturedFrame(1, makePose([0.002, 0, 0]))) as typeof view, image, boxes)
  expect(rootMeanSquare(goal, expected)).toBe(0)
})

it('of a last picture without depth is said whose it is', () => {
  const blind = { ...picturedFrame(1, makePose([0, 0, 0])), rgbd: changed({ depth: new Float32Array(48 * 40) }).rgbd }
  expect(() => chooseGoal([{ path: 'pegs/000003.mcap', frames: [blind] }], image, boxes)).toThrow(
    'pegs/000003.mcap, its last picture: expected depth with readings',
  )
})
