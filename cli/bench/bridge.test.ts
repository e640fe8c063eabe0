import { expect, test } from 'vitest'
import { reactions } from './bridge.ts'
import { STEP } from './bridge-peer-protocol.ts'

const at = (time: number, count: number) => ({ time, x: 0.5 + count * STEP })

test('each pose is answered by the first command that was made from it', () => {
  const measured = [at(0, 1), at(0.02, 2), at(0.04, 3)]
  const arrived = [at(0.004, 1), at(0.012, 1), at(0.047, 3)]
  expect(reactions(arrived, measured).map((time) => Number(time.toFixed(6)))).toEqual([0.004, 0.007])
})

test('a command from before is none, and numbers that come round again are of the newest pose', () => {
  const measured = [at(1, 7), at(5, 7)]
  expect(reactions([at(0.9, 7), at(5.003, 7)], measured).map((time) => Number(time.toFixed(6)))).toEqual([0.003])
})
