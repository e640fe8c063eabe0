import { expect, test } from 'vitest'
import { makePose } from '../../geometry/index.ts'
import { decodeState, encodeState, type StateFrame } from './state-frame.ts'

const frame: StateFrame = {
  mode: 'teleop',
  recording: true,
  armed: false,
  intervened: true,
  sequence: 4_000_000_000,
  input: 7,
  stamp: 1234.56789,
  eeInBase: makePose([0.5, 0.25, 0.125]),
  commandInBase: makePose([0.5, 0.25, 0.25], [1, 0, 0, 0]),
  sourceInBase: makePose([0.5, 0, 0]),
  targetInBase: makePose([0.5, 0, -1]),
  trackedSourceInTarget: makePose([0, 0, 1]),
  wrench: { force: [1, 2, 3], torque: [4, 5, 6] },
  gate: { low: 0, mean: 0.5, high: 1 },
  contacts: [{ position: [0.5, 0, 0], force: [0, 0, 2] }],
}

test('what was encoded is decoded', () => {
  expect(decodeState(encodeState(frame))).toEqual(frame)
})

test('what is not known stays unknown', () => {
  const { commandInBase: _, wrench: __, gate: ___, ...rest } = frame
  const unknown = { ...rest, commandInBase: undefined, wrench: undefined, gate: undefined, contacts: [] }
  expect(decodeState(encodeState(unknown))).toEqual(unknown)
})

test('bytes that are cut short, too long, or of another kind are refused', () => {
  const bytes = encodeState(frame)
  const wrong = [
    bytes.slice(0, 40),
    new Uint8Array([...bytes, 0]),
    bytes.slice(0, 0),
    new Uint8Array([9, ...bytes.slice(1)]),
  ]
  for (const bad of wrong) expect(() => decodeState(bad)).toThrow('expected a state of')
})
