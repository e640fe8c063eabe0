import { describe, expect, it } from 'vitest'
import type { Observation } from '../control/robot.ts'
import { compose, invert, makePose, poseDistance, relative, rotateVector, type Vec3 } from '../geometry/index.ts'
import { findNoise, type PoseNoise } from '../perception/index.ts'
import { Random } from '../tensor/random.ts'
import { MICRON, MM, TARGET_IN_BASE } from './guided-insertion.ts'
import { CAMERA_IN_BASE, FRAME_INTERVAL, SimRobot } from './robot.ts'
import type { Scenario } from './scenario.ts'
import { findTask } from './tasks/index.ts'
import { TIMESTEP, World } from './world.ts'

const world = await World.create(findTask('square-peg'), { clearance: 0.1 * MM, chamfer: 0 })

const above = (x: number, z: number): Scenario => ({
  targetInBase: TARGET_IN_BASE,
  sourceInTarget: makePose([x, 0, z]),
  sourceInEe: makePose([0, 0, 0.12], [1, 0, 0, 0]),
})
const robotWith = (noise: PoseNoise, scenario = above(0, 40 * MM), seed = 1) =>
  new SimRobot({ world, scenario, noise, random: new Random(seed) })

/** The hand's pose that holds the part at `x`, `z` in the target frame. */
const holding = (x: number, z: number) =>
  compose(compose(TARGET_IN_BASE, makePose([x, 0, z])), invert(above(0, 0).sourceInEe))

describe('the clock', () => {
  it('advances when it is waited for, never backwards, to a time step', async () => {
    const robot = robotWith(findNoise('none'))
    expect(robot.now()).toBe(0)
    await robot.sleepUntil(0.1)
    expect(robot.now()).toBeCloseTo(0.1, 12)
    await robot.sleepUntil(0.05)
    expect(robot.now()).toBeCloseTo(0.1, 12)
    await robot.sleepUntil(0.12345)
    expect(Math.abs(robot.now() - 0.12345)).toBeLessThanOrEqual(TIMESTEP / 2 + 1e-12)
  })

  it('does not change what happens by the steps in which it is waited for', async () => {
    const runs = []
    for (const interval of [0.5, 0.1, 0.01]) {
      const robot = robotWith(findNoise('tracker'))
      await robot.command({ eeInBase: holding(5 * MM, 30 * MM) })
      for (let i = 1; i <= Math.round(0.5 / interval); i++) await robot.sleepUntil(i * interval)
      runs.push(await robot.observe())
    }
    const [first, ...others] = runs as [Observation, ...Observation[]]
    for (const other of others) {
      expect(other.stamp).toBe(first.stamp)
      // Coarse steps of free flight fall differently: to a tenth of a micrometre the motion is the same.
      expect(poseDistance(other.eeInBase, first.eeInBase).translation).toBeLessThan(MICRON)
    }
  })
})

