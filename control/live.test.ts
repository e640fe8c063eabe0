import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { makePose, type Pose, poseDistance } from '../geometry/index.ts'
import type { Seen } from '../policy/predictor.ts'
import { type ControllerOptions, type Cycle, control } from './controller.ts'
import { FakeRobot, lenientGovernor } from './fake-robot.ts'

const RATE = 30

/** Time passes by itself in steps of a millisecond, and what is due is done on the way. */
class LivingRobot extends FakeRobot {
  readonly timers: { due: number; resolve(): void }[] = []
  /** when each command was sent, s */
  readonly sent: number[] = []

  after(seconds: number): Promise<void> {
    return new Promise((resolve) => this.timers.push({ due: this.time + seconds, resolve }))
  }

  override async sleepUntil(time: number): Promise<void> {
    while (this.time < time - 1e-9) {
      this.time = Math.min(time, this.time + 1e-3)
      const due = this.timers.filter((timer) => timer.due <= this.time)
      for (const timer of due) {
        this.timers.splice(this.timers.indexOf(timer), 1)
        timer.resolve()
      }
      if (due.length > 0) await setImmediate()
    }
  }

  override async command(target: { eeInBase: Pose }): Promise<void> {
    this.sent.push(this.time)
    await super.command(target)
  }
}

/** Down at 20 mm/s from where the part is seen; planning takes as long as `takes` says, s. */
function slowPredictor(robot: LivingRobot, takes: (plan: number) => number) {
  let plans = 0
  const underway = { now: 0, most: 0 }
  return {
    underway,
    needsView: false,
    poseInterval: 0.1,
    actionHorizon: 5,
    begin() {},
    async predict({ sourceInTarget: { position, orientation } }: Seen): Promise<Pose[]> {
      underway.most = Math.max(underway.most, ++underway.now)
      const done = robot.after(takes(plans++))
      // The first plan is waited for, and time has to pass for it.
      if (plans === 1) await robot.sleepUntil(robot.time + takes(0))
      await done
      underway.now--
      return Array.from({ length: 20 }, (_, k) =>
        makePose([position[0], position[1], position[2] - 0.002 * (k + 1)], orientation),
      )
    },
  }
}

async function live(
  takes: (plan: number) => number,
  seconds: number,
  options: Partial<ControllerOptions> = {},
  between = (_: LivingRobot) => {},
) {
  const robot = new LivingRobot()
  const predictor = slowPredictor(robot, takes)
  const cycles: Cycle[] = []
  const settings = { seed: 0, filterMemory: 0, trim: null, commandInterval: 1 / RATE, ...options }
  const ports = { robot, clock: robot, governor: lenientGovernor(), predictor }
  for await (const cycle of control({ ...ports, planning: 'ahead', ...settings })) {
    cycles.push(cycle)
    if (cycle.time >= seconds) break
    between(robot)
  }
  return { robot, cycles, predictor }
}

test('commands stream at their rate whatever planning takes, and nothing is commanded before the first plan', async () => {
  const { robot } = await live(() => 0.3, 3)
  expect(robot.sent[0]).toBeCloseTo(0.3, 9)
  const intervals = robot.sent.slice(1).map((time, i) => time - (robot.sent[i] as number))
  expect(intervals.length).toBeGreaterThan(75)
  for (const interval of intervals) expect(interval).toBeCloseTo(1 / RATE, 6)
})

test('the next chunk is computed while this one plays: the motion neither waits nor jumps', async () => {
  const { robot, cycles, predictor } = await live(() => 0.3, 3)
  // Planned at 0 and then each half second.
  expect(cycles.filter(({ chunk }) => chunk).length).toBe(6)
  expect(predictor.underway.most).toBe(1)
  const heights = robot.commands.map(({ position }) => position[2])
  // 20 mm/s at 30 Hz: two thirds of a millimetre down with each command; a robot that waited would stand for 0.3 s.
  const steps = heights.slice(2).map((z, i) => (heights[i + 1] as number) - z)
  for (const step of steps) expect(Math.abs(step - 0.02 / RATE)).toBeLessThan(1.5e-3)
  const mean = ((heights[1] as number) - (heights.at(-1) as number)) / (heights.length - 2)
  expect(mean).toBeCloseTo(0.02 / RATE, 4)
})

