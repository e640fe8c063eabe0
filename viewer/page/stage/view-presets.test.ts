import { expect, test } from 'vitest'
import type { Vec3 } from '../../../geometry/index.ts'
import { betweenViews, presetView, type View } from './view-presets.ts'

const TARGET: Vec3 = [0.5, 0, 0.1]
const distance = ({ eye, centre }: View) => Math.hypot(eye[0] - centre[0], eye[1] - centre[1], eye[2] - centre[2])

test('every place looks at the receptacle’s mouth, close from nearer than the others', () => {
  for (const preset of ['front', 'side', 'top', 'close'] as const) {
    const { centre } = presetView(preset, TARGET)
    expect(Math.hypot(centre[0] - 0.5, centre[1], centre[2] - 0.1)).toBeLessThan(0.05)
  }
  expect(distance(presetView('close', TARGET))).toBeLessThan(distance(presetView('front', TARGET)) / 2)
  expect(presetView('top', TARGET).eye[2]).toBeGreaterThan(0.4)
})

test('a receptacle whose section is seen along y is looked at from nearer to y', () => {
  const [x, y] = [presetView('close', TARGET).eye, presetView('close', TARGET, 'y').eye]
  // Mirrored at the diagonal.
  expect([y[0] - 0.5, y[1]]).toEqual([x[1], x[0] - 0.5].map((value) => expect.closeTo(value, 12)))
})

test('a glide begins and ends where it should', () => {
  const [a, b] = [presetView('front', TARGET), presetView('top', TARGET)]
  const close = ({ eye, centre }: View) => ({
    eye: eye.map((value) => expect.closeTo(value, 9)),
    centre: centre.map((value) => expect.closeTo(value, 9)),
  })
  expect(betweenViews(a, b, 0)).toEqual(close(a))
  expect(betweenViews(a, b, 1)).toEqual(close(b))
})

test('it goes round what is looked at, the short way, and never through it', () => {
  const centre: Vec3 = [0, 0, 0]
  const at = (degrees: number): View => ({
    centre,
    eye: [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180), 0],
  })
  const middle = betweenViews(at(170), at(-170), 0.5)
  // Over 180°, not over 0°.
  expect(middle.eye).toEqual([-1, 0, 0].map((value) => expect.closeTo(value, 12)))
  expect(distance(betweenViews(at(0), at(179), 0.5))).toBeCloseTo(1, 12)
})