describe('observations', () => {
  it('come 30 times a second, and belong to the moment of their stamp', async () => {
    const robot = robotWith(findNoise('none'))
    await robot.command({ eeInBase: holding(0, 20 * MM) })
    for (let frame = 0; frame < 20; frame++) {
      await robot.sleepUntil(frame * FRAME_INTERVAL)
      const { stamp, source, target, eeInBase } = await robot.observe()
      expect(Math.abs(stamp - frame / 30)).toBeLessThanOrEqual(TIMESTEP / 2 + 1e-12)
      expect([source.stamp, target.stamp, source.confidence, target.confidence]).toEqual([stamp, stamp, 1, 1])
      // Through the camera and through the hand the part is at the same place: where it is.
      expect(poseDistance(relative(target.pose, source.pose), robot.sourceInTarget).translation).toBeLessThan(1e-12)
      const held = compose(eeInBase, robot.scenario.sourceInEe)
      expect(poseDistance(held, compose(CAMERA_IN_BASE, source.pose)).translation).toBeLessThan(1e-12)
      // Between frames nothing new is seen.
      await robot.sleepUntil((frame + 0.9) * FRAME_INTERVAL)
      expect((await robot.observe()).stamp).toBe(stamp)
    }
  })

  it('arrive late by the latency, whole: the hand’s pose is as old as the picture', async () => {
    const robot = robotWith({ ...findNoise('none'), latency: 0.05 })
    await robot.command({ eeInBase: holding(0, 20 * MM) })
    const history = new Map<string, Observation['eeInBase']>()
    for (let tick = 0; tick <= 60; tick++) {
      await robot.sleepUntil(tick / 60)
      history.set(robot.now().toFixed(4), compose(world.sourceInBase, invert(robot.scenario.sourceInEe)))
      const { stamp, eeInBase, source } = await robot.observe()
      // Frames are 33 ms apart and 50 ms on their way: the newest that arrived is 50 to 83 ms old.
      if (tick >= 5) {
        expect(robot.now() - stamp).toBeGreaterThan(0.05 - TIMESTEP)
        expect(robot.now() - stamp).toBeLessThan(0.05 + FRAME_INTERVAL)
      }
      expect(source.stamp).toBe(stamp)
      expect(eeInBase).toEqual(history.get(stamp.toFixed(4)))
    }
  })

  it('keep the last pose and its stamp, without confidence, while the part is lost', async () => {
    const blind = { ...findNoise('none'), dropout: { rate: 1e9, duration: 1e9 } }
    // Seen at 15 mm and above; the hand hides the mouth below.
    const robot = robotWith(blind, above(10 * MM, 20 * MM))
    await robot.command({ eeInBase: holding(10 * MM, 5 * MM) })
    await robot.sleepUntil(1)
    const { stamp, source, target } = await robot.observe()
    expect(stamp).toBeCloseTo(1, 4)
    expect([target.stamp, target.confidence]).toEqual([stamp, 1])
    expect(source.confidence).toBe(0)
    expect(source.stamp).toBeLessThan(0.5)
    expect(relative(target.pose, source.pose).position[2]).toBeGreaterThanOrEqual(15 * MM)
  })

  it('repeat for the same seed', async () => {
    const seen = async (seed: number) => {
      const robot = robotWith(findNoise('usb'), above(0, 10 * MM), seed)
      const observations: Observation[] = []
      for (let frame = 0; frame < 60; frame++) {
        await robot.sleepUntil(frame * FRAME_INTERVAL)
        observations.push(await robot.observe())
      }
      return observations
    }
    const first = await seen(3)
    expect(await seen(3)).toEqual(first)
    expect(await seen(4)).not.toEqual(first)
  })
})

describe('commands', () => {
  it('bring the end effector where they say', async () => {
    const robot = robotWith(findNoise('none'))
    await robot.command({ eeInBase: holding(3 * MM, 25 * MM) })
    await robot.sleepUntil(2)
    const { eeInBase } = await robot.observe()
    expect(poseDistance(eeInBase, holding(3 * MM, 25 * MM)).translation).toBeLessThan(MICRON)
  })

  it('from afar pull no faster than force limit and damping allow', async () => {
    const robot = robotWith(findNoise('none'))
    await robot.command({ eeInBase: holding(0, 1) })
    let before = world.sourceInBase
    for (let i = 1; i <= 30; i++) {
      await robot.sleepUntil(i * 0.01)
      // 30 N / (2 √(1500 N/m · 0.5 kg) = 54.8 N·s/m) = 0.548 m/s.
      expect(poseDistance(before, world.sourceInBase).translation / 0.01).toBeLessThan(0.55)
      before = world.sourceInBase
    }
  })

  it('to stop hold still from then on, also when repeated', async () => {
    const robot = robotWith(findNoise('none'))
    await robot.command({ eeInBase: holding(0, 60 * MM) })
    await robot.sleepUntil(0.05)
    await robot.stop('test')
    const stopped = world.sourceInBase
    await robot.sleepUntil(0.3)
    await robot.stop('test')
    await robot.sleepUntil(0.6)
    const rest = world.sourceInBase
    // At 0.4 m/s a critically damped hand overshoots by v / (e ω), ω = √(1500 / 0.5) = 54.8 1/s: 2.7 mm.
    expect(poseDistance(stopped, rest).translation).toBeLessThan(4 * MM)
    await robot.sleepUntil(2)
    expect(poseDistance(rest, world.sourceInBase).translation).toBeLessThan(MICRON)
  })
})

