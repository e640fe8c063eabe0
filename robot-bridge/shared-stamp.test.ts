import { expect, test } from 'vitest'
import { SharedStamp } from './shared-stamp.ts'

test('what one side writes the other reads, to a microsecond', () => {
  const written = new SharedStamp()
  const read = new SharedStamp(written.buffer)
  expect(read.get()).toBeUndefined()
  written.set(1_732_510_000.123456)
  expect(read.get()).toBeCloseTo(1_732_510_000.123456, 6)
  written.set(undefined)
  expect(read.get()).toBeUndefined()
})
