// The physical world of one task: MuJoCo steps, the hand's spring, and what a force sensor and an honest judge can read.
import loadMujoco, { type MainModule, type MjData, type MjModel, type MjOption } from '@mujoco/mujoco'
import { vec3 } from 'gl-matrix'
import { identityPose, type Pose, rotateVector, type Vec3 } from '../geometry/index.ts'
import { checkReach } from './check-reach.ts'
import { DEFAULT_HAND, type Hand } from './hand.ts'
import { buildMjcf, TIMESTEP, toWxyz } from './mjcf.ts'
import { deepestOverlap } from './overlap.ts'
import { extent } from './solids.ts'
import { checkFit, checkTask, type Fit, type Task } from './tasks/index.ts'
import { Touchable } from './touchable.ts'

export { TIMESTEP } from './mjcf.ts'

/** Overlap at a reset beyond which the parts would be thrown apart instead of settling, m. */
const OVERLAP_TOLERANCE = 5e-6
/** Time constant of the force read-out: single-step peaks scale with 1/dt and mean nothing. */
const FORCE_WINDOW = 0.005

/** In free flight this many time steps are taken at once. */
const COARSE = 10
/** Distance between the parts that counts as free flight, m: ten coarse steps at the governor's 0.1 m/s. */
const FREE_GAP = 1e-3

/** What the part feels from the receptacle: force in the base frame (N), torque about the source origin, source frame (N·m). */
export interface ContactWrench {
  force: Vec3
  torque: Vec3
}

/** Where the receptacle touches the part in one time step, and how hard it pushes there: base frame. */
export interface ContactPoint {
  /** m */
  position: Vec3
  /** on the part, N */
  force: Vec3
}

/** m: 30 N in the hand press stiff parts a few micrometres into each other. */
const IMPOSSIBLE = 2e-4

let module: Promise<MainModule> | undefined

export class World {
  readonly task: Task
  readonly fit: Fit
  readonly hand: Hand
  readonly #mujoco: MainModule
  readonly #model: MjModel
  readonly #data: MjData
  readonly #options: MjOption
  readonly #touchable: Touchable
  readonly #contactType: number
  readonly #sourceBody: number
  readonly #sourceExtent: { low: Vec3; high: Vec3 }
  readonly #targetHeight: number
  readonly #damping: { linear: number; angular: number }
  #targetAxis: Vec3 = [0, 0, 1]
  /** height of the receptacle's top along that axis, from the base's origin */
  #targetTop = 0
  #steps = 0
  #setpoint: Pose = identityPose()
  #views: Views | undefined
  #force: Vec3 = [0, 0, 0]
  #torque: Vec3 = [0, 0, 0]
  #peakForce = 0
  #deepest = 0

  /** Throws a RangeError that says what is wrong with a task or a fit. */
  static async create(task: Task, fit: Fit, hand: Hand = DEFAULT_HAND): Promise<World> {
    checkTask(task)
    checkFit(task, fit)
    module ??= loadMujoco()
    const mujoco = await module
    checkReach(mujoco, task, fit, hand)
    return new World(mujoco, task, fit, hand)
  }

