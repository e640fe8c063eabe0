// What to do with a part that is stuck: search for the mouth in a spiral, or take it out and bring it again.
//
//                stuck at the mouth                    dropped in: the axis is where the part is now
//   following ──────────────────────────► searching ────────────────────────────────────────► following
//       ▲  │ stuck deeper, or nothing to search with       │ nothing within the radius
//       │  └───────────────────────────► withdrawing ◄─────┘
//       └───── at height: plan again ───────┘                  (no retry left: exhausted)
//
// A tracker that is off by more than the lead-in forgives puts the part beside the mouth, each time at the same place. The
// spiral presses lightly and feels for the mouth; what it finds is kept as the tracker's error, and all plans are shifted
// by it from then on. Before it is withdrawn, a part is rocked (rocking.ts). Pure: state in, state out.
import { makePose, type Pose, type Vec3 } from '../geometry/index.ts'
import type { SeatPhase } from './seat.ts'
import { advanceSpiral, type Spiral, spiralAt, spiralRadius } from './spiral.ts'

export interface SearchOptions extends Spiral {
  /** the search is over when it has come so far from where the axis is taken to be, m */
  radius: number
  /** the part is pressed on with this, N */
  push: number
  /** and neither moved on nor pressed harder while more than this is felt, N */
  most: number
}

export interface RecoveryOptions {
  /** how often a part that is stuck is withdrawn and brought again */
  retries: number
  /** null: there is no search */
  search: SearchOptions | null
  /**
   * one that was stuck at the mouth is brought again this far aside, m, each time in another direction: where the tracker
   * says it would only be stuck again. 0: to the same place
   */
  aside: number
  /** height over the mouth to which it is withdrawn, m, and how fast, m/s */
  withdraw: { height: number; speed: number }
}

export const DEFAULT_WITHDRAW = { height: 0.012, speed: 0.01 } as const

/** Of the parts, m. */
export interface FitSize {
  clearance: number
  chamfer: number
}

/** How far beside the axis a part still finds in, m: the lead-ins of part and receptacle each catch by their own width. */
const reachOf = ({ clearance, chamfer }: FitSize): number => clearance / 2 + 2 * chamfer

/** A search for such a fit: each turn passes within reach of the mouth, wherever that is. */
export function searchFor(fit: FitSize): SearchOptions {
  const reach = reachOf(fit)
  // Half of what would just do: the part lags behind its command by friction, and a tilted one is caught less far.
  return { pitch: Math.max(LEAST_PITCH, reach), speed: 0.006, radius: 4e-3, push: 4, most: 15 }
}

/** What is done about a stuck part of such a fit; undefined for nothing. */
export function recoveryFor(
  { retry = 0, spiral = false }: { retry?: number | undefined; spiral?: boolean | undefined },
  fit: FitSize,
): RecoveryOptions | undefined {
  if (retry === 0 && !spiral) return undefined
  return {
    retries: retry,
    search: spiral ? searchFor(fit) : null,
    // The place just tried was out of reach: the next one overlaps it by half.
    aside: 1.5 * reachOf(fit),
    withdraw: DEFAULT_WITHDRAW,
  }
}

/** A finer spiral takes minutes, and no arm follows it. m */
const LEAST_PITCH = 1e-4

export interface RecoveryState {
  readonly mode:
    | { readonly name: 'following' }
    | {
        readonly name: 'searching'
        /** of the spiral, rad */
        readonly angle: number
        /** how far below the part the command is, m */
        readonly lead: number
        /** the highest that the part has been on the rim, m */
        readonly rim: number
        readonly orientation: Pose['orientation']
      }
    | { readonly name: 'withdrawing'; readonly from: Pose; readonly since: number }
    | { readonly name: 'exhausted' }
  /** where the mouth is taken to be, beside where the tracker says: found there, or only tried there; target frame, m */
  readonly shift: Readonly<Vec3>
  readonly retried: number
  /** searches that found the mouth */
  readonly found: number
  /** of the last step, s */
  readonly time: number
}

export type RecoveryMode = RecoveryState['mode']['name']

export const beginRecovery = (time: number): RecoveryState => ({
  mode: { name: 'following' },
  shift: [0, 0, 0],
  retried: 0,
  found: 0,
  time,
})

export interface Situation {
  /** s */
  time: number
  phase: SeatPhase
  /** as the tracker says, without the shift */
  sourceInTarget: Pose
  /** what pushes the part out and all that is felt, N; undefined for a robot that feels nothing */
  push: number | undefined
  force: number | undefined
  /** the part when it is seated */
  goal: Pose
  /** where the plan wants it now, with the shift */
  planned: Pose
  /** it is rocked, and may yet come free: it is not withdrawn yet */
  isRocked: boolean
}

export interface Step {
  state: RecoveryState
  /** instead of the plan: the part in the target frame as the tracker says */
  wanted?: Pose
  /** the plans so far no longer hold */
  forget: boolean
}

/** At the mouth: within this above and below it, m, the tracker's error included. */
const MOUTH = { above: 4e-3, below: 3e-3 }
/** Dropped in: so much deeper than the rim, m: into the lead-in at least, where it centres itself. */
const DROP = 5e-4
/** How fast the command goes ahead for each newton that is lacking, m/(N·s), and how far at most, m. */
const PRESS = { gain: 2e-3, most: 8e-3, blind: 2e-3 }
/** Withdrawn: within this of the height, m; or nothing more to wait for after so long, s. */
const WITHDRAWN = { within: 1e-3, patience: 1 }

