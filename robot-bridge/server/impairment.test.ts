import { describe, expect, it } from 'vitest'
import { FakeScheduler } from './fake-scheduler.ts'
import { Impairment } from './impairment.ts'

describe('a bad network', () => {
  it('delivers late, in order, each after the same time', () => {
    const scheduler = new FakeScheduler()
    const network = new Impairment({ latency: 0.03, drop: 0, random: () => 0, scheduler })
    const got: string[] = []
    for (const name of ['a', 'b', 'c']) {
      network.pass(() => got.push(`${name} ${scheduler.now().toFixed(2)}`), true)
      scheduler.pass(0.01)
    }
    scheduler.pass(1)
    expect(got).toEqual(['a 0.03', 'b 0.04', 'c 0.05'])
  })

  it('loses its share of what may be lost, and nothing else', () => {
    const scheduler = new FakeScheduler()
    let n = 0
    // 0, 0.1, … 0.9 and again: below 0.25 are 3 of 10.
    const random = () => (n++ % 10) / 10
    const network = new Impairment({ latency: 0, drop: 0.25, random, scheduler })
    let [topics, others] = [0, 0]
    for (let i = 0; i < 100; i++) {
      network.pass(() => topics++, true)
      network.pass(() => others++, false)
    }
    expect([topics, others]).toEqual([70, 100])
  })

  it('that ends delivers nothing more', () => {
    const scheduler = new FakeScheduler()
    const network = new Impairment({ latency: 0.03, drop: 0, random: () => 0, scheduler })
    let delivered = 0
    network.pass(() => delivered++, true)
    network.close()
    scheduler.pass(1)
    expect([delivered, scheduler.waiting]).toEqual([0, 0])
  })
})
