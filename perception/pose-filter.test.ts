import { describe, expect, it } from 'vitest'
import { axisAngleToQuat, makePose, type Pose, poseDistance } from '../geometry/index.ts'
import { Random } from '../tensor/random.ts'
import { PoseFilter } from './pose-filter.ts'

const at = (x: number): Pose => makePose([x, 0, 0])

describe('the pose filter', () => {
  it('takes the first measurement as it is', () => {
    expect(new PoseFilter(1).update(at(3), 10)).toEqual(at(3))
  })

  it('counts frames alike until its memory is filled, and lets old ones fade after that', () => {
    const filter = new PoseFilter(2)
    const xs = [0, 6, 6, 6, 6].map((x, i) => filter.update(at(x), i).position[0])
    // age 1: 0 + 6 · 1/2 = 3; age 2: 3 + 3 · 1/3 = 4; then the memory stays 2: 4 + 2/3, 4.667 + 1.333/3.
    expect(xs[0]).toBe(0)
    expect(xs[1]).toBeCloseTo(3, 12)
    expect(xs[2]).toBeCloseTo(4, 12)
    expect(xs[3]).toBeCloseTo(14 / 3, 12)
    expect(xs[4]).toBeCloseTo(46 / 9, 12)
  })

  it('gives a frame after a gap the weight of the time it stands for', () => {
    const filter = new PoseFilter(2)
    filter.update(at(0), 0)
    // memory min(6, 2) = 2, elapsed 6: weight 6/8.
    expect(filter.update(at(8), 6).position[0]).toBeCloseTo(6, 12)
  })

  it('ignores a stamp that is not newer', () => {
    const filter = new PoseFilter(1)
    filter.update(at(0), 1)
    const estimate = filter.update(at(2), 2)
    expect(filter.update(at(100), 2)).toEqual(estimate)
    expect(filter.update(at(100), 1.5)).toEqual(estimate)
    // and it leaves no trace: memory min(2, 1) = 1, elapsed 1, half of the way from 1 to 3
    expect(filter.update(at(3), 3).position[0]).toBeCloseTo(2, 12)
  })

  it('takes no harm from a measurement that is no pose', () => {
    const filter = new PoseFilter(1)
    filter.update(at(0), 0)
    const nan: Pose = { position: [Number.NaN, 0, 0], orientation: [0, 0, 0, 1] }
    const long: Pose = { position: [9, 0, 0], orientation: [0, 0, 0, 2] }
    for (const broken of [nan, long]) expect(filter.update(broken, 0.5)).toEqual(at(0))
    expect(filter.update(at(9), Number.NaN)).toEqual(at(0))
    // The next good one counts as if nothing had been: memory min(1, 1), half of the way.
    expect(filter.update(at(2), 1).position[0]).toBeCloseTo(1, 12)
    expect(() => new PoseFilter(1).update(nan, 0)).toThrow(/to begin with, got position \[NaN, 0, 0\]/)
  })

  it('averages orientations along the shorter arc', () => {
    const filter = new PoseFilter(1)
    filter.update(makePose([0, 0, 0], axisAngleToQuat([0, 0, 1], -0.2)), 0)
    const [x, y, z, w] = axisAngleToQuat([0, 0, 1], 0.6)
    // The negated quaternion is the same rotation. Half-way from −0.2 to 0.6 is 0.2 rad.
    const estimate = filter.update({ position: [0, 0, 0], orientation: [-x, -y, -z, -w] }, 1)
    expect(poseDistance(estimate, makePose([0, 0, 0], axisAngleToQuat([0, 0, 1], 0.2))).rotation).toBeLessThan(1e-12)
  })

  it('shrinks white noise by what its memory promises', () => {
    const filter = new PoseFilter(1)
    const random = new Random(1)
    let squares = 0
    for (let i = 0; i < 30_100; i++) {
      const [x] = filter.update(at(random.normal()), i / 30).position
      if (i >= 100) squares += x * x
    }
    // An exponential filter of weight a = (1/30) / (1 + 1/30) = 1/31 leaves the variance a / (2 − a) = 1/61.
    expect(squares / 30_000).toBeGreaterThan(0.85 / 61)
    expect(squares / 30_000).toBeLessThan(1.15 / 61)
  })
})
