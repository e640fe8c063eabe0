import { expect, test } from 'vitest'
import { depthColour } from './camera-picture.ts'

test('near is yellow, far is violet, beyond the ends it stays', () => {
  expect(depthColour(0)).toEqual([253, 231, 37])
  expect(depthColour(-3)).toEqual([253, 231, 37])
  expect(depthColour(1)).toEqual([68, 1, 84])
  expect(depthColour(2)).toEqual([68, 1, 84])
  // Half-way between the first two stops of five.
  expect(depthColour(0.125)).toEqual([174, 216, 68])
})

test('it grows darker all the way, so that grey shows the order, too', () => {
  const lightness = Array.from({ length: 41 }, (_, i) => {
    const [r, g, b] = depthColour(i / 40)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  })
  for (let i = 1; i < lightness.length; i++) expect(lightness[i]).toBeLessThan(lightness[i - 1] as number)
})
