// One picture of each task in a varied look: what tests compare between runs, engines and machines.
import { compose, makePose, type Rgbd } from '../../geometry/index.ts'
import { Random } from '../../tensor/random.ts'
import { TIP_BELOW_HAND } from '../scenario.ts'
import { drawLook, makeScene, placeScene } from '../scene/index.ts'
import { findTask, type Task } from '../tasks/index.ts'
import { render } from './render.ts'
import type { Camera } from './view.ts'

/** In front of the receptacle and above it, looking down by about 35°: a window of a larger sensor. */
const CAMERA: Camera = {
  intrinsics: { width: 160, height: 160, fx: 1400, fy: 1400, cx: 87.5, cy: 92.5 },
  cameraInBase: makePose([0.95, 0, 0.4], [0.624, 0.624, -0.332, -0.332]),
}

/** A task of fixed shape with a solid of each kind, which no change to the real tasks touches. */
export const SAMPLE_TASK: Task = {
  ...findTask('square-peg'),
  name: 'sample',
  depth: 0.02,
  source: () => [
    { role: 'fit', kind: 'cylinder', radius: 0.006, halfLength: 0.02, pose: makePose([0, 0, 0.03]) },
    {
      role: 'lead',
      kind: 'hull',
      vertices: [
        [0.006, 0, 0.01],
        [0, 0.006, 0.01],
        [-0.005, -0.005, 0.01],
        [0, 0, 0],
      ],
    },
  ],
  target: () => [
    { role: 'stop', kind: 'box', halfSize: [0.02, 0.02, 0.01], pose: makePose([0, 0, -0.03], [0, 0, 0.3, 0.95]) },
    { role: 'fit', kind: 'box', halfSize: [0.004, 0.02, 0.012], pose: makePose([0.014, 0, -0.012], [0, 0.1, 0, 0.99]) },
  ],
  appearance: { source: { color: 0xb8863b, shine: 0.5 }, target: { color: 0x4a6f57, shine: 0.2 } },
}

/** Poses are written out in numbers: nothing here depends on how an engine computes a sine. */
export function samplePictures(tasks: readonly Task[]): { name: string; rgbd: Rgbd }[] {
  return tasks.map((task, seed) => {
    const scene = makeScene(task, { clearance: 1e-4, chamfer: 2e-4 }, drawLook(new Random(seed), 'varied'))
    const targetInBase = makePose([0.51, -0.01, 0.1], [0.02, -0.03, 0.1, 0.99])
    const sourceInBase = compose(targetInBase, makePose([0.002, -0.001, 0.004], [0.03, 0.01, -0.05, 0.99]))
    const eeInBase = compose(sourceInBase, makePose([0, 0, TIP_BELOW_HAND], [1, 0, 0, 0]))
    placeScene(scene, { sourceInBase, targetInBase, eeInBase })
    return { name: task.name, rgbd: render(scene, CAMERA) }
  })
}
