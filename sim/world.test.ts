// The physics as a machine: deterministic, without residue, and no shortcut of it changes what happens.
import { describe, expect, it } from 'vitest'
import { compose, makePose, poseDistance, rotationVectorToQuat, type Vec3 } from '../geometry/index.ts'
import { Random } from '../tensor/random.ts'
import { DEGREE, MICRON, MM, TARGET_IN_BASE } from './guided-insertion.ts'
import { findTask, TASKS } from './tasks/index.ts'
import { TIMESTEP, World } from './world.ts'

const FIT = { clearance: 0.1 * MM, chamfer: 0.5 * MM }

/** Random commands that wander from free flight over the mouth's rim; the state after each, bit for bit. */
function wander(world: World, seed: number): number[] {
  const random = new Random(seed)
  world.reset(compose(TARGET_IN_BASE, makePose([0, 0, 4 * MM])), TARGET_IN_BASE)
  const states: number[] = []
  for (let tick = 0; tick < 40; tick++) {
    const [x, y, z] = random.normal3(2 * MM)
    const wanted = makePose([x, y, z - 2 * MM], rotationVectorToQuat(random.normal3(2 * DEGREE)))
    world.setTarget(compose(TARGET_IN_BASE, wanted))
    world.step(100)
    const { position, orientation } = world.sourceInBase
    const { force, torque } = world.contact
    states.push(...position, ...orientation, ...force, ...torque, world.peakForce, world.deepestPenetration, world.time)
  }
  return states
}