/** What to do now. */
export function recover(state: RecoveryState, situation: Situation, options: RecoveryOptions): Step {
  const { time } = situation
  const elapsed = Math.min(0.1, Math.max(0, time - state.time))
  const now = { ...state, time }
  switch (state.mode.name) {
    case 'following':
      if (situation.phase !== 'stuck') return { state: now, forget: false }
      // What stands beside the mouth no rocking helps; what is wedged in it, a search does not harm.
      if (options.search && isAtMouth(situation, state.shift)) {
        return search(now, beginSearch(situation), situation, options.search, elapsed)
      }
      return situation.isRocked ? { state: now, forget: false } : withdraw(now, situation, options, false)
    case 'searching': {
      const { mode } = state
      const { position } = situation.sourceInTarget
      if (position[2] < mode.rim - DROP) return found(now, mode, situation)
      if (!options.search || spiralRadius(mode.angle, options.search) > options.search.radius) {
        return withdraw({ ...now, shift: [0, 0, 0] }, situation, options, true)
      }
      return search(now, mode, situation, options.search, elapsed)
    }
    case 'withdrawing':
      return rise(now, state.mode, situation, options)
    case 'exhausted':
      return { state: now, forget: false }
  }
}

type Searching = Extract<RecoveryState['mode'], { name: 'searching' }>
type Withdrawing = Extract<RecoveryState['mode'], { name: 'withdrawing' }>

function isAtMouth({ sourceInTarget: { position } }: Situation, shift: Readonly<Vec3>): boolean {
  const height = position[2] - shift[2]
  return height <= MOUTH.above && height >= -MOUTH.below
}

const beginSearch = ({ sourceInTarget, planned }: Situation): Searching => ({
  name: 'searching',
  angle: 0,
  lead: 0,
  rim: sourceInTarget.position[2],
  orientation: planned.orientation,
})

function search(
  state: RecoveryState,
  mode: Searching,
  { sourceInTarget, push, force, goal }: Situation,
  options: SearchOptions,
  elapsed: number,
): Step {
  const isTooMuch = force !== undefined && !(force <= options.most)
  const lacking = isTooMuch ? -options.push : options.push - (push ?? 0)
  const lead =
    push === undefined ? PRESS.blind : Math.min(PRESS.most, Math.max(0, mode.lead + PRESS.gain * lacking * elapsed))
  const angle = isTooMuch ? mode.angle : advanceSpiral(mode.angle, options, elapsed)
  const [x, y] = spiralAt(angle, options)
  const height = sourceInTarget.position[2]
  const rim = Math.max(mode.rim, height)
  const wanted = makePose(
    [goal.position[0] + state.shift[0] + x, goal.position[1] + state.shift[1] + y, height - lead],
    mode.orientation,
  )
  return { state: { ...state, mode: { ...mode, angle, lead, rim } }, wanted, forget: false }
}

/** The part is in the mouth: the axis is where the part is, and the rim where it stood, whatever the tracker says. */
function found(state: RecoveryState, { rim }: Searching, { sourceInTarget, goal }: Situation): Step {
  const [x, y] = sourceInTarget.position
  const shift: Vec3 = [x - goal.position[0], y - goal.position[1], rim]
  return { state: { ...state, mode: { name: 'following' }, shift, found: state.found + 1 }, forget: true }
}

function withdraw(state: RecoveryState, situation: Situation, options: RecoveryOptions, searched: boolean): Step {
  if (state.retried >= options.retries) return { state: { ...state, mode: { name: 'exhausted' } }, forget: searched }
  const { sourceInTarget: from, time } = situation
  const isLost = !options.search && state.found === 0 && isAtMouth(situation, state.shift)
  const shift = isLost ? besideAxis(state.retried, options.aside) : state.shift
  return rise({ ...state, shift }, { name: 'withdrawing', from, since: time }, situation, options)
}

/** Directions that are as different as can be, however many there will be: the golden angle apart. */
function besideAxis(attempt: number, distance: number): Vec3 {
  const angle = attempt * Math.PI * (3 - Math.sqrt(5))
  return [distance * Math.cos(angle), distance * Math.sin(angle), 0]
}

/** Straight out, as it came in. */
function rise(state: RecoveryState, mode: Withdrawing, situation: Situation, { withdraw }: RecoveryOptions): Step {
  const { position, orientation } = mode.from
  const seconds = situation.time - mode.since
  const top = Math.max(position[2], withdraw.height)
  const needed = (top - position[2]) / withdraw.speed
  const height = situation.sourceInTarget.position[2]
  if ((seconds >= needed && height >= top - WITHDRAWN.within) || seconds >= needed + WITHDRAWN.patience) {
    return { state: { ...state, mode: { name: 'following' }, retried: state.retried + 1 }, forget: true }
  }
  const wanted = makePose(
    [position[0], position[1], Math.min(top, position[2] + withdraw.speed * seconds)],
    orientation,
  )
  return { state: { ...state, mode }, wanted, forget: false }
}
