import { expect, it } from 'vitest'
import { describe } from './describe.ts'

const verdict = {
  state: 'running',
  task: 'square-peg',
  seed: 0,
  episode: 3,
  seconds: 4.25,
  seatSeconds: null,
  failure: null,
  peakForceN: 2.14,
  penetrationUm: 0.1,
  heightMm: 12,
  offsetMm: 1,
} as const
const guard = { state: 'armed', reason: 'obeys /a', accepted: 9, rejected: 1, stamp: 1 } as const
const running = { verdict, guard, slipped: 0, pictures: 0, clients: 2, keptUp: 0.994 }

it('tells episode, guard, clients, force and pace in a line', () => {
  expect(describe(running)).toBe(
    'episode 3 running 4.3 s · guard armed, obeys /a · 2 clients · peak 2.1 N · 99 % of real time',
  )
  expect(
    describe({ ...running, clients: 1, verdict: { ...verdict, state: 'failed', failure: 'jammed', seconds: 20 } }),
  ).toMatch(/^episode 3 failed: jammed 20\.0 s .* · 1 client · /)
  expect(describe({ ...running, verdict: { ...verdict, state: 'waiting' } })).toMatch(/^episode 3 waiting · /)
})