describe.each(Object.keys(TASKS))('the world of the %s', (name) => {
  const task = findTask(name)

  it('gives the same states, bit for bit, for the same commands, in a fresh world and after other episodes', async () => {
    const fresh = await World.create(task, FIT)
    const used = await World.create(task, FIT)
    const expected = wander(fresh, 1)
    const other = wander(used, 2)
    expect(other).not.toEqual(expected)
    expect(wander(used, 1)).toEqual(expected)
    expect(fresh.peakForce).toBeGreaterThan(1)
    fresh.dispose()
    used.dispose()
  })

  it('forgets forces, time and overlap at a reset, and rests where it is put', async () => {
    const world = await World.create(task, FIT)
    wander(world, 3)
    const start = compose(TARGET_IN_BASE, makePose([0, 0, 30 * MM]))
    world.reset(start, TARGET_IN_BASE)
    const { time, peakForce, deepestPenetration, contact } = world
    expect({ time, peakForce, deepestPenetration, contact }).toEqual({
      time: 0,
      peakForce: 0,
      deepestPenetration: 0,
      contact: { force: [0, 0, 0], torque: [0, 0, 0] },
    })
    // Gravity is compensated: nothing moves until it is told to.
    world.step(1000)
    expect(world.time).toBeCloseTo(1000 * TIMESTEP, 12)
    expect(poseDistance(world.sourceInBase, start).translation).toBeLessThan(1e-12)
    world.dispose()
  })

  it('refuses a start where the parts overlap, says by how much, and works on afterwards', async () => {
    const world = await World.create(task, FIT)
    const at = (x: number, z: number) => compose(TARGET_IN_BASE, makePose([x, 0, z]))
    // 10 mm aside the tip stands over solid material, here 0.2 mm deep in it.
    const overlap = () => world.reset(at(10 * MM, -0.2 * MM), TARGET_IN_BASE)
    expect(overlap).toThrow(RangeError)
    expect(overlap).toThrow(/overlap by 0\.200 mm at reset: move the start apart/)
    // In the hole, within the clearance, is no overlap; 0.04 mm aside leaves 0.01 mm of the gap.
    expect(() => world.reset(at(0.04 * MM, -task.depth / 2), TARGET_IN_BASE)).not.toThrow()
    world.reset(at(0, 4 * MM), TARGET_IN_BASE)
    world.step(10)
    expect(world.peakForce).toBe(0)
    world.dispose()
  })

  it('reaches the wanted pose in free space, without overshoot, as a critically damped hand does', async () => {
    const world = await World.create(task, FIT)
    const [start, goal] = [
      makePose([0, 0, 40 * MM]),
      makePose([5 * MM, 0, 40 * MM], [0, 0, Math.sin(0.05), Math.cos(0.05)]),
    ]
    world.reset(compose(TARGET_IN_BASE, start), TARGET_IN_BASE)
    world.setTarget(compose(TARGET_IN_BASE, goal))
    let furthest = 0
    for (let i = 0; i < 100; i++) {
      world.step(50)
      furthest = Math.max(furthest, world.sourceInBase.position[0] - 0.5)
    }
    expect(furthest).toBeLessThan(5 * MM + MICRON)
    const { translation, rotation } = poseDistance(world.sourceInBase, compose(TARGET_IN_BASE, goal))
    expect(translation).toBeLessThan(MICRON)
    expect(rotation).toBeLessThan(1e-4)
    world.dispose()
  })

  it('tells where the parts touch and how hard, which adds up to the contact force, and is not changed by being asked', async () => {
    const pressed = async (asked: boolean) => {
      const world = await World.create(task, FIT)
      world.reset(compose(TARGET_IN_BASE, makePose([3 * MM, 0, 1 * MM])), TARGET_IN_BASE)
      expect(world.contactPoints()).toEqual([])
      world.setTarget(compose(TARGET_IN_BASE, makePose([2 * MM, 0, -6 * MM])))
      for (let taken = 0; taken < 3000; taken += 100) {
        world.step(100)
        if (asked) world.contactPoints()
      }
      return world
    }
    const [world, silent] = [await pressed(true), await pressed(false)]
    expect([world.sourceInBase, world.contact]).toEqual([silent.sourceInBase, silent.contact])
    const points = world.contactPoints()
    const net = [0, 1, 2].map((axis) => points.reduce((sum, { force }) => sum + (force[axis] as number), 0)) as Vec3
    // At rest, so that the last step and the mean of 5 ms are the same.
    expect(net[2]).toBeGreaterThan(2)
    for (const axis of [0, 1, 2] as const) expect(net[axis]).toBeCloseTo(world.contact.force[axis], 3)
    // Each at the part's skin: near its tip, and not above the receptacle's top by more than a micrometre.
    for (const { position } of points) {
      expect(Math.hypot(position[0] - 0.5, position[1])).toBeLessThan(0.03)
      expect(Math.abs(position[2] - TARGET_IN_BASE.position[2])).toBeLessThan(task.depth + 1 * MM)
    }
    world.dispose()
    silent.dispose()
  })

  it('has the same contact whether or not ten steps of free flight are taken at once', async () => {
    const world = await World.create(task, FIT)
    const random = new Random(7)
    const jitter = (range: number): Vec3 => [0, 1, 2].map(() => random.uniform(-range, range)) as Vec3
    for (let i = 0; i < 5; i++) {
      const targetInBase = makePose([0.5, 0, 0.1], rotationVectorToQuat(jitter(15 * DEGREE)))
      const start = makePose([...jitter(15 * MM).slice(0, 2), 35 * MM] as Vec3, rotationVectorToQuat(jitter(0.15)))
      const goal = makePose([...jitter(4 * MM).slice(0, 2), -30 * MM] as Vec3, rotationVectorToQuat(jitter(0.15)))
      const thrown = (together: number) => {
        world.reset(compose(targetInBase, start), targetInBase)
        world.setTarget(compose(targetInBase, goal))
        for (let left = 3000; left > 0 && world.deepestPenetration === 0; left -= 20) {
          for (let taken = 0; taken < 20; taken += together) world.step(together)
        }
        const first = world.time
        for (let taken = 0; taken < 500; taken += together) world.step(together)
        return { first, overlap: world.deepestPenetration }
      }
      const [coarse, fine] = [thrown(20), thrown(1)]
      expect(fine.first).toBeLessThan(0.3)
      expect(Math.abs(coarse.first - fine.first)).toBeLessThan(0.0021)
      // The hand flies at 30 N / 54.8 N·s/m = 0.55 m/s at most, 0.55 mm in a coarse step: one taken too late would show
      // as an overlap of that size. At such a speed the fine step of 0.1 ms covers 55 µm itself.
      expect(coarse.overlap).toBeLessThan(100 * MICRON)
      expect(fine.overlap).toBeLessThan(100 * MICRON)
    }
    world.dispose()
  })

  it('lands alike from a slow fall, whether or not ten steps of free flight are taken at once', async () => {
    const world = await World.create(task, FIT)
    const landed = (together: number) => {
      world.reset(compose(TARGET_IN_BASE, makePose([3 * MM, 0, 4 * MM])), TARGET_IN_BASE)
      for (let height = 4 * MM; height > -1 * MM; height -= 0.1 * MM) {
        world.setTarget(compose(TARGET_IN_BASE, makePose([3 * MM, 0, height])))
        for (let taken = 0; taken < 100; taken += together) world.step(together)
      }
      return world
    }
    const { sourceInBase: coarse, peakForce: coarsePeak } = landed(100)
    const { sourceInBase: fine, peakForce: finePeak } = landed(1)
    expect(poseDistance(coarse, fine).translation).toBeLessThan(0.1 * MICRON)
    expect(coarsePeak).toBeCloseTo(finePeak, 2)
    world.dispose()
  })
})
