import { signal } from '@preact/signals'
import { expect, test } from 'vitest'
import { PRESETS } from '../../../policy/config.ts'
import { canSimulate, PRESET_NAMES, proposedRollouts, validChoice } from './choices.ts'

test('the presets offered are those there are', () => {
  expect(PRESET_NAMES).toEqual(Object.keys(PRESETS))
})

test('what can no longer be chosen gives way to the first that can', () => {
  const chosen = signal('b')
  const options = [
    { value: 'a', label: 'a' },
    { value: 'b', label: 'b' },
  ]
  expect(validChoice(chosen, options).value).toBe('b')
  expect(validChoice(chosen, options.slice(0, 1)).value).toBe('a')
  expect(validChoice(chosen, []).value).toBe('')
})

test('fewer rollouts are proposed where each has to render pictures', () => {
  expect(PRESET_NAMES.map(proposedRollouts)).toEqual([5, 3, 5, 3])
})

test.each([
  [{}, true],
  [{ task: 'shelf-bracket' }, false],
  [{ clearanceMm: 0.3 }, false],
  [{ chamferMm: 40 }, false],
])('the simulator knows parts by their name, clearance and chamfer: %o', (change, expected) => {
  const parts = { task: 'usb-c', clearanceMm: 0.1, chamferMm: 0.5, ...change }
  expect(canSimulate(parts)).toBe(expected)
})
