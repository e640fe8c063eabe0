import { expect, test } from 'vitest'
import { exampleLimits } from './example-limits.ts'
import { Limits } from './limits.ts'

test('a command may back off as far as it may be from the end effector, and no further', () => {
  const far = (retract: number) => ({ ...exampleLimits, retract, reach: { translation: 0.02, rotation: 0.1 } })
  expect(Limits.parse(far(0.02))).toEqual(far(0.02))
  const { error } = Limits.safeParse(far(0.021))
  expect(error?.issues.map(({ path, message }) => [path, message])).toEqual([
    [
      ['retract'],
      'expected no more than reach.translation, 0.02 m, got 0.021 m: the command is never so far from an end effector that ' +
        'stands, and would back off for ever; lower retract, or raise reach.translation',
    ],
  ])
})

test('an axis that is rounded becomes one of length 1: a longer one would widen the cone', () => {
  const tilt = { axisInEe: [0, 0, 1.0009], axisInBase: [0.6, 0, 0.8], angle: 0.3 }
  expect(Limits.parse({ ...exampleLimits, tilt }).tilt?.axisInEe).toEqual([0, 0, 1])
})