  private constructor(mujoco: MainModule, task: Task, fit: Fit, hand: Hand) {
    this.task = task
    this.fit = fit
    this.hand = hand
    this.#mujoco = mujoco
    this.#model = mujoco.MjModel.from_xml_string(buildMjcf(task, fit, hand))
    this.#data = new mujoco.MjData(this.#model)
    this.#options = this.#model.opt
    this.#sourceExtent = extent(task.source(fit))
    this.#touchable = new Touchable(mujoco, this.#model, this.#data, farthest(this.#sourceExtent))
    this.#targetHeight = extent(task.target(fit)).high[2]
    this.#contactType = mujoco.mjtConstraint.mjCNSTR_CONTACT_ELLIPTIC.value
    this.#sourceBody = mujoco.mj_name2id(this.#model, mujoco.mjtObj.mjOBJ_BODY.value, 'source')
    this.#damping = {
      linear: 2 * hand.dampingRatio * Math.sqrt(hand.stiffness * hand.mass),
      angular: 2 * hand.dampingRatio * Math.sqrt(hand.rotationalStiffness * hand.inertia),
    }
  }

  /** Simulated time since the last reset, s. */
  get time(): number {
    return this.#steps * TIMESTEP
  }

  /**
   * Puts both parts at rest, the hand's target where the part is. Throws a RangeError when they overlap, which would
   * start the episode with an explosion.
   */
  reset(sourceInBase: Pose, targetInBase: Pose): void {
    this.#mujoco.mj_resetData(this.#model, this.#data)
    const views = this.#view()
    views.mocapPosition.set(targetInBase.position)
    views.mocapOrientation.set(toWxyz(targetInBase.orientation))
    views.position.set([...sourceInBase.position, ...toWxyz(sourceInBase.orientation)])
    this.#targetAxis = rotateVector(targetInBase.orientation, [0, 0, 1])
    this.#targetTop = vec3.dot(this.#targetAxis, targetInBase.position) + this.#targetHeight
    this.#steps = 0
    this.#setpoint = sourceInBase
    this.#force = [0, 0, 0]
    this.#torque = [0, 0, 0]
    this.#peakForce = 0
    this.#deepest = 0
    this.#touchable.reset()
    this.#mujoco.mj_forward(this.#model, this.#data)
    const overlap = this.penetration()
    if (overlap > OVERLAP_TOLERANCE) {
      throw new RangeError(`the parts overlap by ${(overlap * 1e3).toFixed(3)} mm at reset: move the start apart`)
    }
  }

  /** Where the hand pulls the part from now on. */
  setTarget(sourceInBase: Pose): void {
    this.#setpoint = sourceInBase
  }

  /** Advances by `count` time steps of {@link TIMESTEP}; far from contact, ten are taken in one. */
  step(count: number): void {
    for (let left = count; left > 0; ) {
      const taken = left >= COARSE && this.#gap() > FREE_GAP ? COARSE : 1
      this.#options.timestep = taken * TIMESTEP
      this.#applySpring()
      this.#touchable.select()
      this.#advance()
      this.#touchable.moved(this.#view().velocity, taken * TIMESTEP)
      this.#readContact((taken * TIMESTEP) / FORCE_WINDOW)
      left -= taken
    }
    this.#steps += count
  }

  /** Height of the part's lowest corner over the receptacle's top, along the receptacle's axis, m. */
  #gap(): number {
    const { position: q } = this.#view()
    const { low, high } = this.#sourceExtent
    const [nx, ny, nz] = this.#targetAxis
    // The axis as the part sees it: the part's corners reach down by the smaller product on each of its own axes.
    const axis = rotate(-(q[4] as number), -(q[5] as number), -(q[6] as number), q[3] as number, nx, ny, nz)
    let height = nx * (q[0] as number) + ny * (q[1] as number) + nz * (q[2] as number) - this.#targetTop
    for (let i = 0; i < 3; i++) height += Math.min(axis[i as 0] * low[i as 0], axis[i as 0] * high[i as 0])
    return height
  }

  get sourceInBase(): Pose {
    const q = this.#view().position as unknown as readonly [number, number, number, number, number, number, number]
    return { position: [q[0], q[1], q[2]], orientation: [q[4], q[5], q[6], q[3]] }
  }

  /** 5 ms mean. */
  get contact(): ContactWrench {
    return { force: [...this.#force], torque: [...this.#torque] }
  }

  /** Of the last time step alone, no mean: for eyes, not for judges. Nothing of the world changes by looking. */
  contactPoints(): ContactPoint[] {
    if (this.#data.nefc === 0) return []
    const points: ContactPoint[] = []
    const forces: Float64Array = this.#data.efc_force
    const bodies: Int32Array = this.#model.geom_bodyid
    // A copy, as is each element: both have to be given back.
    const contacts = this.#data.contact
    for (let i = 0; i < contacts.size(); i++) {
      const contact = contacts.get(i)
      if (!contact) continue
      const { efc_address: row, frame, pos, geom2 } = contact
      // Of the rows of the frame the first points from geom1 to geom2, whose body is the receptacle or the part.
      const sign = (bodies[geom2] as number) === this.#sourceBody ? 1 : -1
      if (row >= 0) points.push({ position: [pos[0], pos[1], pos[2]], force: inFrame(frame, forces, row, sign) })
      contact.delete()
    }
    contacts.delete()
    return points
  }

  /** Largest 5 ms mean of the contact force since the reset, N. */
  get peakForce(): number {
    return this.#peakForce
  }

  /** Deepest overlap of the parts since the reset, m. */
  get deepestPenetration(): number {
    return this.#deepest
  }

  /** Present overlap of the parts, m; 0 when they do not touch. */
  penetration(): number {
    return deepestOverlap(this.#data, this.#contactType)
  }

  dispose(): void {
    this.#options.delete()
    this.#data.delete()
    this.#model.delete()
  }

  /** Views die when the WASM heap grows: they are fetched again when their buffer is gone. */
  #view(): Views {
    if (this.#views && this.#views.position.byteLength > 0) return this.#views
    this.#views = {
      position: this.#data.qpos,
      velocity: this.#data.qvel,
      applied: this.#data.qfrc_applied,
      constraint: this.#data.qfrc_constraint,
      mocapPosition: this.#data.mocap_pos,
      mocapOrientation: this.#data.mocap_quat,
    }
    return this.#views
  }

  /**
   * Spring and damper at the centre of compliance c: `f = clamp(k (c* − c)) − d ċ`, `τ = clamp(κ log(RᵀR*)) − δ ω`, as
   * generalised forces of the free joint: force in the base frame, torque about the source origin in the source frame.
   * Written out in scalars, because it runs at 10 kHz.
   */
  #applySpring(): void {
    const { position: q, velocity: v, applied } = this.#view()
    const { hand } = this
    const [qw, qx, qy, qz] = [q[3], q[4], q[5], q[6]] as [number, number, number, number]
    const [tx, ty, tz, tw] = this.#setpoint.orientation
    const [px, py, pz] = this.#setpoint.position
    const [cx, cy, cz] = hand.complianceCentre

    // RᵀR* as a quaternion with w ≥ 0, and its rotation vector.
    let ew = qw * tw + qx * tx + qy * ty + qz * tz
    let ex = qw * tx - qx * tw - qy * tz + qz * ty
    let ey = qw * ty + qx * tz - qy * tw - qz * tx
    let ez = qw * tz - qx * ty + qy * tx - qz * tw
    if (ew < 0) [ew, ex, ey, ez] = [-ew, -ex, -ey, -ez]
    const sine = Math.hypot(ex, ey, ez)
    const angle = 2 * Math.atan2(sine, ew)
    const torque = Math.min(hand.rotationalStiffness * angle, hand.maxTorque)
    const perSine = sine > 1e-12 ? torque / sine : 2 * hand.rotationalStiffness
    const [wx, wy, wz] = [v[3], v[4], v[5]] as [number, number, number]
    const { linear, angular } = this.#damping
    const mx = ex * perSine - angular * wx
    const my = ey * perSine - angular * wy
    const mz = ez * perSine - angular * wz

    // Position of c and of its target, velocity of c: all relative to the base, in the base frame.
    const [rx, ry, rz] = rotate(qx, qy, qz, qw, cx, cy, cz)
    const [sx, sy, sz] = rotate(tx, ty, tz, tw, cx, cy, cz)
    const [ux, uy, uz] = rotate(qx, qy, qz, qw, wy * cz - wz * cy, wz * cx - wx * cz, wx * cy - wy * cx)
    let fx = hand.stiffness * (px + sx - (q[0] as number) - rx)
    let fy = hand.stiffness * (py + sy - (q[1] as number) - ry)
    let fz = hand.stiffness * (pz + sz - (q[2] as number) - rz)
    const pull = Math.hypot(fx, fy, fz)
    if (pull > hand.maxForce) {
      const scale = hand.maxForce / pull
      fx *= scale
      fy *= scale
      fz *= scale
    }
    fx -= linear * ((v[0] as number) + ux)
    fy -= linear * ((v[1] as number) + uy)
    fz -= linear * ((v[2] as number) + uz)

    // The force acts at c: about the source origin it turns with c × Rᵀf.
    const [lx, ly, lz] = rotate(-qx, -qy, -qz, qw, fx, fy, fz)
    applied[0] = fx
    applied[1] = fy
    applied[2] = fz
    applied[3] = mx + cy * lz - cz * ly
    applied[4] = my + cz * lx - cx * lz
    applied[5] = mz + cx * ly - cy * lx
  }

  #readContact(decay: number): void {
    const { constraint } = this.#view()
    const [force, torque] = [this.#force, this.#torque]
    for (let i = 0; i < 3; i++) {
      force[i as 0] += decay * ((constraint[i] as number) - force[i as 0])
      torque[i as 0] += decay * ((constraint[i + 3] as number) - torque[i as 0])
    }
    this.#peakForce = Math.max(this.#peakForce, Math.hypot(force[0], force[1], force[2]))
  }

  /**
   * One step, in two halves: contacts are found in the first. MuJoCo's own test of convex solids takes, once in tens of
   * millions of times, the far side of a wall for the near one, and would push the part through it with hundreds of newtons;
   * a depth that nobody can press to is asked for again of the other algorithm that it has.
   */
  #advance(): void {
    this.#mujoco.mj_step1(this.#model, this.#data)
    let overlap = this.penetration()
    if (overlap > IMPOSSIBLE) {
      const flags = this.#options.disableflags
      this.#options.disableflags = flags | this.#mujoco.mjtDisableBit.mjDSBL_NATIVECCD.value
      this.#mujoco.mj_step1(this.#model, this.#data)
      this.#options.disableflags = flags
      overlap = this.penetration()
    }
    this.#deepest = Math.max(this.#deepest, overlap)
    this.#mujoco.mj_step2(this.#model, this.#data)
  }
}