describe('between camera frames', () => {
  it('joint and wrist sensors tell of this very moment', async () => {
    const robot = robotWith({ ...findNoise('none'), latency: 0.05 }, above(10 * MM, 0.2 * MM))
    await robot.command({ eeInBase: holding(10 * MM, -10 * MM) })
    for (let tick = 0; tick < 50; tick++) {
      await robot.sleepUntil(tick * 0.007)
      const held = compose(robot.eeInBase, robot.scenario.sourceInEe)
      expect(poseDistance(held, world.sourceInBase).translation).toBeLessThan(1e-12)
    }
    // Pressed down with 15 N, give or take the sensor's offset of σ 0.5 N per axis.
    expect(Math.hypot(...robot.readWrench().force)).toBeGreaterThan(12)
    expect(Math.hypot(...robot.readWrench().force)).toBeLessThan(18)
    expect(robot.readWrench()).not.toEqual(robot.readWrench())
  })
})

describe('the wrist’s wrench', () => {
  /** Mean over two seconds of frames. */
  async function meanWrench(robot: SimRobot) {
    const [force, torque]: [Vec3, Vec3] = [
      [0, 0, 0],
      [0, 0, 0],
    ]
    const begin = Math.ceil(robot.now() / FRAME_INTERVAL)
    for (let frame = 0; frame < 60; frame++) {
      await robot.sleepUntil((begin + frame) * FRAME_INTERVAL)
      const { wrench } = await robot.observe()
      if (!wrench) throw new Error('expected a wrench')
      for (const i of [0, 1, 2] as const) {
        force[i] += wrench.force[i] / 60
        torque[i] += wrench.torque[i] / 60
      }
    }
    return { force, torque }
  }

  it('is an offset of the episode in free space, σ 0.5 N and 0.01 N·m per axis, and noise about it', async () => {
    const [first, second] = [
      await meanWrench(robotWith(findNoise('none'))),
      await meanWrench(robotWith(findNoise('none'))),
    ]
    // The same seed, the same offset.
    expect(second).toEqual(first)
    expect(Math.hypot(...first.force)).toBeGreaterThan(0.06)
    expect(Math.hypot(...first.force)).toBeLessThan(2.5)
    expect(Math.hypot(...first.torque)).toBeLessThan(0.05)
  })

  it('is what the receptacle does to the part, at the end effector and in its frame', async () => {
    const robot = robotWith(findNoise('none'), above(10 * MM, 0.2 * MM))
    const offset = await meanWrench(robot)
    await robot.command({ eeInBase: holding(10 * MM, -10 * MM) })
    await robot.sleepUntil(robot.now() + 0.5)
    await robot.command({ eeInBase: holding(9 * MM, -10 * MM) })
    await robot.sleepUntil(robot.now() + 0.5)
    const pressed = await meanWrench(robot)
    const force = pressed.force.map((value, i) => value - offset.force[i as 0]) as Vec3
    const torque = pressed.torque.map((value, i) => value - offset.torque[i as 0]) as Vec3
    // The part is pressed down with 15 N and pulled along −x with 1.5 N, which friction bears: the receptacle pushes
    // with [1.5, 0, 15] N in the base. The end effector looks down: there it is [1.5, 0, −15] N.
    const expected: Vec3 = [1.5, 0, -15]
    for (const i of [0, 1, 2] as const) expect(Math.abs(force[i] - expected[i])).toBeLessThan(0.06)
    expect(rotateVector((await robot.observe()).eeInBase.orientation, [0, 0, 1])[2]).toBeCloseTo(-1, 6)
    // The hand pulls at its centre of compliance without torque, 120 − 10 mm below the end effector: [0, 0, 0.11] m ×
    // [1.5, 0, −15] N = [0, 0.165, 0] N·m.
    const turning: Vec3 = [0, 0.165, 0]
    for (const i of [0, 1, 2] as const) expect(Math.abs(torque[i] - turning[i])).toBeLessThan(2e-3)
  })
})

describe('a start', () => {
  it('with the parts overlapping is refused', () => {
    expect(() => robotWith(findNoise('none'), above(10 * MM, -1 * MM))).toThrow(/overlap .* move the start apart/)
  })
})
