import { expect, test } from 'vitest'
import { composeAll, invert, makePose, type Pose, poseDistance } from '../geometry/index.ts'
import { DEFAULT_TRIM } from './contact-trim.ts'
import { type ControllerOptions, type Cycle, control } from './controller.ts'
import { exampleLimits } from './example-limits.ts'
import { FakeRobot, lenientGovernor } from './fake-robot.ts'
import { Governor } from './governor.ts'
import { recoveryFor } from './recover.ts'
import type { Wrench } from './robot.ts'
import { DEFAULT_SEAT } from './seat.ts'

/** Poses of a chunk of 20: one millimetre further down each time, whatever is observed. */
const pose = (k: number): Pose => makePose([0, 0, 0.05 - 0.001 * k])
const predictor = {
  needsView: false,
  poseInterval: 0.1,
  actionHorizon: 5,
  begin() {},
  async predict(): Promise<Pose[]> {
    return Array.from({ length: 20 }, (_, k) => pose(k))
  },
}

async function run(
  robot: FakeRobot,
  cycles: number,
  options: Partial<ControllerOptions> = {},
  between = (_: number) => {},
) {
  const done: Cycle[] = []
  const settings = { commandInterval: 0.1, filterMemory: 0, trim: null, seed: 0, predictor, ...options }
  for await (const cycle of control({ robot, clock: robot, governor: lenientGovernor(), ...settings })) {
    done.push(cycle)
    if (done.length === cycles) break
    between(done.length)
  }
  return done
}

function expectPose(got: Pose | undefined, expected: Pose): void {
  const { translation, rotation } = poseDistance(got as Pose, expected)
  expect(translation).toBeLessThan(1e-9)
  expect(rotation).toBeLessThan(1e-6)
}

test('the end effector is sent to cameraInBase · targetInCamera · sourceInTarget* · inv(sourceInEe)', async () => {
  const robot = new FakeRobot()
  const [, cycle] = await run(robot, 2)
  const { target } = (cycle as Cycle).observation
  // Planned at 0, commanded from 0.1 to 0.2 s: the second pose of the chunk. (At 0 no time has passed to move in.)
  expectPose(robot.commands[1], composeAll(robot.cameraInBase, target.pose, pose(1), invert(robot.sourceInEe)))
})

test('the robot is told how fast the governor lets it be', async () => {
  const robot = new FakeRobot()
  const speeds: (number | undefined)[] = []
  const command = robot.command.bind(robot)
  robot.command = async (target) => {
    speeds.push(target.speed)
    await command(target)
  }
  await run(robot, 2)
  // All that the lenient one has.
  expect(speeds).toEqual([1e6, 1e6])
})

test('the grasp is measured again in each cycle, so that a slip is made up for', async () => {
  const robot = new FakeRobot()
  const slipped = makePose([0.004, -0.002, 0.115], [1, 0, 0, 0])
  await run(robot, 3, {}, (cycles) => {
    if (cycles === 2) robot.sourceInEe = slipped
  })
  expectPose(robot.commands[2], composeAll(robot.targetInBase, pose(2), invert(slipped)))
})

test('five of twenty poses are executed before the next chunk is planned', async () => {
  const cycles = await run(new FakeRobot(), 12)
  const planned = cycles.flatMap(({ chunk }, i) => (chunk ? [i] : []))
  expect(planned).toEqual([0, 5, 10])
  const { stamps, poses } = cycles[5]?.chunk ?? { stamps: [], poses: [] }
  // Where the part was, then 20 poses 0.1 s apart.
  expect([stamps.length, poses.length]).toEqual([21, 21])
  expect(stamps[20]).toBeCloseTo(0.5 + 20 * 0.1, 9)
})

test('with a stale observation the last command is held, with the reason', async () => {
  const robot = new FakeRobot()
  const cycles = await run(robot, 10, {}, (done) => {
    if (done === 1) robot.observe().then((observation) => (robot.frozen = observation))
  })
  const stale = cycles.map(({ guarded }) => guarded.interventions.some(({ kind }) => kind === 'stale'))
  // Frozen at 0 s: at 0.6 s it is older than 0.5 s.
  expect(stale.indexOf(true)).toBe(6)
  expect(stale.slice(6)).toEqual([true, true, true, true])
  for (const command of robot.commands.slice(6)) expectPose(command, robot.commands[5] as Pose)
})

test('the robot is stopped when the controller is left, and when it fails, and told why', async () => {
  const left = new FakeRobot()
  await run(left, 1)
  expect(left.stops).toEqual(['the controller was left'])
  const failed = new FakeRobot()
  const broken = { ...predictor, predict: () => Promise.reject(new Error('no model')) }
  await expect(run(failed, 1, { predictor: broken })).rejects.toThrow('no model')
  expect([failed.stops, failed.commands]).toEqual([['the controller failed'], []])
})

