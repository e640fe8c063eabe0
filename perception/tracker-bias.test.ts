import { describe, expect, it } from 'vitest'
import {
  axisAngleToQuat,
  compose,
  interpolateScrew,
  makePose,
  type Pose,
  poseDistance,
  relative,
  transformPoint,
  type Vec3,
} from '../geometry/index.ts'
import { Random } from '../tensor/random.ts'
import { SimulatedTracker } from './pose-noise.ts'
import { applyBias, drawBias } from './tracker-bias.ts'

const CENTRE: Vec3 = [0, 0, 0.025]
const SPREAD = { translationM: 2e-3, rotationRad: 0.03 }
const expectSame = (a: Pose, b: Pose) => {
  expect(poseDistance(a, b).translation).toBeLessThan(1e-14)
  expect(poseDistance(a, b).rotation).toBeLessThan(1e-13)
}

describe('a tracker’s bias', () => {
  it('turns about the part’s centre and shifts along the part’s axes', () => {
    // The part stands turned by a quarter about z: its x is the world's y.
    const part = makePose([1, 0, 0], axisAngleToQuat([0, 0, 1], Math.PI / 2))
    const shifted = applyBias(part, makePose([0.002, 0, 0]), CENTRE)
    for (const [i, value] of [1, 0.002, 0].entries()) expect(shifted.position[i as 0]).toBeCloseTo(value, 15)
    // A quarter about x: the tip, 25 mm below the centre along z, swings to the part's +y, which is the world's −x.
    const turned = applyBias(part, makePose([0, 0, 0], axisAngleToQuat([1, 0, 0], Math.PI / 2)), CENTRE)
    for (const [i, value] of [1 - 0.025, 0, 0.025].entries()) expect(turned.position[i as 0]).toBeCloseTo(value, 15)
    const centre = transformPoint(turned, CENTRE)
    for (const [i, value] of [1, 0, 0.025].entries()) expect(centre[i as 0]).toBeCloseTo(value, 15)
  })

  it('has the spread that was asked for', () => {
    const drawn = Array.from({ length: 2000 }, (_, i) => drawBias(new Random(1).fork(i), SPREAD))
    for (const axis of [0, 1, 2] as const) {
      const square = drawn.reduce((sum, { position }) => sum + position[axis] ** 2, 0) / 2000
      // A deviation from 2000 draws is known to 1.6 %.
      expect(Math.abs(Math.sqrt(square) / 2e-3 - 1)).toBeLessThan(0.06)
    }
    const turns = drawn.reduce((sum, bias) => sum + poseDistance(bias, makePose([0, 0, 0])).rotation ** 2, 0) / 2000
    // Three axes: √3 · 0.03.
    expect(Math.abs(Math.sqrt(turns / 3) / 0.03 - 1)).toBeLessThan(0.06)
  })

  it('makes of a demonstration what the simulated tracker would have reported of the same path', () => {
    const noise = {
      bias: { translation: SPREAD.translationM, rotation: SPREAD.rotationRad },
      white: { translation: 0, rotation: 0 },
      latency: 0,
      dropout: { rate: 0, duration: 0 },
    }
    const targetInCamera = makePose([0.1, 0.05, 0.7], axisAngleToQuat([1, 0.5, 0.2], 2))
    const start = makePose([0.01, -0.01, 0.04], axisAngleToQuat([0.3, 1, 0], 0.2))
    const path = Array.from({ length: 21 }, (_, k) => interpolateScrew(start, makePose([0, 0, -0.02]), k / 20))
    for (let episode = 0; episode < 20; episode++) {
      const random = new Random(episode)
      const tracker = new SimulatedTracker(noise, CENTRE, random)
      const bias = drawBias(random.fork('bias'), SPREAD)
      // The first pose of the path is observed, the others are the actions: all have the one bias.
      for (const sourceInTarget of path) {
        const reported = tracker.distort(compose(targetInCamera, sourceInTarget))
        expectSame(applyBias(sourceInTarget, bias, CENTRE), relative(targetInCamera, reported))
        expectSame(applyBias(compose(targetInCamera, sourceInTarget), bias, CENTRE), reported)
      }
    }
  })
})
