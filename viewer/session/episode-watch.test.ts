import { expect, test } from 'vitest'
import { EpisodeWatch } from './episode-watch.ts'
import type { Glance, Station } from './station.ts'

/** What is looked at: a net contact force, N. */
const feeling = (stamp: number, newtons: number) =>
  ({ stamp, contacts: [{ force: [0, 0, 2 * newtons] }, { force: [0, 0, -newtons] }] }) as unknown as Glance

test('the verdict is of who began: neither the time nor the force of who drove before', () => {
  const station = { peakForceN: 0, isStreamed: false, begin() {}, judge: () => undefined as unknown }
  const watch = new EpisodeWatch(station as unknown as Station)
  watch.commanded()
  station.peakForceN = 30
  watch.look(feeling(0.1, 28), true, false)
  watch.begin()
  watch.commanded()
  watch.look(feeling(0.2, 3), true, true)
  watch.look(feeling(0.3, 2), true, true)
  station.judge = () => ({ seated: true, reason: 'seated', seatedAt: 0.4 })
  const verdict = watch.look(feeling(0.4, 1), true, true)
  expect(verdict).toMatchObject({ seated: true, peakForceN: 3 })
  expect(verdict?.seatSeconds).toBeCloseTo(0.3, 9)
})

test('a force between two looks counts when it is more than there was before', () => {
  const station = { peakForceN: 5, isStreamed: false, begin() {}, judge: () => undefined as unknown }
  const watch = new EpisodeWatch(station as unknown as Station)
  watch.begin()
  watch.commanded()
  watch.look(feeling(0.1, 3), true, true)
  station.peakForceN = 8
  station.judge = () => ({ seated: false, reason: 'jammed', seatedAt: null })
  expect(watch.look(feeling(0.2, 3), true, true)).toMatchObject({ reason: 'jammed', peakForceN: 8 })
})