test('planning that takes long is not followed by a burst of commands', async () => {
  const robot = new FakeRobot()
  const slow = {
    ...predictor,
    predict() {
      robot.time += 0.35
      return predictor.predict()
    },
  }
  const cycles = await run(robot, 4, { predictor: slow })
  // Planned until 0.35 s and from there on 0.1 s apart; at 0.55 s the chunk's 0.5 s are over, and 0.35 s go by again.
  for (const [i, expected] of [0.35, 0.45, 0.55 + 0.35, 1].entries()) expect(cycles[i]?.time).toBeCloseTo(expected, 9)
})

test('a force spike stops the arm within 100 ms and makes it back off, with the reason', async () => {
  /** Follows at once, and feels what it is told to. */
  class Feeling extends FakeRobot {
    force = 0
    override async observe() {
      return { ...(await super.observe()), wrench: { force: [0, 0, this.force], torque: [0, 0, 0] } as Wrench }
    }
  }
  const robot = new Feeling()
  // This hand points down.
  const { tilt: _, ...limits } = exampleLimits
  const governor = new Governor({ ...limits, creep: { speed: 0.1, until: 0.005 } })
  const [before, after] = [30, 60]
  const cycles = await run(robot, before + after, { governor, commandInterval: 1 / 30 }, (done) => {
    if (done === before) robot.force = 40
  })
  const at = (cycle: number) => (cycles[cycle] as Cycle).guarded.eeInBase
  const [last, first] = [at(before - 1).position, at(before - 2).position]
  const way = last.map((x, i) => x - (first[i] as number))
  const length = Math.hypot(...way)
  // At full speed when it came: 3.3 mm in each cycle.
  expect(length).toBeGreaterThan(0.003)
  const gone = cycles.map((_, k) => {
    return at(k).position.reduce((sum, x, i) => sum + ((x - (last[i] as number)) * (way[i] as number)) / length, 0)
  })
  // Felt in cycle `before`, at rest two later, 67 ms: from there it only goes back, as far as it is told to.
  const furthest = gone[before + 1] as number
  expect(furthest).toBeLessThan(0.0034)
  expect(Math.max(...gone)).toBeLessThanOrEqual(furthest + 1e-12)
  // 2 mm away from where it was felt, of which the hand's turning back is a part.
  expect(gone.at(-1)).toBeLessThan(-0.001)
  expect(gone.at(-1)).toBeGreaterThan(-0.002)
  expect(governor.log.map(({ kind, message }) => [kind, message])).toContainEqual([
    'force',
    '40.0 N, limit 25 N: backs off 2.0 mm',
  ])
})

test('a part that is pushed back and stays is rocked, unless that or giving way to contact is left out', async () => {
  // Something holds it from 0.5 s on; until then the sensor's offset is taken. The hand points down, so what pushes the
  // part up pushes along the hand's −z, and with this torque through the part's origin: there is nothing to trim.
  class Wedged extends FakeRobot {
    override async command({ eeInBase }: { eeInBase: Pose }) {
      this.commands.push(eeInBase)
    }
    override async observe() {
      const push = this.time < 0.5 ? 0 : 4
      const wrench: Wrench = { force: [0, 0, -push], torque: [0, 0.001 * push, 0] }
      return { ...(await super.observe()), wrench }
    }
  }
  const tilts = async (options: Partial<ControllerOptions>) => {
    const robot = new Wedged()
    robot.eeInBase = composeAll(robot.targetInBase, pose(0), invert(robot.sourceInEe))
    await run(robot, 60, options)
    return robot.commands.map((command) => poseDistance(command, robot.eeInBase).rotation)
  }
  const rocked = await tilts({ trim: DEFAULT_TRIM })
  expect(Math.max(...rocked.slice(0, 9))).toBeLessThan(1e-6)
  // It opens up to its widest, 0.03 rad, in 2 s.
  for (const tilt of rocked.slice(-20)) expect(tilt).toBeCloseTo(0.03, 3)
  for (const options of [{ trim: DEFAULT_TRIM, rocking: null }, { trim: null }]) {
    expect(Math.max(...(await tilts(options)))).toBeLessThan(1e-6)
  }
})

test('while it is paused nothing that is felt is given way to: it goes on with the correction that it had', async () => {
  class PushedRobot extends FakeRobot {
    force = 0
    override async observe() {
      return { ...(await super.observe()), wrench: { force: [this.force, 0, 0], torque: [0, 0, 0] } as Wrench }
    }
  }
  /** Where it commands after so many cycles, with a push from the side from the sixth on and a pause of 3 s. */
  const commanded = async (options: Partial<ControllerOptions>) => {
    const robot = new PushedRobot()
    const governor = lenientGovernor()
    const cycles = await run(robot, 45, { governor, ...options }, (done) => {
      if (done === 6) robot.force = 2
      if (done === 8) governor.pause()
      if (done === 38) {
        robot.force = 0
        governor.resume()
      }
    })
    return (cycle: number) => (cycles[cycle - 1] as Cycle).guarded.eeInBase
  }
  const [trimmed, plain] = [await commanded({ trim: DEFAULT_TRIM }), await commanded({ trim: null })]
  const offset = (cycle: number) => poseDistance(trimmed(cycle), plain(cycle)).translation
  expect(offset(8)).toBeGreaterThan(2e-4)
  expect(offset(8)).toBeLessThan(3e-3)
  expect(offset(45)).toBeCloseTo(offset(8), 9)
})

