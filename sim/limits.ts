// The simulated robot's limits, in the terms of the governor.
import type { Limits } from '../control/limits.ts'
import type { Vec3 } from '../geometry/index.ts'
import { extent, type Solid } from './solids.ts'
import { CLEARANCES_MM, type Fit, type Task } from './tasks/index.ts'

/**
 * Rim impact penetrates about 0.37 v · 0.4 ms, 1.5 µm at 10 mm/s: faster than that near contact, and the simulation is
 * no longer honest at 0.01 mm.
 */
const CONTACT_SPEED = 0.01

/** What the governor keeps for `task`. */
export function simLimits(task: Task): Limits {
  // Wide enough for a part that comes down beside the receptacle, and so high that one that comes at full speed, seen
  // 70 ms late and 4 mm behind its command, has braked when it arrives.
  const beside = Math.max(0.03, touchingDistance(task) + 0.008)
  const low: Vec3 = [-beside, -beside, -task.depth - 0.005]
  const high: Vec3 = [beside, beside, 0.014]
  return {
    workspace: { low: [0.25, -0.3, 0.05], high: [0.75, 0.3, 0.5] },
    speed: 0.1,
    angularSpeed: 1,
    acceleration: 5,
    angularAcceleration: 50,
    jerk: 200,
    angularJerk: 2000,
    contactZone: { low, high, speed: CONTACT_SPEED },
    reach: { translation: 0.02, rotation: 0.1 },
    creep: { speed: 0.1, until: 0.02 },
    force: 25,
    torque: 3.5,
    retract: 0,
    staleAfter: 0.5,
    poseStaleAfter: 5,
    planStaleAfter: 1,
    poseJump: { translation: 0.03, rotation: 0.5 },
  }
}

/** How far from the axis the tip may be and the parts still touch, along x or y, m. */
function touchingDistance(task: Task): number {
  const fit: Fit = { clearance: CLEARANCES_MM[0] / 1e3, chamfer: 0 }
  const reach = (solids: readonly Solid[]) => {
    const { low, high } = extent(solids)
    return Math.max(...[low, high].flatMap(([x, y]) => [Math.abs(x), Math.abs(y)]))
  }
  return reach(task.source(fit)) + reach(task.target(fit))
}
