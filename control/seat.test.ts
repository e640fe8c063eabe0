import { expect, test } from 'vitest'
import { makePose } from '../geometry/index.ts'
import { beginSeat, DEFAULT_SEAT, type Felt, type SeatPhase, updateSeat } from './seat.ts'

const options = { ...DEFAULT_SEAT, goal: makePose([0, 0, -0.02]) }
const MM = 1e-3

/** Phases at 30 Hz, of what is felt at each time. */
function watch(seconds: number, felt: (time: number) => Omit<Felt, 'time'>): SeatPhase[] {
  let state = beginSeat({ time: 0, height: felt(0).height })
  return Array.from({ length: Math.round(seconds * 30) }, (_, i) => {
    const time = (i + 1) / 30
    state = updateSeat(state, { time, ...felt(time) }, options)
    return state.phase
  })
}

const last = (phases: readonly SeatPhase[]) => phases.at(-1)
/** At 10 mm/s down to a floor, which then pushes back with 3 N. */
const downTo = (floor: number) => (time: number) => {
  const height = Math.max(floor, 0.02 - 0.01 * time)
  return { height, push: height === floor ? 3 : 0.1, lead: 0 }
}

test('as deep as the goal, pushed back and going no further, it is seated', () => {
  const phases = watch(6, downTo(-0.02))
  expect(last(phases)).toBe('seated')
  // There at 4 s, and half a second and a bit to be sure.
  const from = (phases.indexOf('seated') + 1) / 30
  expect(from).toBeGreaterThan(4 + options.within)
  expect(from).toBeLessThan(5)
  expect(phases).not.toContain('stuck')
})

test('pushed back at the mouth it is stuck, however far the tracker is off', () => {
  for (const height of [-2 * MM, 0, 3 * MM]) expect(last(watch(6, downTo(height)))).toBe('stuck')
})

test('a tracker that is off by less than the tolerance along the axis does not hide the seat', () => {
  for (const error of [-2 * MM, 2 * MM]) expect(last(watch(6, downTo(-0.02 + error)))).toBe('seated')
  expect(last(watch(6, downTo(-0.02 + 4 * MM)))).toBe('stuck')
})

test('as deep as the goal without a push it is not seated: who knows whether it is there', () => {
  expect(watch(6, () => ({ height: -0.02, push: 0.2, lead: 0 }))).not.toContain('seated')
})

test('by a tracker that is off the plan leans on the floor just so: that is a seat when it lasts, and nothing at the mouth', () => {
  // As the force sensor's noise is, once in a while.
  const leaning = (height: number) => (time: number) => {
    return { height, push: time < 1 ? 0 : 0.6 + 0.5 * Math.sin(37 * time) + 0.3 * Math.sin(61 * time), lead: 0 }
  }
  const phases = watch(6, leaning(-0.0194))
  expect(last(phases)).toBe('seated')
  const from = (phases.indexOf('seated') + 1) / 30
  expect(from).toBeGreaterThan(1 + options.lightWithin)
  expect(from).toBeLessThan(5)
  expect(new Set(watch(20, leaning(0)))).toEqual(new Set(['free']))
})

test('what scrapes along on its way down is not seated by leaning', () => {
  const sliding = (time: number) => ({ height: -0.018 - 2e-4 * time, push: 0.7, lead: 0 })
  expect(watch(8, sliding)).not.toContain('seated')
})

test('a knock is no seat, nor is a pause: both have to last', () => {
  const knock = (time: number) => ({ height: -0.02, push: time > 2 && time < 2.2 ? 8 : 0, lead: 0 })
  expect(watch(4, knock)).not.toContain('seated')
})

test('slow progress against friction is not stuck', () => {
  const grinding = (time: number) => ({ height: -0.001 * time, push: 5, lead: 3 * MM })
  expect(watch(5, grinding)).not.toContain('stuck')
})

test('what was decided is not undone by noise, but by being lifted out', () => {
  const noisy = (time: number) => ({
    height: -0.02 + 0.3 * MM * Math.sin(40 * time) + (time > 4 ? 5 * MM : 0),
    // Let go of after a while, it stays where it is.
    push: time > 3 ? 0 : 1.8 + Math.sin(17 * time),
    lead: 0,
  })
  const phases = watch(5, noisy)
  const from = phases.indexOf('seated')
  expect(from).toBeGreaterThan(0)
  expect(new Set(phases.slice(from, 4 * 30 - 1))).toEqual(new Set(['seated']))
  expect(last(phases)).toBe('free')
})

test('a robot that feels nothing goes by how far the command is ahead', () => {
  const blind = (lead: number) => watch(3, () => ({ height: 0, push: undefined, lead }))
  expect(last(blind(2 * MM))).toBe('stuck')
  expect(last(blind(0.5 * MM))).toBe('free')
})
