// The same scene through MuJoCo's own eyes: rays against the physics geometry, the independent judge of the rasteriser.
import loadMujoco, { type MainModule } from '@mujoco/mujoco'
import { type Pose, rotateVector, unproject } from '../../geometry/index.ts'
import { DEFAULT_HAND } from '../hand.ts'
import { buildMjcf, toWxyz } from '../mjcf.ts'
import type { Fit, Task } from '../tasks/index.ts'
import type { Camera } from './view.ts'

export interface Seen {
  /** height·width, row-major: metres along the optical axis, 0 where no ray met anything */
  depth: Float64Array
  /** which part each ray met first */
  part: ('source' | 'target' | undefined)[]
}

let module: Promise<MainModule> | undefined

/** Casts one ray through the centre of every pixel. */
export async function castRays(
  task: Task,
  fit: Fit,
  { sourceInBase, targetInBase }: { sourceInBase: Pose; targetInBase: Pose },
  { intrinsics, cameraInBase }: Camera,
): Promise<Seen> {
  module ??= loadMujoco()
  const mujoco = await module
  const model = mujoco.MjModel.from_xml_string(buildMjcf(task, fit, DEFAULT_HAND))
  const data = new mujoco.MjData(model)
  data.mocap_pos.set(targetInBase.position)
  data.mocap_quat.set(toWxyz(targetInBase.orientation))
  data.qpos.set([...sourceInBase.position, ...toWxyz(sourceInBase.orientation)])
  mujoco.mj_kinematics(model, data)

  const count = intrinsics.width * intrinsics.height
  const rays: number[] = []
  const lengths: number[] = []
  for (let i = 0; i < count; i++) {
    const ray = unproject(intrinsics, i % intrinsics.width, Math.floor(i / intrinsics.width), 1)
    const length = Math.hypot(...ray)
    lengths.push(length)
    rays.push(...rotateVector(cameraInBase.orientation, ray).map((value) => value / length))
  }
  const geoms = new mujoco.IntBuffer(count)
  const distances = new mujoco.DoubleBuffer(count)
  const everyGroup = [1, 1, 1, 1, 1, 1]
  const eye = [...cameraInBase.position]
  mujoco.mj_multiRay(model, data, eye, rays, everyGroup, true, -1, geoms, distances, null, count, 10)

  // The target's geoms come first in the model.
  const targets = task.target(fit).length
  const ids = [...(geoms.GetView() as Int32Array)]
  const seen: Seen = {
    // Along a ray of length 1, the depth is the distance over the length of the ray that ends at depth 1.
    depth: Float64Array.from(distances.GetView() as Float64Array, (distance, i) =>
      distance < 0 ? 0 : distance / (lengths[i] as number),
    ),
    part: ids.map((id) => (id < 0 ? undefined : id < targets ? 'target' : 'source')),
  }
  for (const handle of [geoms, distances, data, model]) handle.delete()
  return seen
}
