import { expect, test } from 'vitest'
import { makeSeat } from './seat.ts'

const here = () => true

function testSeat(patience?: number) {
  const events: string[] = []
  const seat = makeSeat({
    letGo: async () => {
      events.push('letGo')
      await new Promise(setImmediate)
      events.push('holds')
    },
    onChange: () => events.push(`writer ${seat.writer}`),
    ...(patience !== undefined && { patience }),
  })
  return { seat, events }
}

test('a free seat is taken at once, by one', async () => {
  const { seat, events } = testSeat()
  await seat.claim('a', false, here)
  await seat.claim('a', false, here)
  await expect(seat.claim('b', false, here)).rejects.toThrow('a has the seat')
  expect(seat.writer).toBe('a')
  expect(events).toEqual(['writer a'])
})

test('who takes it over by force sits down when the robot holds', async () => {
  const { seat, events } = testSeat()
  await seat.claim('a', false, here)
  await seat.claim('b', true, here)
  expect(events).toEqual(['writer a', 'letGo', 'writer null', 'holds', 'writer b'])
})

test('who leaves a seat that they do not have changes nothing', async () => {
  const { seat, events } = testSeat()
  await seat.claim('a', false, here)
  await seat.leave('b')
  expect(events).toEqual(['writer a'])
})

test('of two who claim while the robot comes to hold, one gets the seat', async () => {
  const { seat } = testSeat()
  await seat.claim('a', false, here)
  void seat.leave('a')
  const claims = await Promise.allSettled([seat.claim('b', false, here), seat.claim('c', false, here)])
  expect(claims.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(seat.writer).toBe('b')
})

test('who has gone meanwhile does not get it', async () => {
  const { seat } = testSeat()
  await seat.claim('a', false, here)
  await expect(seat.claim('b', true, () => false)).rejects.toThrow('b has gone')
  expect(seat.writer).toBeNull()
})

test('a call that outlasts its writer is followed by a second hold, and nobody sits down before', async () => {
  const { seat, events } = testSeat()
  await seat.claim('a', false, here)
  let finish = () => {}
  seat.during(new Promise<void>((resolve) => (finish = resolve)))
  const left = seat.leave('a')
  const claimed = seat.claim('b', false, here)
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(events.filter((event) => event === 'letGo')).toHaveLength(1)
  expect(seat.writer).toBeNull()
  finish()
  await Promise.all([left, claimed])
  expect(events.filter((event) => event === 'letGo')).toHaveLength(2)
  expect(events.at(-1)).toBe('writer b')
})

test('a call that does not end keeps the seat free, and says so', async () => {
  const { seat } = testSeat(20)
  await seat.claim('a', false, here)
  seat.during(new Promise(() => {}))
  await expect(seat.claim('b', true, here)).rejects.toThrow('the robot does not hold yet')
  expect(seat.writer).toBeNull()
})

test('a call that ended, or failed, before its writer left is of no account', async () => {
  const { seat, events } = testSeat()
  await seat.claim('a', false, here)
  seat.during(Promise.resolve())
  seat.during(Promise.reject(new Error('no')))
  await new Promise(setImmediate)
  await seat.leave('a')
  expect(events.filter((event) => event === 'letGo')).toHaveLength(1)
})
