import { type Group, Mesh, type MeshLambertMaterial, PerspectiveCamera, Vector3 } from 'three'
import { describe, expect, it } from 'vitest'
import { axisAngleToQuat, makePose, transformPoint } from '../../geometry/index.ts'
import { Random } from '../../tensor/random.ts'
import { MM } from '../guided-insertion.ts'
import { TIP_BELOW_HAND } from '../scenario.ts'
import { extent } from '../solids.ts'
import { gear } from '../tasks/gear.example.ts'
import { findTask, TASKS } from '../tasks/index.ts'
import { drawLook, makeScene, placeScene, VIEWER_LAYER } from './index.ts'

const FIT = { clearance: 0.1 * MM, chamfer: 0.2 * MM }
const plain = drawLook(new Random(0), 'plain')

const meshOf = (group: Group): Mesh<Mesh['geometry'], MeshLambertMaterial> => {
  const [mesh] = group.children
  if (!(mesh instanceof Mesh)) throw new Error('expected a mesh')
  return mesh
}

describe.each([...Object.values(TASKS), gear])('the scene of the $name', (task) => {
  const scene = makeScene(task, FIT, plain)

  it('has parts as large as the physics’, to a micrometre', () => {
    for (const part of ['source', 'target'] as const) {
      const { geometry } = meshOf(scene[part])
      geometry.computeBoundingBox()
      const { low, high } = extent(task[part](FIT))
      const { min, max } = geometry.boundingBox as NonNullable<typeof geometry.boundingBox>
      // The box round a cylinder's own box is not the tightest one: tilted cylinders would differ, and no task has any.
      for (const [i, value] of [...min.toArray(), ...max.toArray()].entries()) {
        expect(value).toBeCloseTo([...low, ...high][i] as number, 6)
      }
    }
  })

  it('has the fingers beside the upper end of the part, clear of a receptacle that it is seated in', () => {
    const { geometry } = meshOf(scene.hand)
    geometry.computeBoundingBox()
    const { high } = extent(task.source(FIT))
    const fingertip = (geometry.boundingBox as NonNullable<typeof geometry.boundingBox>).max.z
    expect(fingertip).toBeGreaterThan(TIP_BELOW_HAND - high[2])
    // What is shorter than its travel is held by its side, beside what it goes onto.
    const mouth = TIP_BELOW_HAND - Math.min(task.depth, high[2] / 2)
    expect(fingertip).toBeLessThan(high[2] > task.depth ? mouth - 5 * MM : mouth)
  })

  it('has the colour and shine that the task gives', () => {
    const { color, shine } = task.appearance.source
    const material = meshOf(scene.source).material
    expect(material.color.getHex()).toBe(color)
    expect(material.userData.shine).toBe(shine)
  })
})

describe('placing', () => {
  it('moves each group to its frame: points of the parts, the stand and the hand', () => {
    const scene = makeScene(findTask('square-peg'), FIT, plain)
    const targetInBase = makePose([0.5, 0.1, 0.1], axisAngleToQuat([0, 0, 1], 0.3))
    const sourceInBase = makePose([0.5, 0.1, 0.15], axisAngleToQuat([1, 0, 0], 0.1))
    const eeInBase = makePose([0.5, 0.1, 0.27], [1, 0, 0, 0])
    placeScene(scene, { sourceInBase, targetInBase, eeInBase })
    scene.updateMatrixWorld()
    for (const [group, pose] of [
      [scene.source, sourceInBase],
      [scene.target, targetInBase],
      [scene.stand, targetInBase],
      [scene.hand, eeInBase],
    ] as const) {
      const placed = group.localToWorld(new Vector3(0.01, 0.02, 0.03)).toArray()
      for (const [i, value] of transformPoint(pose, [0.01, 0.02, 0.03]).entries()) {
        expect(placed[i]).toBeCloseTo(value, 12)
      }
    }
  })
})

describe('a look', () => {
  it('is plain without clutter or jitter whatever the seed, or varied by it', () => {
    expect(drawLook(new Random(1), 'plain')).toEqual(drawLook(new Random(2), 'plain'))
    expect(plain.clutter).toEqual([])
    expect(drawLook(new Random(1), 'varied')).toEqual(drawLook(new Random(1), 'varied'))
    expect(drawLook(new Random(1), 'varied')).not.toEqual(drawLook(new Random(2), 'varied'))
  })

  it('keeps clutter on the table, away from where the receptacle can be, and the camera within its calibration', () => {
    let pieces = 0
    for (let seed = 0; seed < 100; seed++) {
      const { clutter, cameraJitter } = drawLook(new Random(seed), 'varied')
      pieces += clutter.length
      for (const { foot, size } of clutter) {
        // The receptacle moves by 100 mm at most and reaches 50 mm round its axis.
        const reach = Math.hypot(size[0], size[1]) / 2
        expect(Math.hypot(foot[0] - 0.5, foot[1]) - reach).toBeGreaterThan(0.14)
      }
      expect(Math.hypot(...cameraJitter.position)).toBeLessThan(0.004)
    }
    expect(pieces).toBeGreaterThan(100)
  })
})

describe('the viewer’s layer', () => {
  it('is one that a three.js camera does not see by itself', () => {
    const mesh = new Mesh()
    mesh.layers.set(VIEWER_LAYER)
    expect(new PerspectiveCamera().layers.test(mesh.layers)).toBe(false)
  })
})
