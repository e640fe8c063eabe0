// A scripted demonstrator: it knows the true poses, and moves somewhat like a person at a joystick.
//
//   approach ─ pause ─ align ─ insert (search when stuck) ─ press ─ done
//
// Approach: from the start to a hover point a little off the axis, along a bent path of smooth speed. Align: down to
// just above the mouth, small errors corrected. Insert: down at the pace of a careful hand, with a tremor; when the part
// stops moving, the push is eased and the tip circles until it drops in. Every choice is drawn from the episode's seed.
import {
  compose,
  interpolateLinear,
  makePose,
  type Pose,
  poseDistance,
  rotationVectorToQuat,
  slerp,
  type Vec3,
} from '../geometry/index.ts'
import type { Random } from '../tensor/random.ts'
import type { Task } from './tasks/index.ts'

const DEGREE = Math.PI / 180
const MM = 1e-3

/** Height over the mouth at which the part is aligned, m. */
const ALIGN_HEIGHT = 1.5 * MM
/** How far the command may run ahead of the part along the axis while it inserts, and while it searches, m. */
const INSERT_LEAD = 6 * MM
const SEARCH_LEAD = 1 * MM
/** Stuck: less progress than this (m) within this time (s). */
const STUCK = { progress: 0.15 * MM, within: 0.35 }
/** The circling of a search: growth (m per turn), largest radius (m), turns per second, tilt (rad). */
const SEARCH = { growth: 0.06 * MM, radius: 0.4 * MM, rate: 1.5, tilt: 0.5 * DEGREE }
/** Time constant with which the alignment error is found out while searching, s. */
const FEEL_TIME = 1
/** Pressed down at the end for this long, s. */
const PRESS_TIME = 0.8
/** Counts as full depth for the demonstrator, m short of it. */
const DEPTH_TOLERANCE = 0.1 * MM

type Stage =
  | { name: 'approach' | 'align'; from: Pose; to: Pose; bend: Vec3; begin: number; duration: number }
  | { name: 'pause'; at: Pose; until: number }
  | { name: 'insert'; search: { since: number; phase: number } | undefined }
  | { name: 'press'; until: number }
  | { name: 'done' }

export class Expert {
  readonly #task: Task
  readonly #random: Random
  readonly #habits: Habits
  readonly #tremor: Tremor
  #stage: Stage
  /** height of the commanded tip while inserting, m */
  #commanded = ALIGN_HEIGHT
  #progress: { height: number; time: number } = { height: 0, time: 0 }
  #last = 0

  constructor(task: Task, start: Pose, random: Random) {
    this.#task = task
    this.#random = random
    this.#habits = drawHabits(random.fork('habits'))
    this.#tremor = new Tremor(random.fork('tremor'))
    this.#stage = this.#approach(start)
  }

  get done(): boolean {
    return this.#stage.name === 'done'
  }