test('a chunk is laid at the stamp of what it was planned from, so that its age makes no difference', async () => {
  const { cycles } = await live(() => 0.3, 2)
  for (const { time, chunk } of cycles.filter((cycle) => cycle.chunk)) {
    const seenAt = chunk?.stamps[0] ?? Number.NaN
    expect(time - seenAt).toBeGreaterThanOrEqual(0.299)
    // Within a command's interval after it came.
    expect(time - seenAt).toBeLessThan(0.3 + 2 / RATE)
  }
})

test('the first plan is there before the robot is armed, and the first command comes right after', async () => {
  const robots: { armedAt: number; commands: number }[] = []
  const robot = new LivingRobot()
  const predictor = slowPredictor(robot, () => 0.3)
  const ports = { robot, clock: robot, governor: lenientGovernor(), predictor, seed: 0, trim: null }
  const planned = async () => void robots.push({ armedAt: robot.time, commands: robot.commands.length })
  for await (const cycle of control({ ...ports, planning: 'ahead', planned })) {
    expect(cycle.planSeconds).toBeCloseTo(0.3, 6)
    break
  }
  expect(robots).toHaveLength(1)
  expect(robots[0]?.commands).toBe(0)
  expect((robot.sent[0] as number) - (robots[0]?.armedAt as number)).toBeLessThan(1e-6)
})

test('plans that come when the next was due are counted, and so are commands that were never made', async () => {
  const { cycles } = await live((plan) => (plan === 2 ? 0.9 : 0.1), 4)
  expect(cycles.at(-1)?.missed).toEqual({ commands: 0, plans: 1 })
  let blocked = false
  const stalled = await live(
    () => 0.1,
    3,
    {},
    (robot) => {
      if (blocked || robot.time < 1) return
      blocked = true
      robot.time += 0.25
    },
  )
  // 0.25 s at 30 Hz: seven that were due and never made, or eight, as it falls.
  expect(stalled.cycles.at(-1)?.missed?.commands).toBeGreaterThanOrEqual(7)
  expect(stalled.cycles.at(-1)?.missed?.commands).toBeLessThanOrEqual(8)
})

test('a policy that fails stops the robot, though it failed between two commands', async () => {
  const robot = new LivingRobot()
  const slow = slowPredictor(robot, () => 0.1)
  let plans = 0
  const predictor = {
    ...slow,
    predict: async (seen: Seen) => {
      if (++plans === 3) {
        await robot.after(0.2)
        throw new Error('out of memory')
      }
      return slow.predict(seen)
    },
  }
  const ports = { robot, clock: robot, governor: lenientGovernor(), predictor, seed: 0, trim: null }
  const running = async () => {
    for await (const _ of control({ ...ports, planning: 'ahead' }));
  }
  await expect(running()).rejects.toThrow('out of memory')
  expect(robot.stops).toEqual(['the controller failed'])
})

test('live and waiting control command the same path when planning takes no time', async () => {
  const path = async (planning: 'wait' | 'ahead') => {
    const robot = new FakeRobot()
    const predictor = {
      needsView: false,
      poseInterval: 0.1,
      actionHorizon: 5,
      begin() {},
      predict: async ({ sourceInTarget: { position, orientation } }: Seen) =>
        Array.from({ length: 20 }, (_, k) => makePose([0, 0, position[2] - 0.002 * (k + 1)], orientation)),
    }
    const ports = { robot, clock: robot, governor: lenientGovernor(), predictor, seed: 0, trim: null, planning }
    for await (const cycle of control(ports)) {
      await setImmediate()
      if (cycle.time > 2) break
    }
    return robot.commands
  }
  const [waiting, ahead] = [await path('wait'), await path('ahead')]
  // A plan that was asked for in one cycle is there in the next: a sixtieth of a second of 20 mm/s.
  for (const [i, pose] of ahead.entries()) {
    expect(poseDistance(pose, waiting[i] ?? makePose([9, 9, 9])).translation).toBeLessThan(0.7e-3)
  }
})
