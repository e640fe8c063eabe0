import { expect, test } from 'vitest'
import { needsStage } from './stage-need.ts'

const idle = { drives: true, mode: 'idle', recording: 'off', trims: false } as const

test.each([
  ['who drives and does nothing', {}, false],
  ['who steers', { mode: 'teleop' }, true],
  ['who lets a policy drive', { mode: 'policy' }, true],
  ['who records', { recording: 'recording' }, true],
  ['who has to keep or discard', { recording: 'deciding' }, true],
  ['who trims', { trims: true }, true],
  ['who watches and trims', { drives: false, trims: true }, true],
  ['who watches', { drives: false, mode: 'policy', recording: 'recording' }, false],
] as const)('%s', (_, now, expected) => {
  expect(needsStage({ ...idle, ...now })).toBe(expected)
})
