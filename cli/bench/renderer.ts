// Speed of the headless renderer: colour and depth of every task's scene, one core.
import { compose, invert, project, relative, windowOf } from '../../geometry/index.ts'
import {
  CAMERA_IN_BASE,
  drawLook,
  drawScenario,
  makeScene,
  placeScene,
  quantile,
  render,
  SENSOR,
  TASKS,
  type Task,
} from '../../sim/index.ts'
import { Random } from '../../tensor/random.ts'
import { time } from './timing.ts'

const FIT = { clearance: 1e-4, chamfer: 2e-4 }
const SIZES = [
  [160, 160],
  [320, 240],
] as const

/** Pictures per second: the parts in the middle, with hand, table, clutter, textures and two or three lights. */
export async function benchRenderer(): Promise<{ framesPerSecond: Record<string, number> }> {
  const framesPerSecond: Record<string, number> = {}
  for (const [width, height] of SIZES) {
    const shots = Object.values(TASKS).map((task, seed) => setUp(task, seed, width, height))
    const times = await time(`renderer ${width}×${height}`, async () => {
      for (const { scene, camera } of shots) render(scene, camera)
    })
    framesPerSecond[`${width}x${height}`] = Math.round((shots.length / quantile(times, 0.5)) * 1e3)
  }
  return { framesPerSecond }
}

function setUp(task: Task, seed: number, width: number, height: number) {
  const scene = makeScene(task, FIT, drawLook(new Random(seed), 'varied'))
  const { targetInBase, sourceInTarget, sourceInEe } = drawScenario(task, 'id', new Random(seed))
  const sourceInBase = compose(targetInBase, sourceInTarget)
  placeScene(scene, { sourceInBase, targetInBase, eeInBase: compose(sourceInBase, invert(sourceInEe)) })
  const [u, v] = project(SENSOR, relative(CAMERA_IN_BASE, sourceInBase).position) ?? [0, 0]
  const corner = { x: Math.round(u - width / 2), y: Math.round(v - height / 2) }
  return { scene, camera: { intrinsics: windowOf(SENSOR, { ...corner, width, height }), cameraInBase: CAMERA_IN_BASE } }
}
