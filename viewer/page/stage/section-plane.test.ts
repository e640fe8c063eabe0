import { expect, test } from 'vitest'
import { axisAngleToQuat, makePose, type Vec3 } from '../../../geometry/index.ts'
import { findTask } from '../../../sim/tasks/index.ts'
import { facingNormal, sectionNormals } from './section-plane.ts'

const FIT = { clearance: 5e-4, chamfer: 5e-4 }
const target = makePose([0.5, 0, 0.1])
const ALL: readonly Vec3[] = [
  [1, 0, 0],
  [-1, 0, 0],
  [0, 1, 0],
  [0, -1, 0],
]

test('a round hole is cut from any of four sides, two pins only along both', () => {
  expect(sectionNormals(findTask('round-peg'), FIT)).toEqual(ALL)
  // The pins stand side by side along x: the plane x = 0 runs between them.
  expect(sectionNormals(findTask('two-pin'), FIT)).toEqual([
    [0, 1, 0],
    [0, -1, 0],
  ])
})

test('the half nearer to the viewer is taken away', () => {
  expect(facingNormal(ALL, target, [1, 0.1, 0.4])).toEqual([1, 0, 0])
  expect(facingNormal(ALL, target, [0.6, -0.4, 0.1])).toEqual([0, -1, 0])
})

test('sides are the target’s: turned by 90° its −y looks to the base’s x', () => {
  const turned = makePose([0.5, 0, 0.1], axisAngleToQuat([0, 0, 1], Math.PI / 2))
  expect(facingNormal(ALL, turned, [1, 0.1, 0.4])).toEqual([0, -1, 0])
})

test('near 45° the cut stays as it is, and turns when another side clearly faces the viewer', () => {
  const x = ALL[0] as Vec3
  // At 50°: cos 50° = 0.643 against sin 50° = 0.766, 0.12 more.
  const at = (degrees: number): Vec3 => [
    0.5 + Math.cos((degrees * Math.PI) / 180),
    Math.sin((degrees * Math.PI) / 180),
    0.3,
  ]
  expect(facingNormal(ALL, target, at(50), x)).toEqual([1, 0, 0])
  expect(facingNormal(ALL, target, at(50))).toEqual([0, 1, 0])
  // At 55°: 0.819 − 0.574 = 0.25.
  expect(facingNormal(ALL, target, at(55), x)).toEqual([0, 1, 0])
})

test('from straight above there is no nearer half, and some side is chosen', () => {
  expect(ALL).toContainEqual(facingNormal(ALL, target, [0.5, 0, 1]))
})
