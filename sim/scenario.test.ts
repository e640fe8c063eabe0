import { describe, expect, it } from 'vitest'
import { makePose, quatToRotationVector, relative, rotateVector, type Vec3 } from '../geometry/index.ts'
import { Random } from '../tensor/random.ts'
import { drawScenario, type Scenario, type Split } from './scenario.ts'
import { findTask, TASKS, type Task } from './tasks/index.ts'

const MM = 1e-3
const DEGREE = Math.PI / 180
const DRAWS = 2000

const draw = (task: Task, split: Split): Scenario[] =>
  Array.from({ length: DRAWS }, (_, i) => drawScenario(task, split, new Random(1).fork(i)))

/** Move from the middle of the table (m), lean of the axis and turn about it (rad). */
function standing({ targetInBase }: Scenario): { move: number; lean: number; turn: number } {
  const [x, y, z] = relative(makePose([0.5, 0, 0.1]), targetInBase).position
  expect(z).toBeCloseTo(0, 12)
  const axis = rotateVector(targetInBase.orientation, [0, 0, 1])
  const [, , qz, qw] = targetInBase.orientation
  return { move: Math.hypot(x, y), lean: Math.acos(Math.min(1, axis[2])), turn: 2 * Math.atan2(qz, qw) }
}

/** Start offsets in units of the task's half ranges. */
function offsets({ start }: Task, { sourceInTarget }: Scenario): number[] {
  const { lateral, height, tilt, yaw } = start
  const [x, y, z] = sourceInTarget.position
  const [rx, ry, rz] = quatToRotationVector(sourceInTarget.orientation)
  const [low, high] = height
  return [x / lateral, y / lateral, (2 * z - low - high) / (high - low), rx / tilt, ry / tilt, rz / yaw]
}

const largest = (values: readonly number[]) => Math.max(...values.map(Math.abs))

describe.each(Object.keys(TASKS))('scenarios of the %s', (name) => {
  const task = findTask(name)
  const id = draw(task, 'id')
  const ood = draw(task, 'ood')

  it('stand upright within 30 mm and 15° in-distribution, and fill that range', () => {
    const stands = id.map(standing)
    expect(Math.max(...stands.map(({ lean }) => lean))).toBeLessThan(1e-7)
    const [move, turn] = [stands.map(({ move }) => move), stands.map(({ turn }) => turn)]
    expect(Math.max(...move)).toBeLessThanOrEqual(30 * MM)
    expect(Math.max(...move)).toBeGreaterThan(29.5 * MM)
    expect(largest(turn)).toBeLessThanOrEqual(15 * DEGREE)
    expect(largest(turn)).toBeGreaterThan(14.8 * DEGREE)
  })

  it('stand within 100 mm, 45° about the vertical and 15° of tilt out of distribution, and fill that range', () => {
    const stands = ood.map(standing)
    const most = (key: 'move' | 'lean' | 'turn') => largest(stands.map((stand) => stand[key]))
    expect(most('move')).toBeLessThanOrEqual(100 * MM)
    expect(most('move')).toBeGreaterThan(99 * MM)
    expect(most('lean')).toBeLessThanOrEqual(15 * DEGREE)
    expect(most('lean')).toBeGreaterThan(14.8 * DEGREE)
    expect(most('turn')).toBeLessThanOrEqual(45 * DEGREE + 1e-9)
    expect(most('turn')).toBeGreaterThan(44 * DEGREE)
    // Uniform over the disc: (30 / 100)² = 9 % still stand where demonstrations did; they all lean, though.
    const near = stands.filter(({ move }) => move < 30 * MM).length / DRAWS
    expect(near).toBeGreaterThan(0.07)
    expect(near).toBeLessThan(0.11)
  })

  it('start inside the demonstrations’ box in-distribution, on every axis up to its ends', () => {
    for (let axis = 0; axis < 6; axis++) {
      const values = id.map((scenario) => offsets(task, scenario)[axis] as number)
      expect(largest(values)).toBeLessThanOrEqual(1 + 1e-9)
      expect(largest(values)).toBeGreaterThan(0.99)
    }
  })

  it('start outside that box out of distribution, by up to half again', () => {
    const reach = ood.map((scenario) => largest(offsets(task, scenario)))
    expect(Math.min(...reach)).toBeGreaterThanOrEqual(1 - 1e-9)
    expect(Math.max(...reach)).toBeLessThanOrEqual(1.5 + 1e-9)
    expect(Math.max(...reach)).toBeGreaterThan(1.49)
  })

  it('hold the part 120 mm below the hand, within 1 mm and 1° on each axis, differently in each episode', () => {
    const slips = id.map(({ sourceInEe }) => relative(makePose([0, 0, 0.12], [1, 0, 0, 0]), sourceInEe))
    const moves = slips.flatMap(({ position }) => position)
    const turns = slips.flatMap(({ orientation }) => quatToRotationVector(orientation))
    expect(largest(moves)).toBeLessThanOrEqual(1 * MM + 1e-12)
    expect(largest(turns)).toBeLessThanOrEqual(1 * DEGREE + 1e-12)
    expect(new Set(moves.map((value) => value.toFixed(12))).size).toBeGreaterThan(0.99 * moves.length)
    // The hand's z axis runs down the part.
    for (const { sourceInEe } of id.slice(0, 20)) {
      expect(rotateVector(sourceInEe.orientation, [0, 0, 1] as Vec3)[2]).toBeLessThan(-0.99)
    }
  })
})

describe('a seed', () => {
  const task = findTask('round-peg')

  it('gives the same scenario every time, whatever was drawn from its stream before', () => {
    const used = new Random(4)
    used.uniform()
    expect(drawScenario(task, 'ood', used)).toEqual(drawScenario(task, 'ood', new Random(4)))
    expect(drawScenario(task, 'ood', new Random(5))).not.toEqual(drawScenario(task, 'ood', new Random(4)))
  })

  it('never gives an evaluation the scenario of a demonstration, also when both use the same seed', () => {
    // The labels under which the command line draws both.
    const scenes = (use: 'record' | 'evaluate') =>
      [0, 1, 2].flatMap((seed) =>
        Array.from({ length: 300 }, (_, index) =>
          JSON.stringify(drawScenario(task, 'id', new Random(seed).fork(use, index).fork('scenario'))),
        ),
      )
    expect(new Set([...scenes('record'), ...scenes('evaluate')]).size).toBe(2 * 3 * 300)
  })
})
