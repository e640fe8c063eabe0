import { expect, test } from 'vitest'
import { makePose } from '../geometry/index.ts'
import {
  beginRecovery,
  DEFAULT_WITHDRAW,
  type RecoveryOptions,
  type RecoveryState,
  recover,
  type Situation,
  type Step,
  searchFor,
} from './recover.ts'

const MM = 1e-3
const goal = makePose([0, 0, -0.02])
const search = searchFor({ clearance: 0.1 * MM, chamfer: 0.5 * MM })
const both: RecoveryOptions = { retries: 2, search, aside: 1.5 * MM, withdraw: DEFAULT_WITHDRAW }

/** A part on the rim, pressed on with a spring of 1500 N/m, until `on` says otherwise. */
const situation = (time: number, changes: Partial<Situation> = {}): Situation => ({
  time,
  phase: 'stuck',
  sourceInTarget: makePose([1 * MM, 0, 0.5 * MM]),
  push: 3,
  force: 4,
  goal,
  planned: makePose([0, 0, -2 * MM]),
  isRocked: false,
  ...changes,
})

/** Steps at 30 Hz; the world answers to what was wanted. */
function play(
  seconds: number,
  options: RecoveryOptions,
  world: (step: Step | undefined, time: number) => Partial<Situation>,
) {
  let state: RecoveryState = beginRecovery(0)
  let step: Step | undefined
  const steps: Step[] = []
  for (let tick = 1; tick <= seconds * 30; tick++) {
    const time = tick / 30
    step = recover(state, situation(time, world(step, time)), options)
    state = step.state
    steps.push(step)
  }
  return { steps, state }
}

const modes = (steps: readonly Step[]) =>
  steps.map(({ state }) => state.mode.name).filter((mode, i, all) => mode !== all[i - 1])

test('a part that is free or seated is left to the plan', () => {
  for (const phase of ['free', 'seated'] as const) {
    expect(recover(beginRecovery(0), situation(1, { phase }), both)).toMatchObject({ forget: false })
    expect(recover(beginRecovery(0), situation(1, { phase }), both).wanted).toBeUndefined()
  }
})

test('a part that is rocked is not withdrawn until that was tried; a search does not wait', () => {
  const rocked = (time: number) => ({ isRocked: time < 3 })
  const { steps } = play(4, { ...both, search: null }, (_, time) => rocked(time))
  expect(modes(steps)).toEqual(['following', 'withdrawing'])
  expect(steps.findIndex(({ wanted }) => wanted !== undefined) / 30).toBeCloseTo(3, 1)
  expect(modes(play(1, both, (_, time) => rocked(time)).steps)).toEqual(['searching'])
})

test('with nothing allowed it says that it is at its end, once, and leaves the plan alone', () => {
  const { steps } = play(2, { ...both, retries: 0, search: null }, () => ({}))
  expect(modes(steps)).toEqual(['exhausted'])
  expect(steps.some(({ wanted, forget }) => wanted !== undefined || forget)).toBe(false)
})

test('stuck at the mouth it circles outwards about where the plan wants the axis, lightly pressed', () => {
  const { steps } = play(3, both, (step) => {
    const lead = step?.wanted ? 0.5 * MM - step.wanted.position[2] : 0
    return { push: 1500 * lead, force: 1500 * lead }
  })
  const wanted = steps.flatMap((step) => (step.wanted ? [step.wanted.position] : []))
  expect(wanted.length).toBe(90)
  const radii = wanted.map(([x, y]) => Math.hypot(x, y))
  for (const [i, radius] of radii.slice(1).entries()) expect(radius).toBeGreaterThanOrEqual(radii[i] as number)
  // 18 mm along a spiral of 1.05 mm: π r² / p = 18 mm at 2.45 mm.
  expect(radii.at(-1)).toBeCloseTo(2.45 * MM, 4)
  // The spring comes to the force that was asked for.
  expect(1500 * (0.5 * MM - (wanted.at(-1)?.[2] as number))).toBeCloseTo(search.push, 1)
})

test('while too much is felt it neither goes on nor presses', () => {
  const { steps } = play(1, both, () => ({ push: 20, force: 25 }))
  const wanted = steps.flatMap((step) => (step.wanted ? [step.wanted.position] : []))
  for (const [x, y, z] of wanted) {
    expect(Math.hypot(x, y)).toBe(0)
    expect(z).toBeCloseTo(0.5 * MM, 12)
  }
})

