// The MuJoCo model of a task: the receptacle on a movable stand, and the part in a free, impedance-driven hand.
import type { Pose, Quat } from '../geometry/index.ts'
import type { Hand } from './hand.ts'
import type { Role, Solid } from './solids.ts'
import type { Fit, Task } from './tasks/index.ts'

/** Time step wherever the parts could touch, s. */
export const TIMESTEP = 1e-4

/**
 * The settings that make physics honest at 0.01 mm; each was chosen by experiment. With MuJoCo's defaults a part slides
 * through a wall by 73 µm. solref is never under four time steps; solimp keeps contacts within a micrometre; noslip stops
 * the creep of 6 µm/s under a lateral load; ccd_tolerance 1e-6, the default, makes cylinders jam falsely. noslip wants
 * memory for the square of all contacts' rows, and where it lacks MuJoCo drops every contact: 16 MB are for some 400.
 */
const OPTIONS = `
  <option timestep="${TIMESTEP}" integrator="implicitfast" cone="elliptic" solver="Newton" iterations="100"
          tolerance="1e-10" ccd_tolerance="1e-9" impratio="10" noslip_iterations="3" gravity="0 0 -9.81">
    <flag midphase="disable"/>
  </option>
  <size memory="16M"/>
  <default>
    <geom solref="0.0004 1" solimp="0.99 0.99 1e-6 0.5 2" margin="0" friction="0.3 0.005 0.0001" condim="3"/>
  </default>`

/**
 * The part's body has its frame at the source frame and its inertia at the hand's centre of compliance, which decouples
 * translation from rotation there; gravity on it is compensated, as arms do.
 */
export function buildMjcf(task: Task, fit: Fit, hand: Hand): string {
  const source = task.source(fit)
  const target = task.target(fit)
  const inertia = `${hand.inertia} ${hand.inertia} ${hand.inertia}`
  return `<mujoco>${OPTIONS}
  <asset>${meshes('source', source)}${meshes('target', target)}
  </asset>
  <worldbody>
    <body name="target" mocap="true">${geoms('target', target)}
    </body>
    <body name="source" gravcomp="1">
      <freejoint/>
      <inertial pos="${hand.complianceCentre.join(' ')}" mass="${hand.mass}" diaginertia="${inertia}"/>${geoms('source', source)}
    </body>
  </worldbody>
</mujoco>`
}

function meshes(part: string, solids: readonly Solid[]): string {
  return solids
    .map((solid, i) =>
      solid.kind === 'hull' ? `\n    <mesh name="${part}${i}" vertex="${solid.vertices.flat().join(' ')}"/>` : '',
    )
    .join('')
}

function geoms(part: string, solids: readonly Solid[]): string {
  return solids.map((solid, i) => `\n      <geom ${geomAttributes(solid, `${part}${i}`)}/>`).join('')
}

/** Bits of MuJoCo's contact filter: two geoms may touch when they share one. */
const CONTACT_BITS: Record<Role, number> = { fit: 1, lead: 2, stop: 3 }

function geomAttributes(solid: Solid, mesh: string): string {
  const bits = CONTACT_BITS[solid.role]
  return `${shapeAttributes(solid, mesh)} contype="${bits}" conaffinity="${bits}"`
}

function shapeAttributes(solid: Solid, mesh: string): string {
  if (solid.kind === 'hull') return `type="mesh" mesh="${mesh}"`
  if (solid.kind === 'box') return `type="box" size="${solid.halfSize.join(' ')}" ${placement(solid.pose)}`
  return `type="cylinder" size="${solid.radius} ${solid.halfLength}" ${placement(solid.pose)}`
}

const placement = ({ position, orientation }: Pose): string =>
  `pos="${position.join(' ')}" quat="${toWxyz(orientation).join(' ')}"`

/** MuJoCo's order of a quaternion. */
export const toWxyz = ([x, y, z, w]: Readonly<Quat>): [number, number, number, number] => [w, x, y, z]
