import { expect, test } from 'vitest'
import { makePose } from '../../../geometry/index.ts'
import type { StateFrame } from '../../protocol/state-frame.ts'
import { looksDifferent } from './changed.ts'

const frame = {
  sourceInBase: makePose([0.5, 0, 0.1]),
  targetInBase: makePose([0.5, 0, 0.1]),
  eeInBase: makePose([0.5, 0, 0.2]),
  trackedSourceInTarget: makePose([0, 0, 0]),
  contacts: [{ position: [0.5, 0, 0.1], force: [0, 0, 5] }],
  wrench: { force: [0, 0, 5], torque: [0, 0, 0] },
} satisfies Partial<StateFrame>

test('rounding, a tracker’s noise and a tremor of the force are no reason to draw', () => {
  const next = {
    ...frame,
    sourceInBase: makePose([0.500001, 0, 0.1]),
    trackedSourceInTarget: makePose([1e-3, 0, 0]),
    contacts: [
      { position: [0.5, 0, 0.1] as [number, number, number], force: [0, 0, 5.03] as [number, number, number] },
    ],
  }
  expect(looksDifferent(frame, next)).toBe(false)
})

test('what moves, turns, touches or presses is', () => {
  expect(looksDifferent(undefined, frame)).toBe(true)
  expect(looksDifferent(frame, { ...frame, sourceInBase: makePose([0.50001, 0, 0.1]) })).toBe(true)
  expect(looksDifferent(frame, { ...frame, eeInBase: makePose([0.5, 0, 0.2], [0.001, 0, 0, 1]) })).toBe(true)
  expect(looksDifferent(frame, { ...frame, contacts: [] })).toBe(true)
  expect(looksDifferent(frame, { ...frame, contacts: [{ position: [0.5, 0, 0.1], force: [0, 0, 5.1] }] })).toBe(true)
  const free = { ...frame, contacts: [] }
  expect(looksDifferent(free, { ...free, wrench: undefined })).toBe(true)
})
