import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Slot } from './slot.ts'

test('the newest value is kept, and its age is counted from its stamp', () => {
  const slot = new Slot<{ stamp: number }>()
  expect(slot.age(10)).toBe(Number.POSITIVE_INFINITY)
  expect(slot.offer({ stamp: 9.9 }, 10)).toBe('taken')
  expect(slot.offer({ stamp: 10 }, 10)).toBe('taken')
  expect(slot.age(10.25)).toBeCloseTo(0.25, 12)
})

test('a value that was overtaken, or comes twice, is passed over', () => {
  const slot = new Slot<{ stamp: number; name: string }>()
  slot.offer({ stamp: 5, name: 'a' }, 5)
  expect(slot.offer({ stamp: 4.95, name: 'b' }, 5)).toBe('late')
  expect(slot.offer({ stamp: 5, name: 'c' }, 5)).toBe('repeated')
  expect(slot.newest?.name).toBe('a')
})

test('stamps from the future, and time that runs backwards, are told', () => {
  const slot = new Slot<{ stamp: number }>()
  slot.offer({ stamp: 5 }, 5)
  expect(slot.offer({ stamp: 5.2 }, 5)).toBe('future')
  expect(slot.offer({ stamp: 4.5 }, 5)).toBe('backwards')
  expect(slot.newest?.stamp).toBe(5)
  slot.empty()
  expect(slot.offer({ stamp: 4.5 }, 5)).toBe('taken')
})

test('whatever is offered, the stamp kept never falls and is never far in the future', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -10, max: 20, noNaN: true })), (stamps) => {
      const slot = new Slot<{ stamp: number }>()
      let kept = Number.NEGATIVE_INFINITY
      for (const stamp of stamps) {
        slot.offer({ stamp }, 10)
        const newest = slot.newest?.stamp ?? Number.NEGATIVE_INFINITY
        expect(newest).toBeGreaterThanOrEqual(kept)
        expect(newest).toBeLessThanOrEqual(10.1)
        kept = newest
      }
    }),
  )
})
