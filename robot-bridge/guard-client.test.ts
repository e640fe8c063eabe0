import { expect, test } from 'vitest'
import { GuardClient } from './guard-client.ts'
import { LIMITS } from './link-limits.ts'
import type { Answer } from './wire.ts'

const YES: Answer = { ok: true, values: { success: true, message: '' } }
const NO: Answer = { ok: true, values: { success: false, message: 'stop is pressed' } }

/** A guard that answers when it is told to, and a clock that stands. */
function setUp() {
  const world = { now: 100, isArmed: false, calls: [] as { service: string; answer: (answer: Answer) => void }[] }
  const guard = new GuardClient({
    topic: '/guard',
    now: () => world.now,
    isArmed: () => world.isArmed,
    call: (service, _timeout, answer) => world.calls.push({ service, answer }),
  })
  const ends: (string | undefined)[] = []
  return { world, guard, ends, done: (failure?: string) => void ends.push(failure) }
}

const says = (state: string) => ({ data: JSON.stringify({ state, reason: 'as asked', accepted: 0, rejected: 0 }) })

test('from when it is asked to arm until it has disarmed, that is owed, whatever it answers', () => {
  const { world, guard, ends, done } = setUp()
  expect(guard.isOwed).toBe(false)
  guard.arm(() => undefined, done)
  expect([guard.isArming, guard.isOwed]).toEqual([true, true])
  world.calls[0]?.answer(NO)
  expect(ends).toEqual(['the guard did not arm: stop is pressed'])
  expect([guard.isArming, guard.isOwed, guard.isDue(world.now)]).toEqual([false, true, true])

  guard.disarm(done)
  expect(world.calls.map(({ service }) => service)).toEqual(['/guard/arm', '/guard/disarm'])
  expect(guard.isDue(world.now + LIMITS.disarm - 0.01)).toBe(false)
  expect(guard.isDue(world.now + LIMITS.disarm)).toBe(true)
  world.calls[1]?.answer({ ok: false, message: 'no answer in time' })
  expect(guard.isOwed).toBe(true)
  guard.disarm(done)
  world.calls[2]?.answer(YES)
  expect(guard.isOwed).toBe(false)
  expect(ends.slice(1)).toEqual(['the guard did not disarm: no answer in time', undefined])
})

test('what came in between while it was being armed is why it is not armed, and it is disarmed at once', () => {
  const { world, guard, ends, done } = setUp()
  guard.arm(() => 'a stream is stale', done)
  world.calls[0]?.answer(YES)
  guard.arm(() => 'a stream is stale', done)
  guard.callOff('Ctrl-C')
  world.calls[1]?.answer(YES)
  expect(ends).toEqual(['a stream is stale', 'stopped while it was being armed: Ctrl-C'])
  expect(guard.isDue(world.now)).toBe(true)
})

test('the answer to a disarming that was overtaken by an arming pays for nothing', () => {
  const { world, guard, done } = setUp()
  guard.disarm(done)
  guard.arm(() => undefined, done)
  world.calls[0]?.answer(YES)
  expect(guard.isOwed).toBe(true)
  world.calls[1]?.answer(YES)
  world.isArmed = true
  expect([guard.isOwed, guard.isDue(world.now + 10)]).toEqual([true, false])
})

test('only what it says after it has said that it is armed is a lapse', () => {
  const { world, guard } = setUp()
  guard.armed()
  guard.heard(says('idle'))
  expect(guard.lapse).toBeUndefined()
  expect(guard.isUnconfirmed(world.now + LIMITS.guardConfirms)).toBe(false)
  expect(guard.isUnconfirmed(world.now + LIMITS.guardConfirms + 0.01)).toBe(true)
  guard.heard(says('armed'))
  expect([guard.lapse, guard.isUnconfirmed(world.now + 10)]).toEqual([undefined, false])
  guard.heard(says('holding'))
  expect(guard.lapse?.state).toBe('holding')
  guard.armed()
  expect(guard.lapse).toBeUndefined()
})

test('it may be silent for a while, on a new connection too; what it never says is refused', () => {
  const { world, guard } = setUp()
  expect(guard.isSilent(world.now)).toBe(true)
  guard.connected()
  expect(guard.isSilent(world.now + LIMITS.guardSilence)).toBe(false)
  guard.heard(says('idle'))
  expect(guard.said?.state).toBe('idle')
  expect(() => guard.heard(says('asleep'))).toThrow(RangeError)
  expect(guard.said?.state).toBe('idle')
  guard.connected()
  expect(guard.said).toBeUndefined()
  expect(guard.isSilent(world.now + LIMITS.guardSilence + 0.01)).toBe(true)
})
