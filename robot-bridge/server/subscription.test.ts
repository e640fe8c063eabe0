import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FakeScheduler } from './fake-scheduler.ts'
import { type Compression, Subscription, type Wish } from './subscription.ts'

const wish = (more: Partial<Wish> = {}): Wish => ({ throttleRate: 0, queueLength: 0, compression: 'none', ...more })

function subscribe(...wishes: Partial<Wish>[]) {
  const scheduler = new FakeScheduler()
  const sent: [time: number, message: number, compression: Compression][] = []
  const network = { isCongested: false }
  const subscription = new Subscription<number>(
    {
      send: (message, compression) => sent.push([Number(scheduler.now().toFixed(6)), message, compression]),
      isCongested: () => network.isCongested,
    },
    scheduler,
  )
  wishes.forEach((each, i) => {
    subscription.add(`${i}`, wish(each))
  })
  const timesAndMessages = () => sent.map(([time, message]) => [time, message])
  return { scheduler, sent, network, subscription, timesAndMessages }
}

describe('a subscription', () => {
  it('without settings sends all at once', () => {
    const { subscription, timesAndMessages } = subscribe({})
    for (const message of [1, 2, 3]) subscription.take(message)
    expect(timesAndMessages()).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
    ])
  })

  it('that is throttled drops what comes too early', () => {
    const { subscription, scheduler, timesAndMessages } = subscribe({ throttleRate: 100 })
    // Every 40 ms: of 0, 40, 80, 120, 160, 200, 240 ms those at 0, 120 and 240 come 100 ms after the one before.
    for (let i = 0; i < 7; i++) {
      subscription.take(i)
      scheduler.pass(0.04)
    }
    expect(timesAndMessages()).toEqual([
      [0, 0],
      [0.12, 3],
      [0.24, 6],
    ])
    expect(scheduler.waiting).toBe(0)
  })

  it('with a queue sends later what came too early, the newest that fit, on time', () => {
    const { subscription, scheduler, timesAndMessages } = subscribe({ throttleRate: 100, queueLength: 2 })
    for (let i = 0; i < 5; i++) subscription.take(i)
    scheduler.pass(1)
    expect(timesAndMessages()).toEqual([
      [0, 0],
      [0.1, 3],
      [0.2, 4],
    ])
  })

  it('with a queue holds back while the network is congested, and then sends the newest', () => {
    const { subscription, network, timesAndMessages } = subscribe({ queueLength: 1 })
    network.isCongested = true
    for (let i = 0; i < 5; i++) subscription.take(i)
    expect(timesAndMessages()).toEqual([])
    network.isCongested = false
    subscription.drain()
    expect(timesAndMessages()).toEqual([[0, 4]])
  })

  it('has one setting for all wishes: the shortest wait, the shortest queue, and CBOR before png before none', () => {
    const both = subscribe({ throttleRate: 1000, queueLength: 5 }, { throttleRate: 100, compression: 'png' })
    both.subscription.take(1)
    both.scheduler.pass(0.1)
    both.subscription.take(2)
    expect(both.sent).toEqual([
      [0, 1, 'png'],
      [0.1, 2, 'png'],
    ])
    both.subscription.add('2', wish({ compression: 'cbor', throttleRate: 100 }))
    both.scheduler.pass(0.1)
    both.subscription.take(3)
    expect(both.sent.at(-1)).toEqual([0.2, 3, 'cbor'])
  })

  it('goes back to what is left when a wish goes, and is empty without', () => {
    const { subscription, scheduler, timesAndMessages } = subscribe({ throttleRate: 1000 }, {})
    subscription.remove('1')
    for (const message of [1, 2]) subscription.take(message)
    expect(timesAndMessages()).toEqual([[0, 1]])
    expect(subscription.isEmpty).toBe(false)
    subscription.remove('0')
    expect(subscription.isEmpty).toBe(true)
    expect(scheduler.waiting).toBe(0)
  })

  it('never sends more often than it may, nor out of order, nor twice, whatever happens', () => {
    const steps = fc.array(fc.oneof(fc.constant('take' as const), fc.integer({ min: 1, max: 300 })), { maxLength: 60 })
    const settings = fc.record({ throttleRate: fc.integer({ min: 0, max: 200 }), queueLength: fc.nat(3) })
    fc.assert(
      fc.property(settings, steps, (setting, events) => {
        const { subscription, scheduler, sent } = subscribe(setting)
        let count = 0
        for (const event of events) {
          if (event === 'take') subscription.take(count++)
          else scheduler.pass(event / 1e3)
        }
        const taken = count
        scheduler.pass(10)
        for (let i = 1; i < sent.length; i++) {
          const [[before, first], [after, second]] = [sent[i - 1], sent[i]] as [
            [number, number, string],
            [number, number, string],
          ]
          expect(after - before).toBeGreaterThanOrEqual(setting.throttleRate / 1e3 - 1e-5)
          expect(second).toBeGreaterThan(first)
        }
        // With a queue the last always comes.
        if (setting.queueLength > 0 && taken > 0) expect(sent.at(-1)?.[1]).toBe(taken - 1)
      }),
    )
  })
})
