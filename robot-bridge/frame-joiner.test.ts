import { expect, test } from 'vitest'
import { makePose, type Rgbd } from '../geometry/index.ts'
import { FrameJoiner, type JoinerOptions } from './frame-joiner.ts'

const at = (x: number) => makePose([x, 0, 0])
const camera = at(9)
const joiner = (change: Partial<JoinerOptions> = {}) =>
  new FrameJoiner({
    cameraInBase: () => camera,
    hasWrench: false,
    hasPictures: false,
    staleAfter: 0.2,
    poseStaleAfter: 1,
    ...change,
  })
const picture: Rgbd = {
  intrinsics: { width: 1, height: 1, fx: 1, fy: 1, cx: 0, cy: 0 },
  rgb: new Uint8Array(3),
  depth: new Float32Array(1),
}

test('a frame has the source’s stamp, and the end effector where it was then', () => {
  const join = joiner()
  join.target(0.5, at(2))
  join.ee(0.875, at(0))
  join.source(1, at(1), 1)
  // The end effector's pose of 1 s is not known yet.
  expect(join.take(1.01)).toEqual([])
  join.ee(1.125, at(4))
  expect(join.take(1.11)).toEqual([
    { stamp: 1, sourceInCamera: at(1), targetInCamera: at(2), eeInBase: at(2), cameraInBase: camera },
  ])
  expect(join.take(2)).toEqual([])
})

test('a frame does not wait for ever: then the nearest will do, if it is near', () => {
  const join = joiner()
  join.target(0.5, at(2))
  join.ee(0.9, at(3))
  join.source(1, at(1), 1)
  join.source(1.5, at(1), 1.5)
  expect(join.take(2).map(({ stamp, eeInBase }) => [stamp, eeInBase.position[0]])).toEqual([[1, 3]])
  expect([...join.dropped]).toEqual([['the end effector’s pose was missing at that time', 1]])
})

test('without a target, or a camera whose place is known, there is no frame', () => {
  const join = joiner()
  join.ee(0.9, at(0))
  join.ee(3, at(0))
  join.source(1, at(1), 1)
  join.target(1.1, at(2))
  join.source(2.05, at(1), 2)
  join.source(2.2, at(1), 2)
  // At 1 s the target was yet to be seen, at 2.2 s it had been lost for more than a second. The end effector's are
  // 0.1 s, 0.8 s and 0.95 s away.
  expect(join.take(3)).toEqual([])
  expect([...join.dropped]).toEqual([
    ['the target was not seen at that time', 2],
    ['the end effector’s pose was missing at that time', 1],
  ])
  const lost = joiner({ cameraInBase: () => undefined })
  lost.source(1, at(1), 1)
  expect(lost.take(2)).toEqual([])
  expect([...lost.dropped.keys()]).toEqual(['the camera’s place in the base was not known'])
})

test('wrench and command belong to the moment: the nearest, and the last before', () => {
  const join = joiner({ hasWrench: true })
  const wrench = (x: number) => ({ force: [x, 0, 0] as const, torque: [0, 0, 0] as const })
  join.target(0.9, at(2))
  for (const stamp of [0.9, 1.1]) join.ee(stamp, at(0))
  for (const stamp of [0.9, 0.98]) join.wrench(stamp, wrench(stamp))
  for (const stamp of [0.8, 0.95, 1.05]) join.command(stamp, at(stamp))
  join.source(1, at(1), 1)
  expect(join.take(1.1)).toEqual([])
  join.wrench(1.05, wrench(1.05))
  expect(join.take(1.1)[0]).toMatchObject({ wrench: wrench(0.98), commandInBase: at(0.95) })
  // A second later nobody follows that command any more, and no wrench is near.
  join.ee(2.2, at(0))
  join.target(2.1, at(2))
  join.source(2.2, at(1), 2.2)
  const [later] = join.take(2.6)
  expect(later).not.toHaveProperty('commandInBase')
  expect(later).not.toHaveProperty('wrench')
})

