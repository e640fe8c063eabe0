// Pictures against MuJoCo's own rays: two programs that share nothing but the solids must see the same.
import { describe, expect, it } from 'vitest'
import { compose, makePose, type Pose, project, relative, windowOf } from '../../geometry/index.ts'
import { Random } from '../../tensor/random.ts'
import { MM } from '../guided-insertion.ts'
import { CAMERA_IN_BASE } from '../robot.ts'
import { drawScenario } from '../scenario.ts'
import { drawLook, makeScene, placeScene } from '../scene/index.ts'
import { findTask, TASKS, type Task } from '../tasks/index.ts'
import { castRays } from './ray-oracle.ts'
import { render } from './render.ts'

const SENSOR = { width: 1280, height: 960, fx: 1400, fy: 1400, cx: 639.5, cy: 479.5 }
const SIZE = 160
const FAR_AWAY = makePose([0, 0, -100])

/** The window of the sensor that has the origin of `inBase`, a tip or a mouth, in the lower half of its middle. */
function cameraOn(inBase: Pose) {
  const [u, v] = project(SENSOR, relative(CAMERA_IN_BASE, inBase).position) ?? [0, 0]
  const corner = { x: Math.round(u) - SIZE / 2, y: Math.round(v) - (5 * SIZE) / 8 }
  return { intrinsics: windowOf(SENSOR, { ...corner, width: SIZE, height: SIZE }), cameraInBase: CAMERA_IN_BASE }
}

const placements = {
  'at a start': (task: Task) => drawScenario(task, 'id', new Random(1)),
  'at a start outside the usual range': (task: Task) => drawScenario(task, 'ood', new Random(2)),
  'half-way in': (task: Task) => ({
    ...drawScenario(task, 'ood', new Random(3)),
    sourceInTarget: makePose([0, 0, -task.depth / 2]),
  }),
}

/** Only the parts: the physics knows nothing of hand, stand and table. */
function bareScene(task: Task, fit: { clearance: number; chamfer: number }) {
  const scene = makeScene(task, fit, drawLook(new Random(0), 'plain'))
  for (const group of [scene.hand, scene.stand, scene.surroundings]) group.visible = false
  return scene
}

/** Whether the pixel's eight neighbours and itself lie on one flat surface: bends count as edges. */
function isAwayFromEdges(depth: Float64Array, pixel: number): boolean {
  return [1, SIZE - 1, SIZE, SIZE + 1].every((step) => {
    const [before, here, after] = [depth[pixel - step], depth[pixel], depth[pixel + step]] as [number, number, number]
    return before > 0 && after > 0 && Math.abs(before + after - 2 * here) < 0.05 * MM
  })
}

describe.each(Object.keys(TASKS))('the picture of the %s', (name) => {
  const task = findTask(name)
  const fit = { clearance: 0.1 * MM, chamfer: Math.min(0.5 * MM, task.maxChamfer) }
  const scene = bareScene(task, fit)

  it.each(Object.keys(placements))('shows the depth that rays measure to 0.1 mm away from edges, %s', async (where) => {
    const { targetInBase, sourceInTarget } = placements[where as keyof typeof placements](task)
    const placement = { targetInBase, sourceInBase: compose(targetInBase, sourceInTarget), eeInBase: FAR_AWAY }
    const camera = cameraOn(targetInBase)
    placeScene(scene, placement)
    const { depth } = render(scene, camera)
    const rays = await castRays(task, fit, placement, camera)
    let compared = 0
    let worst = 0
    for (let v = 1; v < SIZE - 1; v++) {
      for (let pixel = v * SIZE + 1; pixel < (v + 1) * SIZE - 1; pixel++) {
        if (!isAwayFromEdges(rays.depth, pixel)) continue
        compared++
        worst = Math.max(worst, Math.abs((depth[pixel] as number) - (rays.depth[pixel] as number)))
      }
    }
    // The parts cover about a fifth of the picture.
    expect(compared).toBeGreaterThan(2000)
    expect(worst).toBeLessThan(0.1 * MM)
  })

  it.each(['source', 'target'] as const)('has the silhouette of the physics’ %s', async (part) => {
    for (const where of Object.values(placements)) {
      const { targetInBase, sourceInTarget } = where(task)
      const sourceInBase = compose(targetInBase, sourceInTarget)
      const camera = cameraOn(part === 'target' ? targetInBase : sourceInBase)
      const alone = {
        targetInBase: part === 'target' ? targetInBase : FAR_AWAY,
        sourceInBase: part === 'source' ? sourceInBase : FAR_AWAY,
      }
      placeScene(scene, { ...alone, eeInBase: FAR_AWAY })
      const { depth } = render(scene, camera)
      const rays = await castRays(task, fit, alone, camera)
      const differing = rays.depth.reduce(
        (count, seen, pixel) => count + (seen > 0 === (depth[pixel] as number) > 0 ? 0 : 1),
        0,
      )
      const covered = rays.part.filter((seen) => seen === part).length
      expect(covered).toBeGreaterThan(200)
      // Rays and snapped corners may disagree where a pixel's centre lies on the outline to within 1/500 pixel.
      expect(differing).toBeLessThan(0.01 * covered)
    }
  })
})