  /** Where the demonstrator wants the part at `now` (s), seeing where it is: poses of the source in the target frame. */
  next(sourceInTarget: Pose, now: number): Pose {
    const elapsed = now - this.#last
    this.#last = now
    this.#advance(sourceInTarget, now)
    const stage = this.#stage
    if (stage.name === 'approach' || stage.name === 'align') return this.#along(stage, now, elapsed)
    if (stage.name === 'pause') return compose(stage.at, this.#tremor.next(elapsed))
    if (stage.name === 'insert') return this.#insert(stage, sourceInTarget, now, elapsed)
    return makePose([0, 0, -this.#task.depth - 1.5 * MM])
  }

  #approach(start: Pose): Stage {
    const { hoverHeight, hoverOffset, approachSpeed, bend } = this.#habits
    const to = makePose([hoverOffset[0], hoverOffset[1], hoverHeight], rotationVectorToQuat(this.#random.normal3(0.01)))
    const { translation, rotation } = poseDistance(start, to)
    const duration = Math.max(0.5, translation / approachSpeed, rotation / (20 * DEGREE))
    return { name: 'approach', from: start, to, bend, begin: 0, duration }
  }

  #advance(at: Pose, now: number): void {
    const stage = this.#stage
    const { pause, residual, alignSpeed } = this.#habits
    if (stage.name === 'approach' && now >= stage.begin + stage.duration) {
      this.#stage = { name: 'pause', at: stage.to, until: now + pause }
    } else if (stage.name === 'pause' && now >= stage.until) {
      const to = makePose([residual[0], residual[1], ALIGN_HEIGHT], rotationVectorToQuat(this.#random.normal3(0.003)))
      const duration = Math.max(0.4, poseDistance(stage.at, to).translation / alignSpeed)
      this.#stage = { name: 'align', from: stage.at, to, bend: [0, 0, 0], begin: now, duration }
    } else if (stage.name === 'align' && now >= stage.begin + stage.duration) {
      this.#stage = { name: 'insert', search: undefined }
      this.#progress = { height: at.position[2], time: now }
    } else if (stage.name === 'insert' && at.position[2] < DEPTH_TOLERANCE - this.#task.depth) {
      this.#stage = { name: 'press', until: now + PRESS_TIME }
    } else if (stage.name === 'press' && now >= stage.until) {
      this.#stage = { name: 'done' }
    }
  }

  #along(stage: Extract<Stage, { bend: Vec3 }>, now: number, elapsed: number): Pose {
    const s = minimumJerk((now - stage.begin) / stage.duration)
    const straight = interpolateLinear(stage.from, stage.to, s)
    const bulge = Math.sin(Math.PI * s)
    const position = straight.position.map((value, i) => value + bulge * stage.bend[i as 0]) as unknown as Vec3
    // People straighten the part before they arrive.
    const orientation = slerp(
      stage.from.orientation,
      stage.to.orientation,
      minimumJerk(1.3 * ((now - stage.begin) / stage.duration)),
    )
    return compose({ position, orientation }, this.#tremor.next(elapsed))
  }

  #insert(stage: Extract<Stage, { name: 'insert' }>, at: Pose, now: number, elapsed: number): Pose {
    const height = at.position[2]
    if (this.#progress.height - height > STUCK.progress) {
      this.#progress = { height, time: now }
      stage.search = undefined
    } else if (!stage.search && now - this.#progress.time > STUCK.within) {
      stage.search = { since: now, phase: this.#random.uniform(0, 2 * Math.PI) }
    }
    const lead = stage.search ? SEARCH_LEAD : INSERT_LEAD
    const wanted = this.#commanded - this.#habits.insertSpeed * elapsed
    this.#commanded = Math.max(wanted, height - lead, -this.#task.depth - 1.5 * MM)
    // Feeling the rim, a person finds the middle of the mouth; in the hole it is found already.
    const felt = stage.search ? Math.exp(-(now - stage.search.since) / FEEL_TIME) : 1
    const fade = felt * Math.min(1, Math.max(0, 1 + height / (2 * MM)))
    const { residual } = this.#habits
    const centre = makePose([fade * residual[0], fade * residual[1], this.#commanded])
    return compose(compose(centre, circling(stage.search, now)), this.#tremor.next(elapsed))
  }
}

/** A growing circle with the tilt that goes round with it. */
function circling(search: { since: number; phase: number } | undefined, now: number): Pose {
  if (!search) return makePose([0, 0, 0])
  const turns = (now - search.since) * SEARCH.rate
  const radius = Math.min(SEARCH.radius, SEARCH.growth * turns)
  const angle = search.phase + 2 * Math.PI * turns
  const [x, y] = [Math.cos(angle), Math.sin(angle)]
  return makePose([radius * x, radius * y, 0], rotationVectorToQuat([SEARCH.tilt * y, -SEARCH.tilt * x, 0]))
}

/** One person's way on one day. */
interface Habits {
  /** m */
  hoverHeight: number
  /** where the approach ends beside the axis, x and y, m */
  hoverOffset: [number, number]
  /** bulge of the approach path, m */
  bend: Vec3
  /** mean speeds, m/s */
  approachSpeed: number
  alignSpeed: number
  insertSpeed: number
  /** s */
  pause: number
  /** error that alignment leaves, x and y, m */
  residual: [number, number]
}

function drawHabits(random: Random): Habits {
  return {
    hoverHeight: random.uniform(6, 11) * MM,
    hoverOffset: [random.normal(0, 0.8 * MM), random.normal(0, 0.8 * MM)],
    bend: [random.normal(0, 3 * MM), random.normal(0, 3 * MM), random.normal(0, 2 * MM)],
    approachSpeed: random.uniform(25, 40) * MM,
    alignSpeed: random.uniform(4, 5) * MM,
    insertSpeed: random.uniform(6, 9) * MM,
    pause: random.chance(0.5) ? random.uniform(0.05, 0.3) : 0,
    residual: [random.normal(0, 0.2 * MM), random.normal(0, 0.2 * MM)],
  }
}

/** Physiological tremor: slow random drift of the hand (Ornstein–Uhlenbeck) about where it should be. */
class Tremor {
  readonly #random: Random
  readonly #state: [number, number, number, number, number, number] = [0, 0, 0, 0, 0, 0]

  constructor(random: Random) {
    this.#random = random
  }

  next(elapsed: number): Pose {
    const memory = Math.exp(-elapsed / 0.25)
    const fresh = Math.sqrt(1 - memory * memory)
    for (const i of [0, 1, 2, 3, 4, 5] as const) {
      const deviation = i < 3 ? 0.04 * MM : 0.05 * DEGREE
      this.#state[i] = memory * this.#state[i] + fresh * this.#random.normal(0, deviation)
    }
    const [x, y, z, rx, ry, rz] = this.#state
    return makePose([x, y, z], rotationVectorToQuat([rx, ry, rz]))
  }
}

/** From 0 at t ≤ 0 to 1 at t ≥ 1 with the least jerk: `10t³ − 15t⁴ + 6t⁵`. */
function minimumJerk(t: number): number {
  const u = Math.min(1, Math.max(0, t))
  return u ** 3 * (10 - 15 * u + 6 * u * u)
}
