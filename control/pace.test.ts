import { expect, test } from 'vitest'
import { FakeRobot } from './fake-robot.ts'
import { Pace } from './pace.ts'

/** Times of commands at 10 Hz, each taking as long as `work` says, s. */
async function times(work: readonly number[]) {
  const clock = new FakeRobot()
  const pace = new Pace(clock, 0.1)
  const made: number[] = []
  for (const seconds of work) {
    made.push(Number(clock.time.toFixed(6)))
    clock.time += seconds
    await pace.next()
  }
  return { made, missed: pace.missed }
}

test('work shorter than the interval leaves the rhythm alone', async () => {
  expect(await times([0.02, 0.09, 0.01, 0])).toEqual({ made: [0, 0.1, 0.2, 0.3], missed: 0 })
})

test('a little late is made up for, and nothing is missed', async () => {
  expect(await times([0.15, 0.01, 0.01])).toEqual({ made: [0, 0.15, 0.2], missed: 0 })
})

test('commands that were due in a long delay are never made, and counted', async () => {
  // From 0 to 0.35 s: those of 0.1, 0.2 and 0.3 s.
  expect(await times([0.35, 0, 0])).toEqual({ made: [0, 0.45, 0.55], missed: 3 })
})

test('a clock that is set back does not make it wait for the time that was', async () => {
  expect(await times([-100, 0, 0])).toEqual({ made: [0, -99.9, -99.8], missed: 0 })
})
