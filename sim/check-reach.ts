// Whether a part can reach its goal at all: asked of the geometry, before anything moves.
import type { MainModule, MjModel } from '@mujoco/mujoco'
import type { Hand } from './hand.ts'
import { buildMjcf } from './mjcf.ts'
import { deepestOverlap } from './overlap.ts'
import type { Solid } from './solids.ts'
import type { Fit, Task } from './tasks/index.ts'

/** Distance between the places on the way at which the part is looked at, m. */
const STRIDE = 1e-3
/** m: parts that only touch overlap by rounding. */
const TOLERANCE = 1e-7

/**
 * Throws a RangeError when the parts overlap anywhere on the straight way along the axis, from the mouth to the seat.
 * All solids are asked, also pairs that physics does not test because their roles never meet. Throws one, too, for solids
 * of which MuJoCo makes nothing.
 */
export function checkReach(mujoco: MainModule, task: Task, fit: Fit, hand: Hand): void {
  const model = compile(mujoco, task, fit, hand)
  const data = new mujoco.MjData(model)
  const contactType = mujoco.mjtConstraint.mjCNSTR_CONTACT_ELLIPTIC.value
  const overlapAt = (tipDepth: number): number => {
    data.qpos.set([0, 0, -tipDepth, 1, 0, 0, 0])
    mujoco.mj_forward(model, data)
    return deepestOverlap(data, contactType)
  }
  const steps = Math.ceil(task.depth / STRIDE)
  let overlap = 0
  let tipDepth = 0
  try {
    for (let step = 0; step <= steps && overlap <= TOLERANCE; step++) {
      tipDepth = (step * task.depth) / steps
      overlap = overlapAt(tipDepth)
    }
  } catch (cause) {
    throw new RangeError(`task "${task.name}": ${cause instanceof Error ? cause.message : cause}`, { cause })
  } finally {
    data.delete()
    model.delete()
  }
  if (overlap <= TOLERANCE) return
  const [by, at, of] = [overlap, tipDepth, task.depth].map((metres) => (metres * 1e3).toFixed(3))
  const where = `${fit.clearance * 1e3} mm of clearance and a chamfer of ${fit.chamfer * 1e3} mm`
  throw new RangeError(
    `task "${task.name}" cannot seat: with ${where}, source and target overlap by ${by} mm when the tip is ${at} of ${of} mm deep; make their solids leave the way free`,
  )
}

function compile(mujoco: MainModule, task: Task, fit: Fit, hand: Hand): MjModel {
  const xml = buildMjcf(withoutRoles(task), fit, hand)
  try {
    return mujoco.MjModel.from_xml_string(xml)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.trim() : String(cause)
    throw new RangeError(`task "${task.name}": MuJoCo cannot build its solids: ${why}`, { cause })
  }
}

function withoutRoles(task: Task): Task {
  const everything = (solids: readonly Solid[]) => solids.map((solid): Solid => ({ ...solid, role: 'stop' }))
  return { ...task, source: (fit) => everything(task.source(fit)), target: (fit) => everything(task.target(fit)) }
}