interface Views {
  /** x, y, z, qw, qx, qy, qz of the source in base */
  position: Float64Array
  /** linear velocity in base, angular velocity in the source frame */
  velocity: Float64Array
  applied: Float64Array
  constraint: Float64Array
  mocapPosition: Float64Array
  mocapOrientation: Float64Array
}

/** From the origin to the box's farthest corner. */
const farthest = ({ low, high }: { low: Vec3; high: Vec3 }): number =>
  Math.hypot(...low.map((value, i) => Math.max(-value, high[i as 0])))

/** A contact's three forces, from `row` on, along the rows of its 3×3 frame. */
function inFrame(frame: ArrayLike<number>, forces: Float64Array, row: number, sign: number): Vec3 {
  const along = [0, 1, 2].map((i) => sign * (forces[row + i] as number)) as Vec3
  return [0, 1, 2].map((axis) => {
    return along.reduce((sum, force, i) => sum + force * (frame[3 * i + axis] as number), 0)
  }) as Vec3
}

/** `R(q) v` for q = [x, y, z, w]: `v + w t + q × t`, `t = 2 q × v`. */
function rotate(x: number, y: number, z: number, w: number, vx: number, vy: number, vz: number): Vec3 {
  const tx = 2 * (y * vz - z * vy)
  const ty = 2 * (z * vx - x * vz)
  const tz = 2 * (x * vy - y * vx)
  return [vx + w * tx + y * tz - z * ty, vy + w * ty + z * tx - x * tz, vz + w * tz + x * ty - y * tx]
}
