// A part guided along a straight line into the receptacle, as a test rig would do it: no expert, no camera, no governor.
import { compose, makePose, type Pose, relative, rotationVectorToQuat, type Vec3 } from '../geometry/index.ts'
import { DEFAULT_HAND, type Hand } from './hand.ts'
import { extent, type Solid } from './solids.ts'
import { CLEARANCES_MM, TASKS, type Task } from './tasks/index.ts'
import { TIMESTEP, type World } from './world.ts'

export const MM = 1e-3
export const MICRON = 1e-6
export const DEGREE = Math.PI / 180

/** Every task at every clearance, for `it.each`. */
export const EVERY_FIT = Object.keys(TASKS).flatMap((name) => CLEARANCES_MM.map((mm) => [name, mm] as const))

const SOME_FIT = { clearance: 0.1 * MM, chamfer: 0.5 * MM }

const widthOf = (solids: readonly Solid[]): [x: number, y: number] => {
  const { low, high } = extent(solids)
  return [high[0] - low[0], high[1] - low[1]]
}

/** Width of what goes into the other part, be it the source or, under a hollow one, the target: along x and y, m. */
export function fitWidth(task: Task): [x: number, y: number] {
  const shafts = (solids: readonly Solid[]) => widthOf(solids.filter(({ role }) => role === 'fit'))
  const [source, target] = [shafts(task.source(SOME_FIT)), shafts(task.target(SOME_FIT))]
  return [Math.min(source[0], target[0]), Math.min(source[1], target[1])]
}

/** Width of the part where it will stand on the floor, along x and y, m. */
export const footWidth = (task: Task): [x: number, y: number] =>
  widthOf(task.source({ ...SOME_FIT, chamfer: 0 }).filter((solid) => extent([solid]).low[2] < MICRON))

/** Past the floor by so much, m, does the rig command the tip, so that the part is pressed down. */
export const PRESS = 1.5 * MM

/** A hand so stiff in rotation that it holds a tilt against the walls; the default hand yields to them and goes in. */
export const STIFF_HAND: Hand = { ...DEFAULT_HAND, rotationalStiffness: 50, maxTorque: 5 }

/** Where the rig holds the receptacle: at arm's reach, so that the rounding of such coordinates takes part. */
export const TARGET_IN_BASE: Pose = makePose([0.5, 0, 0.1])

/** The command moves on this often, s. */
const COMMAND_INTERVAL = 0.005
/** The fastest that the simulator's limits allow near contact, m/s. */
const SPEED = 0.01
/** The command stays at its end for this long, s. */
const HOLD = 0.1

export interface Path {
  /** beside the axis, x and y in the target frame, m */
  offset?: readonly [number, number]
  /** rotation vector of the part, target frame, rad */
  tilt?: Vec3
  /** heights of the commanded tip over the mouth, m */
  from?: number
  to: number
  /** from the end on the command jumps down to here, m, which pulls the hand to its force limit, and stays for 0.2 s */
  push?: number
  targetInBase?: Pose
}

export interface Guided {
  /** at the end */
  sourceInTarget: Pose
  /** how far the tip was below the mouth at most, m */
  depth: number
  /** largest 5 ms mean, N */
  peakForce: number
  /** deepest overlap of the parts, m */
  penetration: number
}

/** Resets the world and guides the part down at 10 mm/s. */
export function guide(world: World, path: Path): Guided {
  const { offset = [0, 0], tilt = [0, 0, 0], from = 1.5 * MM, to, push, targetInBase = TARGET_IN_BASE } = path
  const orientation = rotationVectorToQuat(tilt)
  const at = (height: number) => compose(targetInBase, makePose([offset[0], offset[1], height], orientation))
  world.reset(at(from), targetInBase)
  let depth = Number.NEGATIVE_INFINITY
  const pull = (height: number, seconds: number) => {
    world.setTarget(at(height))
    for (let tick = 0; tick < seconds / COMMAND_INTERVAL - 0.5; tick++) {
      world.step(Math.round(COMMAND_INTERVAL / TIMESTEP))
      depth = Math.max(depth, -relative(targetInBase, world.sourceInBase).position[2])
    }
  }
  for (let height = from; height > to; height -= SPEED * COMMAND_INTERVAL) pull(height, COMMAND_INTERVAL)
  if (push === undefined) pull(to, HOLD)
  else pull(push, 0.2)
  return {
    sourceInTarget: relative(targetInBase, world.sourceInBase),
    depth,
    peakForce: world.peakForce,
    penetration: world.deepestPenetration,
  }
}
