import { expect, test } from 'vitest'
import { axisAngleToQuat, makePose, type Pose, type Vec3 } from '../geometry/index.ts'
import { ContactHold } from './contact-hold.ts'

const limits = {
  force: 25,
  torque: 2,
  retract: 0.003,
  reach: { translation: 0.02, rotation: 0.1 },
  contactZone: { low: [-1, -1, -1] as Vec3, high: [1, 1, 1] as Vec3, speed: 0.01 },
}
const STEP = 0.02
const at = (z: number): Pose => makePose([0, 0, z])
/** A command at rest. */
const still = (pose: Pose) => ({ pose, resting: pose })
const felt = (eeInBase: Pose, force: number, torque = 0) => ({
  eeInBase,
  wrench: { force: [0, 0, force] as Vec3, torque: [0, torque, 0] as Vec3 },
})

/** Came down from 10 mm to 0 in straight steps of 0.5 mm. */
function arrived(options = limits): ContactHold {
  const contact = new ContactHold(options)
  for (let k = 0; k <= 20; k++) contact.note(at(0.01 - 0.0005 * k))
  return contact
}

/** Goes wherever it is told, until it is told to stay. */
function backOff(contact: ContactHold, wanted: Pose, force: number): Pose {
  let command = at(0)
  for (let tick = 0; tick < 200; tick++) {
    const instead = contact.update(wanted, still(command), felt(command, force), STEP)
    if (instead && !instead.goal && tick > 0) return command
    command = instead?.goal ?? command
  }
  throw new Error('it never stayed')
}

test('below both limits nothing happens, nor without a sensor', () => {
  const contact = arrived()
  expect(contact.update(at(-0.01), still(at(0)), felt(at(0.001), 24, 1.9), STEP)).toBeUndefined()
  expect(contact.update(at(-0.01), still(at(0)), { eeInBase: at(0) }, STEP)).toBeUndefined()
})

test.each([
  ['force', 31, 0, '31.0 N, limit 25 N: backs off 3.0 mm'],
  ['torque', 0, 2.5, '2.50 N·m, limit 2 N·m: backs off 3.0 mm'],
  ['force', Number.NaN, 0, 'NaN N, limit 25 N: backs off 3.0 mm'],
] as const)('too much %s stops what goes deeper', (kind, force, torque, message) => {
  const instead = arrived().update(at(-0.001), still(at(0)), felt(at(0.0005), force, torque), STEP)
  expect(instead).toEqual({ change: { kind, message }, isAhead: true })
})

test('what relaxes the spring may go on under any force', () => {
  expect(arrived().update(at(0.0002), still(at(0)), felt(at(0.0005), 100), STEP)).toBeUndefined()
})

test('turning further from the end effector is deeper too', () => {
  const turned = (angle: number) => makePose([0, 0, 0], axisAngleToQuat([1, 0, 0], angle))
  expect(arrived().update(turned(0.03), still(turned(0.02)), felt(at(0), 30), STEP)?.change.kind).toBe('force')
  expect(arrived().update(turned(0.01), still(turned(0.02)), felt(at(0), 30), STEP)).toBeUndefined()
})

test('it backs off at the speed of contact along where it came from, and holds there', () => {
  const contact = arrived()
  expect(contact.update(at(-0.001), still(at(0)), felt(at(0), 30), STEP)?.goal).toBeUndefined()
  // 10 mm/s · 20 ms
  expect(contact.update(at(-0.001), still(at(0)), felt(at(0), 30), STEP)?.goal?.position[2]).toBeCloseTo(0.0002, 9)
  expect(contact.update(at(-0.001), still(at(0.0002)), felt(at(0), 5), STEP)?.goal?.position[2]).toBeCloseTo(0.0004, 9)
  const end = backOff(contact, at(-0.001), 5)
  expect(end.position[2]).toBeCloseTo(0.003, 9)
  const held = contact.update(at(-0.001), still(end), felt(end, 0), STEP)
  expect(held?.goal).toBeUndefined()
  expect(held?.change.message).toContain('holds until the wish comes back or is resumed')
})

test('the command is ahead as long as the end effector stands on the side that the way back leads to', () => {
  const contact = arrived()
  const told = (command: number, eeInBase: number) =>
    contact.update(at(-0.001), still(at(command)), felt(at(eeInBase), 30), STEP)?.isAhead
  expect(told(0, 0.004)).toBe(true)
  expect(told(0.001, 0.004)).toBe(true)
  expect(told(0.001, 0.0005)).toBe(false)
})

test('held, it lets go when the wish comes back, or when somebody says so', () => {
  const contact = arrived()
  const end = backOff(contact, at(-0.001), 30)
  expect(contact.update(at(0.0031), still(end), felt(end, 0), STEP)).toBeUndefined()
  expect(contact.update(at(0.001), still(end), felt(end, 0), STEP)).toBeUndefined()
  const resumed = arrived()
  backOff(resumed, at(-0.001), 30)
  resumed.release()
  expect(resumed.update(at(0.001), still(end), felt(end, 0), STEP)).toBeUndefined()
})

test('pressed again after that, it backs off further', () => {
  const contact = arrived()
  const end = backOff(contact, at(-0.001), 30)
  contact.release()
  contact.note(end)
  const instead = contact.update(at(-0.001), still(end), felt(at(0.004), 30), STEP)
  expect(instead?.change.message).toBe('30.0 N, limit 25 N: backs off 3.0 mm')
})

test('the way back is as long as it takes to be so far away: a search on the spot is left, not retraced in part', () => {
  const contact = arrived()
  for (let k = 0; k < 100; k++) contact.note(makePose([0.001 * Math.sin(k), 0.001 * Math.cos(k), 0]))
  const end = backOff(contact, at(-0.001), 30)
  expect(Math.hypot(...end.position)).toBeGreaterThan(0.0029)
})

test('who came from deeper does not go back there, but to the end effector', () => {
  const contact = new ContactHold(limits)
  for (let k = 0; k <= 20; k++) contact.note(at(-0.012 + 0.0005 * k))
  // 2 mm deep on the way up from 12 mm, and the wish is far above.
  const pressed = felt(at(0), 30)
  const instead = contact.update(at(0.02), still(at(-0.002)), pressed, STEP)
  expect(instead?.change.message).toBe('30.0 N, limit 25 N: backs off 2.0 mm')
  expect(contact.update(at(0.02), still(at(-0.002)), pressed, STEP)?.goal?.position[2]).toBeCloseTo(-0.0018, 9)
})

test('without a way to back off by it only holds, and only while the force lasts', () => {
  const contact = arrived({ ...limits, retract: 0 })
  expect(contact.update(at(-0.001), still(at(0)), felt(at(0), 30), STEP)).toEqual({
    change: { kind: 'force', message: '30.0 N, limit 25 N' },
    isAhead: false,
  })
  expect(contact.update(at(-0.001), still(at(0)), felt(at(0), 30), STEP)?.goal).toBeUndefined()
  expect(contact.update(at(-0.001), still(at(0)), felt(at(0), 20), STEP)).toBeUndefined()
})
