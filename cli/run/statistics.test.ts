import { expect, test } from 'vitest'
import type { Cycle } from '../../control/index.ts'
import { makePose } from '../../geometry/index.ts'
import { RunStatistics } from './statistics.ts'

const pose = makePose([0, 0, 0])
const seen = (stamp: number) => ({ pose, stamp, confidence: 1 })

/** A cycle at 20 Hz, that sees what was 30 ms ago. */
const cycle = (tick: number, changes: Partial<Cycle> = {}): Cycle => {
  const time = tick / 20
  const stamp = time - 0.03
  const wrench = {
    force: [0, 0, tick === 10 ? 5 : 3] as [number, number, number],
    torque: [0, 0, 0] as [number, number, number],
  }
  return {
    time,
    observation: { stamp, source: seen(stamp), target: seen(stamp), eeInBase: pose, wrench },
    sourceInTarget: pose,
    guarded: { eeInBase: pose, interventions: [] },
    missed: { commands: 0, plans: 0 },
    ...changes,
  }
}

test('one line tells state, rate, latencies, force and gate, and nothing of what there is none of', () => {
  const statistics = new RunStatistics()
  for (let tick = 0; tick < 40; tick++)
    statistics.see(cycle(tick, tick % 10 ? {} : { planSeconds: 0.02 + tick / 1000 }))
  expect(statistics.line({ state: 'moving', seconds: 2, roundTrip: { p50: 0.0012, p99: 0.0031 } })).toBe(
    'moving · 2.0 s · 20.0 Hz · plan 35/50 ms · link 1.2/3.1 ms · 3.0 N',
  )
  const gate = Float32Array.of(0.2, 0.4)
  statistics.see(cycle(40, { fusing: { gate }, missed: { commands: 2, plans: 1 } }))
  const line = statistics.line({ state: 'moving', seconds: 2 })
  expect(line).toContain('gate 0.30')
  expect(line).toContain('missed 2 commands, 1 plans late')
  expect(line).not.toContain('link')
})

test('the summary keeps the deadlines that were missed and the largest force', () => {
  const statistics = new RunStatistics()
  for (let tick = 0; tick < 20; tick++) statistics.see(cycle(tick, { missed: { commands: tick, plans: 1 } }))
  const summary = statistics.summary()
  expect(summary).toMatchObject({ plans: 0, planSeconds: undefined, missedCommands: 19, latePlans: 1 })
  expect(summary.rateHz).toBeCloseTo(20, 6)
  expect(summary.observationAgeSeconds?.p50).toBeCloseTo(0.03, 9)
  expect(statistics.peakForceN).toBe(5)
})

test('what hangs on the sensor is no contact: until it is known nothing is felt', () => {
  const insertion = { phase: 'free', mode: 'following', push: 0, retried: 0, found: 0, shift: [0, 0, 0] } as const
  const statistics = new RunStatistics()
  statistics.see(cycle(10, { insertion: { ...insertion, push: undefined, force: undefined } }))
  expect(statistics.peakForceN).toBe(0)
  statistics.see(cycle(11, { insertion: { ...insertion, force: 1.5 } }))
  expect(statistics.peakForceN).toBe(1.5)
})
