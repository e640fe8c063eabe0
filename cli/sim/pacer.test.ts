import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Pacer } from './pacer.ts'

it('follows the wall at its speed', () => {
  const pacer = new Pacer(100, { speed: 0.5 })
  expect(pacer.until(100.02)).toBeCloseTo(0.01, 12)
  expect(pacer.until(100.06)).toBeCloseTo(0.03, 12)
  expect(pacer.wallTime(0.03)).toBeCloseTo(100.06, 12)
  expect(pacer.slipped).toBe(0)
})

it('slips over a long gap and goes on from there', () => {
  const pacer = new Pacer(0)
  pacer.until(0.04)
  // 3 s asleep: 50 ms of them are simulated.
  expect(pacer.until(3.04)).toBeCloseTo(0.09, 12)
  expect(pacer.slipped).toBeCloseTo(2.95, 12)
  expect(pacer.until(3.05)).toBeCloseTo(0.1, 12)
  expect(pacer.wallTime(0.1)).toBeCloseTo(3.05, 12)
})

it('begins anew', () => {
  const pacer = new Pacer(0)
  pacer.until(0.04)
  pacer.restart(7)
  expect(pacer.until(7.01)).toBeCloseTo(0.01, 12)
})

it('never goes backwards, nor takes more than 50 ms at once, and what it did not simulate it counts', () => {
  const gaps = fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { maxLength: 50 })
  fc.assert(
    fc.property(gaps, (steps) => {
      const pacer = new Pacer(0)
      let [wall, before] = [0, 0]
      for (const step of steps) {
        wall += step
        const simulated = pacer.until(wall)
        expect(simulated).toBeGreaterThanOrEqual(before - 1e-9)
        expect(simulated - before).toBeLessThanOrEqual(0.05 + 1e-9)
        expect(pacer.wallTime(simulated)).toBeCloseTo(wall, 9)
        before = simulated
      }
      expect(before + pacer.slipped).toBeCloseTo(wall, 9)
    }),
  )
})

it('takes no more at once than it is told', () => {
  const pacer = new Pacer(0, { longest: 0.02 })
  expect(pacer.until(0.02)).toBeCloseTo(0.02, 12)
  expect(pacer.until(0.05)).toBeCloseTo(0.04, 12)
  expect(pacer.slipped).toBeCloseTo(0.01, 12)
})
