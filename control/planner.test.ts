import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { makePose, type Pose } from '../geometry/index.ts'
import { Planner } from './planner.ts'

const height = (pose: Pose) => pose.position[2]
const seen = (z: number) => ({ sourceInTarget: makePose([0, 0, z]), confidence: 1 })

/** Plans of ten poses 0.1 s apart, each a millimetre below what was seen; they come back when they are let. */
function setUp() {
  const clock = { time: 0, now: () => clock.time }
  const waiting: { resolve(): void; reject(error: Error): void }[] = []
  const predictor = {
    needsView: false,
    poseInterval: 0.1,
    actionHorizon: 5,
    forgotten: 0,
    begin() {},
    forget() {
      predictor.forgotten++
    },
    async predict({ sourceInTarget }: { sourceInTarget: Pose }): Promise<Pose[]> {
      await new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }))
      return Array.from({ length: 10 }, (_, k) => makePose([0, 0, height(sourceInTarget) - 0.001 * (k + 1)]))
    },
  }
  const planner = new Planner(predictor, clock, 'new')
  const at = async (time: number, settle?: (plan: (typeof waiting)[number]) => void) => {
    clock.time = time
    const plan = settle && waiting.shift()
    if (plan && settle) settle(plan)
    for (let i = 0; i < 3; i++) await setImmediate()
  }
  return { planner, at, predictor }
}

test('a chunk is laid at the stamp of what it was planned from, however long planning took', async () => {
  const { planner, at } = setUp()
  planner.begin(seen(0.05), 0)
  await at(0.18, (plan) => plan.resolve())
  expect(planner.take(0.18)).toMatchObject({ seenAt: 0, seconds: 0.18, late: false })
  // 0.2 s after it was seen it should be 2 mm lower, though planning took most of that time.
  expect(height(planner.wantedAt(0.2))).toBeCloseTo(0.048, 9)
})

test('the next chunk is due when this one is executed, and this one plays on until that is there', async () => {
  const { planner, at } = setUp()
  planner.begin(seen(0.05), 0)
  await at(0.1, (plan) => plan.resolve())
  planner.take(0.1)
  expect([planner.isDue(0.4), planner.isDue(0.5)]).toEqual([false, true])
  planner.begin(seen(0.04), 0.5)
  expect(planner.isDue(0.9)).toBe(false)
  await at(0.7)
  expect(planner.take(0.7)).toBeUndefined()
  expect(height(planner.wantedAt(0.7))).toBeCloseTo(0.043, 9)
  await at(0.8, (plan) => plan.resolve())
  planner.take(0.8)
  expect(height(planner.wantedAt(0.8))).toBeCloseTo(0.037, 9)
})

test('a plan that is not there when the next one is due is late, and says so', async () => {
  const { planner, at } = setUp()
  planner.begin(seen(0.05), 0)
  await at(0.62, (plan) => plan.resolve())
  expect(planner.take(0.62)?.late).toBe(true)
})

test('what is planned from what no longer holds is dropped when it comes', async () => {
  const { planner, at, predictor } = setUp()
  planner.begin(seen(0.05), 0)
  planner.forget()
  // One plan at a time, also then: a policy is no place for two.
  expect(planner.isDue(0.1)).toBe(false)
  await at(0.2, (plan) => plan.resolve())
  expect(planner.take(0.2)).toBeUndefined()
  expect([planner.newest, planner.isDue(0.2)]).toEqual([undefined, true])
  expect(() => planner.wantedAt(0.2)).toThrow('at least one chunk')
  // A policy that goes on from its last chunk is not to: neither from that, nor from the one that came since.
  expect(predictor.forgotten).toBe(2)
})

test('what goes wrong in planning is thrown to whoever asks for the plan', async () => {
  const { planner, at } = setUp()
  planner.begin(seen(0.05), 0)
  await at(0.1, (plan) => plan.reject(new Error('no model')))
  expect(() => planner.take(0.1)).toThrow('no model')
})
