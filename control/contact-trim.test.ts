import { expect, test } from 'vitest'
import { identityPose, makePose, quatToRotationVector } from '../geometry/index.ts'
import { ContactTrim } from './contact-trim.ts'
import type { Wrench } from './robot.ts'

const options = {
  translationGain: 1e-3,
  rotationGain: 0.1,
  threshold: 0.4,
  tareTime: 0,
  limit: { translation: 2e-3, rotation: 0.03 },
}
const wrench = (x: number, y: number, z: number): Wrench => ({ force: [x, y, z], torque: [0, 0, 0] })

test('a wall’s pressure moves the command away from it, gain times force times time', () => {
  // 1e-3 m/(N·s) · 5 N · 0.1 s
  const { position, orientation } = new ContactTrim(options).update(wrench(5, 0, 0), identityPose(), undefined, 0.1)
  expect(position[0]).toBeCloseTo(5e-4, 12)
  expect(orientation).toEqual([0, 0, 0, 1])
})

test('along the travel nothing is trimmed', () => {
  const { position } = new ContactTrim(options).update(wrench(5, 0, 20), identityPose(), [0, 0, 1], 0.1)
  expect(position[0]).toBeCloseTo(5e-4, 12)
  expect(position[2]).toBe(0)
})

test('the wrench is taken about the part’s origin, in the part’s frame', () => {
  // The part 0.1 m along the hand's z, turned half about x: y and z change sign, and τ − p × f = −[−0.5, 0, 0] for f = 5 y.
  const sourceInEe = makePose([0, 0, 0.1], [1, 0, 0, 0])
  const { position, orientation } = new ContactTrim(options).update(wrench(0, 5, 0), sourceInEe, undefined, 0.1)
  expect(position[1]).toBeCloseTo(-5e-4, 12)
  // 0.1 rad/(N·m·s) · 0.5 N·m · 0.1 s
  expect(quatToRotationVector(orientation)[0]).toBeCloseTo(5e-3, 12)
})

test('weak contact is noise, no sensor no news, and the trim stays', () => {
  const trim = new ContactTrim(options)
  const before = trim.update(wrench(5, 0, 0), identityPose(), undefined, 0.1)
  expect(trim.update(wrench(0.3, 0, 0), identityPose(), undefined, 0.1)).toEqual(before)
  expect(trim.update(undefined, identityPose(), undefined, 0.1)).toEqual(before)
})

test('what the sensor says at the start is its offset, and is taken off', () => {
  const trim = new ContactTrim({ ...options, tareTime: 0.2 })
  // Two readings of 0.1 s with a mean of [1, 0, 0] N; then 5 N of contact on top of it.
  for (const y of [0.5, -0.5]) {
    expect(trim.update(wrench(1, y, 0), identityPose(), undefined, 0.1)).toEqual(identityPose())
  }
  expect(trim.update(wrench(1, 0, 0), identityPose(), undefined, 0.1)).toEqual(identityPose())
  const { position } = trim.update(wrench(1, 5, 0), identityPose(), undefined, 0.1)
  expect(position[0]).toBeCloseTo(0, 12)
  expect(position[1]).toBeCloseTo(5e-4, 12)
})

test('of a place that is known better the turn stays', () => {
  const trim = new ContactTrim(options)
  const gathered = trim.update({ force: [5, 0, 0], torque: [0, 0.2, 0] }, identityPose(), undefined, 0.1)
  trim.forgetPlace()
  expect(trim.apply(identityPose())).toEqual({ position: [0, 0, 0], orientation: gathered.orientation })
})

test('the trim is limited, and applied in the part’s frame', () => {
  const trim = new ContactTrim(options)
  for (let i = 0; i < 100; i++) trim.update(wrench(30, 40, 0), identityPose(), undefined, 0.1)
  // 2 mm towards [3, 4]/5, seen from a part that is turned half about x.
  const { position } = trim.apply(makePose([0, 0, 0.05], [1, 0, 0, 0]))
  for (const [i, expected] of [1.2e-3, -1.6e-3, 0.05].entries()) expect(position[i as 0]).toBeCloseTo(expected, 12)
})

test('what pushes back is felt along the travel, and only while something touches', () => {
  const trim = new ContactTrim(options)
  trim.update(wrench(5, 0, 20), identityPose(), [0, 0, -1], 0.1)
  expect(trim.resistance).toBe(20)
  trim.update(wrench(5, 0, 20), identityPose(), [0, 0, 1], 0.1)
  expect(trim.resistance).toBe(-20)
  for (const none of [wrench(0.1, 0, 0.1), undefined]) {
    trim.update(wrench(0, 0, 20), identityPose(), [0, 0, -1], 0.1)
    trim.update(none, identityPose(), [0, 0, -1], 0.1)
    expect(trim.resistance).toBe(0)
  }
})
