import { signal } from '@preact/signals'
import { expect, test } from 'vitest'
import { PRESETS } from '../../../policy/config.ts'
import { PRESET_NAMES, validChoice } from './choices.ts'

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
