import fc from 'fast-check'
import { expect, test } from 'vitest'
import { axisAngleToQuat, makePose, type Quat, rotationDistance, type Vec3 } from '../geometry/index.ts'
import {
  boxBounds,
  coneBound,
  distanceToBox,
  intoBox,
  intoCone,
  poseWay,
  reachBound,
  tiltOf,
  turnReachBound,
} from './bounds.ts'
import { ROTATIONS } from './motion-limits.ts'
import { after, hullOf } from './stop-plan.ts'
import { lengthOf } from './vector.ts'

const box = { low: [0, 0, 0] as Vec3, high: [1, 2, 3] as Vec3 }
const cone = { axisInEe: [0, 0, 1] as Vec3, axisInBase: [0, 0, -1] as Vec3, angle: 0.5 }
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const vector = (size: number): fc.Arbitrary<Vec3> =>
  fc.tuple(number(-size, size), number(-size, size), number(-size, size))
const anyTurn: fc.Arbitrary<Quat> = fc
  .tuple(vector(1), number(-3, 3))
  .map(([axis, angle]) => axisAngleToQuat(lengthOf(axis) > 0.01 ? axis : [1, 0, 0], angle))

test('each side of a box is a bound of its own', () => {
  const outside = (places: Vec3[]) => boxBounds(box).map(({ excess }) => excess(places))
  expect(
    Math.max(
      ...outside([
        [0.5, 1, 1],
        [1, 2, 3],
      ]),
    ),
  ).toBe(0)
  // low and high of x, y and z in turn
  expect(
    outside([
      [0.5, 1, 1],
      [1.5, -1, 1],
    ]),
  ).toEqual([-0.5, 0.5, 1, -1, -1, -2])
})

test('a place is moved into the box along the axes, and is as far from it as that', () => {
  expect(intoBox([-1, 1, 5], box)).toEqual([0, 1, 3])
  expect(distanceToBox([-3, 1, 7], box)).toBe(5)
  expect(distanceToBox([0.5, 1, 1], box)).toBe(0)
  expect(distanceToBox([Number.NaN, 9, 9], box)).toBe(0)
})

test('reach is a distance and an angle from the end effector', () => {
  expect(
    reachBound([1, 0, 0], 0.5).excess([
      [1, 0, 0],
      [1, 2, 0],
    ]),
  ).toBe(1.5)
  const bound = turnReachBound([0, 0, 0, 1], 0.1)
  expect(bound.excess([axisAngleToQuat([0, 1, 0], 0.3)])).toBeCloseTo(0.2, 12)
})

test('what is out of reach comes to its edge, straight towards the end effector', () => {
  expect(reachBound([1, 0, 0], 0.5).into([1, 2, 0])).toEqual([1, 0.5, 0])
  const { into } = turnReachBound([0, 0, 0, 1], 0.1)
  expect(rotationDistance(into(axisAngleToQuat([0, 1, 0], 0.3)), axisAngleToQuat([0, 1, 0], 0.1))).toBeLessThan(1e-12)
  const near = axisAngleToQuat([0, 1, 0], 0.09)
  expect(into(near)).toBe(near)
})

test('a tilt is turned back to the edge of its cone, by no more than that', () => {
  fc.assert(
    fc.property(anyTurn, (turn) => {
      const lean = tiltOf(cone, turn)
      const upright = intoCone(turn, cone)
      expect(tiltOf(cone, upright)).toBeLessThanOrEqual(Math.min(lean, cone.angle) + 1e-8)
      expect(lengthOf(ROTATIONS.way(turn, upright))).toBeCloseTo(Math.max(0, lean - cone.angle), 6)
    }),
  )
  // Upside down: the axis points at the opposite of where it should.
  expect(tiltOf(cone, intoCone([0, 0, 0, 1], cone))).toBeCloseTo(0.5, 6)
  const sideways = { ...cone, axisInBase: [1, 0, 0] as Vec3, axisInEe: [-1, 0, 0] as Vec3 }
  expect(tiltOf(sideways, intoCone([0, 0, 0, 1], sideways))).toBeCloseTo(0.5, 6)
})

test('a turn whose stop has three corners in the cone stays in it all the way', () => {
  fc.assert(
    fc.property(
      anyTurn,
      vector(0.6),
      vector(3),
      number(0.1, 0.5),
      number(0, 1),
      (some, velocity, bend, duration, s) => {
        const turn = intoCone(some, cone)
        const stop = { offset: [0, 0, 0] as Vec3, velocity, acceleration: bend, duration }
        const corners = hullOf(stop).map((offset) => ROTATIONS.moved(turn, offset))
        fc.pre(coneBound(cone).excess(corners) <= 0)
        const there = ROTATIONS.moved(turn, after(stop, s * duration).offset)
        expect(tiltOf(cone, there)).toBeLessThanOrEqual(cone.angle + 1e-9)
      },
    ),
    { numRuns: 1000 },
  )
})

test('a way between poses counts turns at a lever', () => {
  const turned = makePose([0, 3, 0], axisAngleToQuat([0, 0, 1], 0.5))
  const { place, turn } = poseWay(makePose([0, 1, 0]), turned, 0.2)
  expect(place).toEqual([0, 2, 0])
  expect(turn[2]).toBeCloseTo(0.1, 12)
})