test('a picture is unpacked once, for the frame that it belongs to, and waited for', () => {
  const join = joiner({ hasPictures: true })
  let unpacked = 0
  const unpack = () => {
    unpacked++
    return picture
  }
  join.target(0, at(2))
  for (let i = 0; i <= 10; i++) join.ee(i / 10, at(0))
  join.picture(0.1, unpack)
  join.source(0.1, at(1), 0.1)
  join.source(0.11, at(1), 0.11)
  join.source(0.2, at(1), 0.2)
  // The picture of 0.2 s is still under way.
  expect(join.take(0.25).map(({ rgbd }) => rgbd)).toEqual([picture])
  join.picture(0.201, unpack)
  // To 0.11 s belongs the picture of 0.1 s, which is taken.
  expect(join.take(0.26).map(({ rgbd }) => rgbd)).toEqual([undefined, picture])
  join.picture(0.3, unpack)
  join.source(0.3, at(1), 0.3)
  join.skip(0.31)
  expect(join.take(9)).toEqual([])
  expect(unpacked).toBe(2)
})

test('pictures are no more than asked for', () => {
  const join = joiner({ hasPictures: true, pictureInterval: 0.1 })
  join.target(0, at(2))
  for (let i = 0; i <= 30; i++) {
    join.ee(i / 30, at(0))
    join.picture(i / 30, () => picture)
    join.source(i / 30, at(1), i / 30)
  }
  // Every third of 30 a second, from 0 to 1 s.
  expect(join.take(1).flatMap(({ rgbd }, i) => (rgbd ? [i] : []))).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30])
})

test('pictures that were due and belong to no pose are counted, each due one once', () => {
  const join = joiner({ hasPictures: true, pictureInterval: 0.1 })
  // Those that are skipped count nothing.
  join.picture(-0.4, () => picture)
  join.source(-0.3, at(1), -0.3)
  join.skip(9)
  for (let i = 0; i <= 15; i++) {
    join.ee(i / 15, at(0))
    join.target(i / 15, at(2))
    join.source(i / 15, at(1), i / 15)
    join.picture((i + 0.5) / 15, () => picture)
  }
  expect(join.take(9).filter(({ rgbd }) => rgbd)).toEqual([])
  // Of 15 a second, with 67 ms between them, every second is due: those after the poses 0, 2, … 14.
  expect([...join.dropped]).toEqual([['no pose of the source within 20 ms of the picture', 8]])
})

test('a pose that is left out is counted when its turn comes, unless nothing is recorded then', () => {
  const join = joiner({ hasPictures: true })
  join.target(0, at(2))
  for (let i = 0; i <= 10; i++) join.ee(i / 10, at(0))
  join.leaveOut(0.1, 'an outlier', 0.1)
  join.skip(9)
  expect([...join.dropped]).toEqual([])
  join.leaveOut(0.2, 'an outlier', 0.2)
  join.picture(0.2, () => picture)
  join.source(0.4, at(1), 0.4)
  expect(join.take(9)).toHaveLength(1)
  // Its picture is not counted again.
  expect([...join.dropped]).toEqual([['an outlier', 1]])
})

test('messages that come late or twice are left out; a clock that is set back begins anew', () => {
  const join = joiner()
  for (const stamp of [4.9, 5.1, 5]) join.ee(stamp, at(stamp))
  join.target(4.9, at(2))
  for (const stamp of [5, 5, 4.9]) join.source(stamp, at(1), 5)
  expect(join.take(6).map(({ stamp }) => stamp)).toEqual([5])
  for (const stamp of [0.9, 1.1]) join.ee(stamp, at(stamp))
  join.target(0.9, at(2))
  join.source(1, at(1), 7)
  expect(join.take(8)).toMatchObject([{ stamp: 1, eeInBase: { position: [expect.closeTo(1, 9), 0, 0] } }])
})
