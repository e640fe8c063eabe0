import { expect, test } from 'vitest'
import { parseProgress, secondsLeft } from './job-progress.ts'

test('lines of progress are told from others', () => {
  expect(parseProgress('training 1064/2500 · 2 min 17 s left · loss 3.1e-2 · held out 4.0e-2')).toEqual({
    label: 'training',
    done: 1064,
    total: 2500,
    note: 'loss 3.1e-2 · held out 4.0e-2',
  })
  expect(parseProgress('square-peg 0.1 mm id 1/50 · just begun · 1 seated')).toMatchObject({
    label: 'square-peg 0.1 mm id',
    done: 1,
    note: '1 seated',
  })
  expect(parseProgress('practice pictures 3000/3000 · 0 s left')).toMatchObject({
    label: 'practice pictures',
    note: '',
  })
  for (const other of ['', 'warning: 3/4 seated', 'stopped at step 12 of 200; go on with: tenon train', 'a 1/2']) {
    expect(parseProgress(other)).toBeUndefined()
  }
})

test('the time left follows from the pace since the first report', () => {
  // 100 steps in 20 s: 5 a second; 400 are left.
  expect(secondsLeft({ done: 1000, time: 10 }, { done: 1100, time: 30 }, 1500)).toBe(80)
  expect(secondsLeft({ done: 1000, time: 10 }, { done: 1000, time: 10 }, 1500)).toBeNull()
  expect(secondsLeft({ done: 1000, time: 10 }, { done: 1000, time: 30 }, 1500)).toBeNull()
})
