// Practice: pictures of the held part at random places round the target, at poses that are known. Nobody demonstrates
// anything in them, but they show what demonstrations, which go straight in, never do: how it looks to be off.
import { compose, invert, makePose, type Pose, relative, rotationVectorToQuat } from '../geometry/index.ts'
import type { View } from '../perception/index.ts'
import type { Random } from '../tensor/random.ts'
import { type CameraOptions, SimCamera } from './camera.ts'
import { CAMERA_IN_BASE } from './robot.ts'
import { drawScenario } from './scenario.ts'
import type { Fit, Task } from './tasks/index.ts'

/** Pictures that share a look. */
const PER_LOOK = 20
/** Share of the pictures in which the part is in the receptacle, on the axis. */
const INSERTED = 0.15
/** How far the part may be off at the mouth, each way: m and rad. */
const AT_MOUTH = { lateral: 4e-3, tilt: 0.07, yaw: 0.09 }

/** `count` views; everything else follows from `random`. */
export function* practiceViews(
  task: Task,
  fit: Fit,
  options: CameraOptions,
  count: number,
  random: Random,
): Generator<View> {
  let camera: SimCamera | undefined
  for (let i = 0; i < count; i++) {
    if (i % PER_LOOK === 0) camera = new SimCamera(task, fit, options, random.fork('look', i / PER_LOOK))
    yield practiceView(task, camera as SimCamera, i, random.fork(i))
  }
}

function practiceView(task: Task, camera: SimCamera, index: number, random: Random): View {
  // Half of the targets stand where demonstrations' do, half where they never did.
  const { targetInBase, sourceInEe } = drawScenario(task, index % 2 === 0 ? 'id' : 'ood', random.fork('scenario'))
  const sourceInBase = compose(targetInBase, drawPlace(task, random.fork('place')))
  const cameraInBase = compose(CAMERA_IN_BASE, camera.mounting)
  const seen = {
    sourceInCamera: relative(cameraInBase, sourceInBase),
    targetInCamera: relative(cameraInBase, targetInBase),
  }
  const eeInBase = compose(sourceInBase, invert(sourceInEe))
  return { rgbd: camera.picture(index, { sourceInBase, targetInBase, eeInBase }, CAMERA_IN_BASE, seen), ...seen }
}

/** Of the source in the target frame: the lower, the more often, and the less far off. */
function drawPlace({ depth, start }: Task, random: Random): Pose {
  if (random.chance(INSERTED)) return makePose([0, 0, -random.uniform(0, depth)])
  const share = random.uniform() ** 2
  const height = share * start.height[1] * 1.2
  const range = (most: number, least: number) =>
    random.uniform(-1, 1) * (least + share * Math.max(0, 1.5 * most - least))
  return makePose(
    [range(start.lateral, AT_MOUTH.lateral), range(start.lateral, AT_MOUTH.lateral), height],
    rotationVectorToQuat([
      range(start.tilt, AT_MOUTH.tilt),
      range(start.tilt, AT_MOUTH.tilt),
      range(start.yaw, AT_MOUTH.yaw),
    ]),
  )
}
