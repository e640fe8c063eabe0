// Contacts for the compiler's sake.
import { identityPose, makePose } from '../geometry/index.ts'
import { TIMESTEP, type World } from './world.ts'

/** Beside the mouth, and inside: m from the axis, m above full depth or the mouth. */
const BESIDE = 2e-3
const ABOVE = 5e-4
/** Pressed at for so long, s: by then what is called in contacts has been compiled. */
const PRESSING = 0.2

/**
 * Presses the part at the mouth and at the floor. In a fresh process the first contacts take several times as long as
 * later ones, some 100 ms in a row, in which a robot that is to live in real time would answer nobody. Leaves the world
 * with what is to be reset.
 */
export function warmUp(world: World): void {
  const { depth } = world.task
  for (const [x, z] of [
    [BESIDE, ABOVE],
    [0, ABOVE - depth],
  ] as const) {
    world.reset(makePose([x, 0, z]), identityPose())
    world.setTarget(makePose([x, 0, z - 4 * ABOVE]))
    world.step(Math.round(PRESSING / TIMESTEP))
  }
}
