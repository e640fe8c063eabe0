import { describe, expect, it } from 'vitest'
import { makePose, type Pose, poseDistance } from '../geometry/index.ts'
import { Random } from '../tensor/random.ts'
import { Expert } from './expert.ts'
import { demonstrate, TICK } from './expert-episode.ts'
import { DEGREE, MM } from './guided-insertion.ts'
import { TIME_LIMIT } from './judge.ts'
import { findClearance, findTask } from './tasks/index.ts'
import { World } from './world.ts'

/** What the expert commands when the part goes where `follow` puts it, until it is done or 20 s are over. */
function imagine(seed: number, follow: (commanded: Pose) => Pose) {
  const start = makePose([10 * MM, -5 * MM, 40 * MM])
  const expert = new Expert(findTask('round-peg'), start, new Random(seed))
  const commands: Pose[] = []
  let at = start
  for (let tick = 1; !expert.done && tick * TICK < TIME_LIMIT; tick++) {
    const commanded = expert.next(at, tick * TICK)
    commands.push(commanded)
    at = follow(commanded)
  }
  return { commands, done: expert.done }
}

describe('demonstrations', () => {
  it('are the same for the same seed, and different people for different seeds', async () => {
    const world = await World.create(findTask('square-peg'), { clearance: findClearance(0.1), chamfer: 0.5 * MM })
    const [first, other, again] = [
      await demonstrate(world, 1),
      await demonstrate(world, 2),
      await demonstrate(world, 1),
    ]
    world.dispose()
    expect(again).toEqual(first)
    expect(other.seconds).not.toBe(first.seconds)
  })

  it('vary by millimetres on the way even from the same start', () => {
    const paths = Array.from({ length: 20 }, (_, seed) => imagine(seed, (commanded) => commanded).commands)
    const halfSecond = paths.map((commands) => (commands[30] as Pose).position)
    for (const axis of [0, 1, 2] as const) {
      const values = halfSecond.map((position) => position[axis])
      expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(2 * MM)
    }
    expect(new Set(paths.map((commands) => commands.length)).size).toBeGreaterThan(10)
  })
})

describe('the expert of a hand that follows perfectly', () => {
  it('goes from the start to beyond full depth, never faster than a robot may', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { commands, done } = imagine(seed, (commanded) => commanded)
      expect(done).toBe(true)
      expect(poseDistance(commands[0] as Pose, makePose([10 * MM, -5 * MM, 40 * MM])).translation).toBeLessThan(
        0.5 * MM,
      )
      // Pressed 1.5 mm below the floor at the end.
      expect((commands.at(-1) as Pose).position).toEqual([0, 0, -21.5 * MM])
      // The last stage begins with a jump down to the press, which the hand's softness takes up.
      const steps = commands.slice(1).map((next, i) => poseDistance(commands[i] as Pose, next).translation)
      const fast = steps.filter((step) => step / TICK > 0.1)
      expect(fast.length).toBeLessThanOrEqual(1)
    }
  })
})

describe('the expert of a part that is stuck at the mouth', () => {
  it('eases the push and circles with a growing radius, up to 0.4 mm', () => {
    for (let seed = 0; seed < 5; seed++) {
      const { commands, done } = imagine(seed, (commanded) =>
        commanded.position[2] > 0 ? commanded : makePose([0, 0, 0]),
      )
      expect(done).toBe(false)
      const late = commands.slice(-60)
      const sideways = late.map(({ position }) => Math.hypot(position[0], position[1]))
      // 0.4 mm of circle and a tremor of 0.04 mm standard deviation per axis.
      expect(Math.min(...sideways)).toBeGreaterThan(0.2 * MM)
      expect(Math.max(...sideways)).toBeLessThan(0.6 * MM)
      // 1 mm of lead, 1500 N/m: it searches with 1.5 N, and tilts by 0.5° and its tremor.
      for (const { position } of late) expect(position[2]).toBeGreaterThan(-1.2 * MM)
      const upright = makePose([0, 0, 0])
      for (const pose of late) expect(poseDistance(pose, upright).rotation).toBeLessThan(0.8 * DEGREE)
      // 1.5 turns a second: in the last second all quadrants are visited.
      const quadrants = late.map(({ position }) => `${position[0] > 0} ${position[1] > 0}`)
      expect(new Set(quadrants).size).toBe(4)
    }
  })
})
