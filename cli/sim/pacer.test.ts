import fc from 'fast-check'
import { expect, it } from 'vitest'
import { followWall, Pacer } from './pacer.ts'

it('follows the wall at its speed', () => {
  const pacer = new Pacer(100, { speed: 0.5 })
  expect(pacer.until(100.02)).toBeCloseTo(0.01, 12)
  expect(pacer.until(100.04)).toBeCloseTo(0.02, 12)
  expect(pacer.wallTime(0.02)).toBeCloseTo(100.04, 12)
  expect(pacer.slipped).toBe(0)
})

it('slips over a long gap and goes on from there', () => {
  const pacer = new Pacer(0)
  pacer.until(0.02)
  // 3 s asleep: 25 ms of them are simulated.
  expect(pacer.until(3.02)).toBeCloseTo(0.045, 12)
  expect(pacer.slipped).toBeCloseTo(2.975, 12)
  expect(pacer.until(3.03)).toBeCloseTo(0.055, 12)
  expect(pacer.wallTime(0.055)).toBeCloseTo(3.03, 12)
})

it('gives up what physics did not come to', async () => {
  const pacer = new Pacer(0)
  let [wall, simulated, cost] = [0.02, 7, 5]
  const robot = {
    now: () => simulated,
    // Takes five times as long as it lasts, at first.
    async sleepUntil(time: number) {
      wall += cost * (time - simulated)
      simulated = time
    },
  }
  await followWall({ pacer, now: () => wall, robot, begin: 7 })
  expect(wall).toBeCloseTo(0.05, 9)
  expect(simulated).toBeCloseTo(7.006, 9)
  expect(pacer.slipped).toBeCloseTo(0.014, 9)
  // What is seen now was so when the stretch began.
  expect(pacer.wallTime(0.006)).toBeCloseTo(0.02, 9)
  // Where it keeps up, nothing is given up.
  cost = 0
  wall += 0.004
  const before = pacer.slipped
  await followWall({ pacer, now: () => wall, robot, begin: 7 })
  expect(pacer.slipped).toBeCloseTo(before + 0.009, 9)
  expect(simulated).toBeCloseTo(7.031, 9)
})

it('begins anew', () => {
  const pacer = new Pacer(0)
  pacer.until(0.04)
  pacer.restart(7)
  expect(pacer.until(7.01)).toBeCloseTo(0.01, 12)
})

it('never goes backwards, nor takes more than 25 ms at once, and what it did not simulate it counts', () => {
  const gaps = fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { maxLength: 50 })
  fc.assert(
    fc.property(gaps, (steps) => {
      const pacer = new Pacer(0)
      let [wall, before] = [0, 0]
      for (const step of steps) {
        wall += step
        const simulated = pacer.until(wall)
        expect(simulated).toBeGreaterThanOrEqual(before - 1e-9)
        expect(simulated - before).toBeLessThanOrEqual(0.025 + 1e-9)
        expect(pacer.wallTime(simulated)).toBeCloseTo(wall, 9)
        before = simulated
      }
      expect(before + pacer.slipped).toBeCloseTo(wall, 9)
    }),
  )
})
