import { expect, test } from 'vitest'
import { afterReport, knobWish, restingKnob } from './spacemouse-report.ts'

const data = (...bytes: number[]) => new DataView(Uint8Array.from(bytes).buffer)

test('an older device tells pushes and turns in two reports, low byte first', () => {
  // 0x015e = 350; 0xfea2 = −350; 0x0064 = 100
  let knob = afterReport(restingKnob(), 1, data(0x5e, 0x01, 0xa2, 0xfe, 0x64, 0x00))
  expect(knob).toEqual({ push: [350, -350, 100], turn: [0, 0, 0], buttons: 0 })
  knob = afterReport(knob, 2, data(0xff, 0xff, 0x00, 0x00, 0x02, 0x00))
  expect(knob).toEqual({ push: [350, -350, 100], turn: [-1, 0, 2], buttons: 0 })
})

test('a newer device tells all six in one', () => {
  const knob = afterReport(restingKnob(), 1, data(1, 0, 2, 0, 3, 0, 0xfc, 0xff, 0xfb, 0xff, 0xfa, 0xff))
  expect(knob).toEqual({ push: [1, 2, 3], turn: [-4, -5, -6], buttons: 0 })
})

test('buttons are bits, up to 32', () => {
  expect(afterReport(restingKnob(), 3, data(0b10)).buttons).toBe(2)
  expect(afterReport(restingKnob(), 3, data(1, 0, 0, 0x80, 7)).buttons).toBe(2 ** 31 + 1)
})

test('reports of another kind and reports cut short change nothing', () => {
  const knob = afterReport(restingKnob(), 1, data(9, 0, 9, 0, 9, 0))
  expect(afterReport(knob, 0x17, data(100))).toBe(knob)
  expect(afterReport(knob, 1, data(1, 0, 2))).toBe(knob)
  expect(afterReport(knob, 2, data())).toBe(knob)
  expect(afterReport(knob, 3, data())).toBe(knob)
})

test('pushed away and lifted the part goes away and up: the device’s y is nearer, its z down', () => {
  const knob = { ...restingKnob(), push: [0, -350, -350] as [number, number, number] }
  expect(knobWish(knob).linear).toEqual([0, 1, 1])
  const turned = { ...restingKnob(), turn: [350, 0, 350] as [number, number, number] }
  expect(knobWish(turned).angular).toEqual([1, 0, -1])
})

test('a knob that rests a little beside its middle wishes nothing', () => {
  expect(knobWish({ ...restingKnob(), push: [20, -15, 8] }).linear).toEqual([0, 0, 0])
})
