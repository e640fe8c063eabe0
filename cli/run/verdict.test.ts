import { expect, test } from 'vitest'
import { parseVerdict, VerdictWatch } from './verdict.ts'

const verdict = (changes: object) =>
  JSON.stringify({
    state: 'running',
    task: 'square-peg',
    seatSeconds: null,
    failure: null,
    peakForceN: 2.5,
    ...changes,
  })

test('an episode that waits or runs has not ended', () => {
  for (const state of ['waiting', 'running']) {
    expect(parseVerdict(verdict({ state }))).toEqual({ ended: undefined, peakForceN: 2.5 })
  }
})

test('seated or failed, it ended, with the judge’s words', () => {
  expect(parseVerdict(verdict({ state: 'seated', seatSeconds: 6.1 })).ended).toEqual({
    seated: true,
    seatSeconds: 6.1,
    reason: 'seated',
  })
  expect(parseVerdict(verdict({ state: 'failed', failure: 'jammed' })).ended).toEqual({
    seated: false,
    seatSeconds: null,
    reason: 'jammed',
  })
})

test('what is no verdict is told as such', () => {
  expect(() => parseVerdict('done')).toThrow('expected a verdict as JSON, got "done"')
  expect(() => parseVerdict('{}')).toThrow(/no verdict: .*state/s)
})

test('it is asked for until there is one, through answers that fail', async () => {
  const answers = [
    () => Promise.reject(new Error('no answer within 6 s')),
    async () => verdict({}),
    async () => verdict({ state: 'seated', seatSeconds: 5 }),
  ]
  let asked = 0
  const watch = new VerdictWatch(() => (answers[asked++] ?? (() => Promise.reject(new Error('asked again'))))(), 3600)
  await watch.look()
  expect(watch).toMatchObject({ problem: 'no answer within 6 s', ended: undefined, wasOver: undefined })
  expect(watch.problemSeconds).toBeGreaterThanOrEqual(0)
  await watch.look()
  expect(watch).toMatchObject({
    problem: undefined,
    problemSeconds: 0,
    ended: undefined,
    wasOver: false,
    peakForceN: 2.5,
  })
  await watch.look()
  await watch.look()
  expect(watch.ended).toMatchObject({ seated: true, seatSeconds: 5 })
  expect(asked).toBe(3)
  await watch.stop()
})