test('while the governor holds it because the part is lost, nothing that is felt is given way to either', async () => {
  class LosingRobot extends FakeRobot {
    force = 0
    lostSince: number | undefined
    override async observe() {
      const seen = await super.observe()
      const source = this.lostSince === undefined ? seen.source : { ...seen.source, stamp: this.lostSince }
      return { ...seen, source, wrench: { force: [this.force, 0, 0], torque: [0, 0, 0] } as Wrench }
    }
  }
  const commanded = async (options: Partial<ControllerOptions>) => {
    const robot = new LosingRobot()
    const cycles = await run(robot, 45, options, (done) => {
      if (done === 6) robot.lostSince = robot.time
      // It is held from the twelfth cycle on, 0.5 s after it was seen last.
      if (done === 14) robot.force = 2
      if (done === 38) {
        robot.force = 0
        robot.lostSince = undefined
      }
    })
    expect(cycles[14]?.guarded.interventions[0]?.kind).toBe('lost')
    return (cycles[44] as Cycle).guarded.eeInBase
  }
  const [trimmed, plain] = [await commanded({ trim: DEFAULT_TRIM }), await commanded({ trim: null })]
  expect(poseDistance(trimmed, plain).translation).toBeLessThan(1e-9)
})

/** A part that comes to lie on the rim of its hole, and a plan that leads to its bottom; whoever plans again waits for it. */
async function onTheRim(
  cycles: number,
  between: (done: number, governor: Governor, robot: { felt: number | undefined }) => void,
) {
  class Rim extends FakeRobot {
    #depth = 0
    /** instead of what pushes back, N */
    felt: number | undefined
    override async observe() {
      const wrench: Wrench = { force: [0, 0, -(this.felt ?? 1000 * this.#depth)], torque: [0, 0, 0] }
      return { ...(await super.observe()), wrench }
    }
    override async command({ eeInBase }: { eeInBase: Pose }) {
      this.commands.push(eeInBase)
      const { position, orientation } = composeAll(invert(this.targetInBase), eeInBase, this.sourceInEe)
      const [x, y, z] = position
      this.#depth = Math.max(0, -z)
      const lying = makePose([x, y, Math.max(0, z)], orientation)
      this.eeInBase = composeAll(this.targetInBase, lying, invert(this.sourceInEe))
    }
  }
  const robot = new Rim()
  robot.eeInBase = composeAll(robot.targetInBase, makePose([0, 0, 0.005]), invert(robot.sourceInEe))
  let plans = 0
  const slow = {
    ...predictor,
    predict: async () =>
      plans++ === 0 ? Array.from({ length: 20 }, (_, k) => pose(45 + k)) : new Promise<never>(() => {}),
  }
  const governor = lenientGovernor()
  const recovery = recoveryFor({ spiral: true }, { clearance: 1e-4, chamfer: 5e-4 })
  const insertion = { seat: { ...DEFAULT_SEAT, goal: makePose([0, 0, -0.02]) }, ...(recovery && { recovery }) }
  const done = await run(robot, cycles, { governor, predictor: slow, planning: 'ahead', insertion }, (count) =>
    between(count, governor, robot),
  )
  const height = (command: Pose) => composeAll(invert(robot.targetInBase), command, robot.sourceInEe).position[2]
  return { done, heights: robot.commands.map(height), modes: done.map((cycle) => cycle.insertion?.mode) }
}

test('what is felt is told while it is paused, too', async () => {
  const { done } = await onTheRim(14, (count, governor, robot) => {
    if (count === 10) governor.pause()
    // Somebody takes the hole away.
    if (count === 12) robot.felt = 0
  })
  const forces = done.map((cycle) => cycle.insertion?.force ?? 0)
  for (const force of forces.slice(10, 12)) expect(force).toBeGreaterThan(3)
  expect(forces.slice(12)).toEqual([0, 0])
})

test('after a hold in the middle of a search, the plan of before it is not followed any more', async () => {
  const { modes, heights } = await onTheRim(32, (count, governor) => {
    if (count === 27) governor.pause()
    if (count === 28) governor.resume()
  })
  expect(modes.slice(20, 27)).toEqual(Array(7).fill('searching'))
  expect(modes[28]).toBe('following')
  // That led to 14 mm under the mouth; the part lies on the rim.
  for (const height of heights.slice(28, 32)) expect(height).toBeGreaterThan(-1e-6)
})
