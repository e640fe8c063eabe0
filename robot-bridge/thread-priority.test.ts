import { getPriority } from 'node:os'
import { expect, test } from 'vitest'
import { askForPriority, resignPriority } from './thread-priority.ts'

test.skipIf(process.platform !== 'linux')('priority that was granted is given up, and none is got by that', () => {
  const before = getPriority(0)
  const isGranted = askForPriority()
  if (isGranted) expect(getPriority(0)).toBe(-10)
  resignPriority()
  const after = isGranted ? 0 : Math.max(0, before)
  expect(getPriority(0)).toBe(after)
  resignPriority()
  expect(getPriority(0)).toBe(after)
})