test('a sensor that says NaN counts as too much', () => {
  const { steps } = play(1, both, () => ({ push: 3, force: Number.NaN }))
  for (const { wanted } of steps) expect(Math.hypot(wanted?.position[0] ?? 1, wanted?.position[1] ?? 1)).toBe(0)
})

test('dropped into the mouth, where it is then is the axis, and the plans so far are forgotten', () => {
  const { steps, state } = play(2, both, (_, time) =>
    time < 1 ? {} : { sourceInTarget: makePose([1.4 * MM, -0.3 * MM, -0.2 * MM]), phase: 'free' },
  )
  const drop = steps.findIndex(({ forget }) => forget)
  expect(drop).toBe(29)
  expect(state).toMatchObject({ mode: { name: 'following' }, found: 1, retried: 0 })
  // The rim was believed 0.5 mm up.
  for (const [i, expected] of [1.4 * MM, -0.3 * MM, 0.5 * MM].entries())
    expect(state.shift[i as 0]).toBeCloseTo(expected, 12)
})

test('nothing within the radius: withdrawn along the axis, brought again, and at last given up', () => {
  let height = 0.5 * MM
  const { steps, state } = play(60, both, (step) => {
    // Follows its command up; the plan brings it down again at once, and there it is stuck.
    const up = step?.state.mode.name === 'withdrawing' ? step.wanted?.position[2] : undefined
    height = up ?? 0.5 * MM
    return { sourceInTarget: makePose([1 * MM, 0, height]), phase: up === undefined ? 'stuck' : 'free' }
  })
  expect(modes(steps)).toEqual([
    ...['searching', 'withdrawing', 'following'],
    ...['searching', 'withdrawing', 'following'],
    ...['searching', 'exhausted'],
  ])
  expect(state).toMatchObject({ retried: 2, found: 0, shift: [0, 0, 0] })
  const rising = steps.filter(({ state }) => state.mode.name === 'withdrawing')
  expect(Math.max(...rising.map(({ wanted }) => wanted?.position[2] ?? 0))).toBeCloseTo(DEFAULT_WITHDRAW.height, 3)
  for (const { wanted } of rising) expect(wanted?.position[0]).toBe(1 * MM)
})

test('jammed below the mouth there is nothing to search for: it is taken out and brought again', () => {
  const { steps } = play(1, both, () => ({ sourceInTarget: makePose([0, 0, -8 * MM]) }))
  expect(modes(steps)).toEqual(['withdrawing'])
  // 10 mm/s up from −8 mm.
  expect(steps.at(-1)?.wanted?.position[2]).toBeCloseTo(-8 * MM + 0.01 * (29 / 30), 4)
})

test('without a search it is brought again beside the place where it was stuck, each time elsewhere', () => {
  const stuckAgain = (from: RecoveryState, time: number) =>
    recover(from, situation(time), { ...both, search: null }).state
  const first = stuckAgain(beginRecovery(0), 1)
  const second = stuckAgain({ ...first, mode: { name: 'following' }, retried: 1 }, 2)
  for (const { shift } of [first, second]) expect(Math.hypot(...shift)).toBeCloseTo(1.5 * MM, 12)
  // The golden angle, 137.5°, apart: a chord of 2 sin(68.75°) radii.
  const apart = Math.hypot(first.shift[0] - second.shift[0], first.shift[1] - second.shift[1])
  expect(apart).toBeCloseTo(2 * Math.sin(1.2) * 1.5 * MM, 6)
  // One that was jammed in the hole was at the right place.
  const jammed = situation(1, { sourceInTarget: makePose([0, 0, -8 * MM]) })
  expect(recover(beginRecovery(0), jammed, { ...both, search: null }).state.shift).toEqual([0, 0, 0])
})

test('a part that cannot be withdrawn is not waited for for ever', () => {
  const { steps } = play(5, { ...both, search: null }, () => ({ sourceInTarget: makePose([0, 0, -8 * MM]) }))
  // 20 mm at 10 mm/s, and a second of patience.
  expect(steps.findIndex(({ forget }) => forget) / 30).toBeCloseTo(3, 1)
})

test('the pitch of the search follows from the fit, and is never too fine to follow', () => {
  expect(searchFor({ clearance: 1e-5, chamfer: 0 }).pitch).toBe(1e-4)
  expect(searchFor({ clearance: 1e-3, chamfer: 0 }).pitch).toBeCloseTo(5e-4, 12)
  expect(search.pitch).toBeCloseTo(1.05 * MM, 12)
})
