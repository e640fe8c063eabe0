import { expect, test } from 'vitest'
import { makePose } from '../../geometry/index.ts'
import { loadProfile } from '../../robot-bridge/load-profile.ts'
import { findTask, simLimits } from '../../sim/index.ts'
import { insertionFor } from './insertion.ts'

const goal = makePose([0, 0, -0.02])
const fit = { clearance: 1e-4, chamfer: 5e-4 }

test('a search and a withdrawal keep the arm’s speed near the target, and press less than its governor bears', async () => {
  const simulated = insertionFor(goal, { retry: 2, spiral: true }, fit, simLimits(findTask('square-peg'))).recovery
  expect(simulated).toMatchObject({ withdraw: { speed: 0.01 }, search: { speed: 0.006, most: 15 } })
  const { limits } = await loadProfile('ur-cartesian-motion')
  expect(limits).toMatchObject({ contactZone: { speed: 0.005 }, force: 10 })
  const real = insertionFor(goal, { retry: 2, spiral: true }, fit, limits).recovery
  expect(real).toMatchObject({ withdraw: { speed: 0.005 }, search: { speed: 0.005, most: 8 }, retries: 2 })
  expect(insertionFor(goal, {}, fit, limits).recovery).toBeUndefined()
})
