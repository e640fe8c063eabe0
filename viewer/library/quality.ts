// What in a demonstration may harm a policy that learns from it, in plain sentences.
//
// Six things: the part stands still where it has no reason to (the policy learns to stand still there), or all the time; it
// changes speed abruptly; the path is almost that of another episode (which then counts twice); it starts where no other does; or
// it was called seated and ends less deep than the others.
import { type Pose, poseAt, poseDistance, type Track, type Vec3 } from '../../geometry/index.ts'
import { quantile } from '../../sim/evaluation.ts'

/** Source in target. */
export interface Path extends Track {
  readonly name: string
  /** whether it ends at full depth */
  readonly seated: boolean
}

/** A pause: the part stays within `still` (m) and `turn` (rad) for longer than `seconds`, further than `away` (m) from its seat. */
const PAUSE = { seconds: 1, still: 1e-3, turn: (1 * Math.PI) / 180, away: 2e-3 }
/** Speeds are means over `window` s; a change of speed is looked at from `least` m/s² on, and is always too much from `most` on. */
const JERK = { window: 0.1, least: 0.6, most: 3, times: 3 }
/** Paths are the same when they are nowhere further apart than this, and last equally long to this fraction. */
const SAME = { translation: 5e-4, rotation: (0.5 * Math.PI) / 180, duration: 0.05, points: 32 }
/** A start is outside when it lies beyond Tukey's outer fence (upper quartile + 3 interquartile ranges), and by this much beyond the median. */
const OUTSIDE = { quartileRanges: 3, translation: 5e-3, rotation: (5 * Math.PI) / 180 }
/** A demonstration leads at least this far, m. */
const LEAST_WAY = 5e-3
/** Called seated, an episode ends no more than this above the median of so many others, m. */
const DEPTH = { above: 2e-3, others: 2 }
/** Episodes needed before one can differ from the others. */
const ENOUGH = 5

/** Hints for each episode, in the order given; an episode of fewer than two frames has none. */
export function qualityHints(paths: readonly Path[]): string[][] {
  const whole = paths.filter(({ stamps }) => stamps.length > 1)
  const jerks = jerkHints(whole)
  const duplicates = duplicateHints(whole)
  const starts = startHints(whole)
  const depths = depthHints(whole)
  return paths.map((path) => {
    const i = whole.indexOf(path)
    return i < 0
      ? []
      : [standstill(path) ?? pauses(path), jerks[i], duplicates[i], starts[i], depths[i]].flatMap((hint) => hint ?? [])
  })
}

function standstill({ poses }: Path): string | undefined {
  const way = Math.max(...poses.map((pose) => poseDistance(poses[0] as Pose, pose).translation))
  return way < LEAST_WAY ? `standstill: the part goes no further than ${mm(way)}` : undefined
}

/** One sentence on all pauses. */
function pauses(path: Path): string[] {
  const { stamps, poses, seated } = path
  const end = poses.at(-1) as Pose
  const found: { seconds: number; distance: number }[] = []
  for (let from = 0; from < stamps.length; ) {
    let to = from
    while (to + 1 < stamps.length && isStill(poses[from] as Pose, poses[to + 1] as Pose)) to++
    const seconds = (stamps[to] as number) - (stamps[from] as number)
    const distance = poseDistance(poses[from] as Pose, end).translation
    if (seconds > PAUSE.seconds && !(seated && distance <= PAUSE.away)) found.push({ seconds, distance })
    from = to + 1
  }
  const longest = found.toSorted((a, b) => b.seconds - a.seconds)[0]
  if (!longest) return []
  const where = seated ? `, ${mm(longest.distance)} from its seat` : ''
  const more = found.length > 1 ? `; ${found.length} pauses in all` : ''
  return [`pause: the part stands still for ${longest.seconds.toFixed(1)} s${where}${more}`]
}

function isStill(a: Pose, b: Pose): boolean {
  const { translation, rotation } = poseDistance(a, b)
  return translation <= PAUSE.still && rotation <= PAUSE.turn
}

function jerkHints(paths: readonly Path[]): (string | undefined)[] {
  const changes = paths.map(largestSpeedChange)
  return changes.map((change, i) => {
    const others = changes.toSpliced(i, 1)
    const usual = others.length + 1 >= ENOUGH ? quantile(others, 0.5) : undefined
    const unusual = usual !== undefined && change > Math.max(JERK.least, JERK.times * usual)
    if (!unusual && change <= JERK.most) return undefined
    const compared = usual === undefined ? `expected at most ${JERK.most} m/s²` : `the others ${usual.toFixed(2)} m/s²`
    return `jerk: the speed changes by up to ${change.toFixed(2)} m/s², ${compared}`
  })
}

/** Largest change of the tip's velocity from one window to the next, m/s². Zero for a path shorter than two windows. */
export function largestSpeedChange({ stamps, poses }: Track): number {
  const begin = stamps[0] as number
  const windows = Math.floor(((stamps.at(-1) as number) - begin) / JERK.window + 1e-6)
  const tip = (window: number): Readonly<Vec3> => poseAt({ stamps, poses }, begin + window * JERK.window).position
  let largest = 0
  for (let i = 1; i < windows; i++) {
    const [a, b, c] = [tip(i - 1), tip(i), tip(i + 1)]
    const change = [0, 1, 2].map((k) => (c[k] as number) - 2 * (b[k] as number) + (a[k] as number))
    largest = Math.max(largest, Math.hypot(...change) / JERK.window ** 2)
  }
  return largest
}

/** On the later one of two that are alike. */
function duplicateHints(paths: readonly Path[]): (string | undefined)[] {
  const sampled = paths.map(sample)
  return paths.map(({ name }, i) => {
    for (let j = 0; j < i; j++) {
      const apart = distanceOf(sampled[i] as Sampled, sampled[j] as Sampled)
      if (apart === undefined) continue
      return `duplicate: ${name} is almost the path of ${paths[j]?.name}, nowhere further than ${mm(apart)} from it`
    }
    return undefined
  })
}

interface Sampled {
  duration: number
  poses: Pose[]
}

/** The poses at equal steps of time. */
function sample({ stamps, poses }: Track): Sampled {
  const begin = stamps[0] as number
  const duration = (stamps.at(-1) as number) - begin
  const at = (i: number) => poseAt({ stamps, poses }, begin + (duration * i) / (SAME.points - 1))
  return { duration, poses: Array.from({ length: SAME.points }, (_, i) => at(i)) }
}

/** How far apart two paths are at most, m; undefined when they are not the same. */
function distanceOf(a: Sampled, b: Sampled): number | undefined {
  if (Math.abs(a.duration - b.duration) > SAME.duration * Math.max(a.duration, b.duration)) return undefined
  let most = 0
  for (const [i, pose] of a.poses.entries()) {
    const { translation, rotation } = poseDistance(pose, b.poses[i] as Pose)
    if (translation > SAME.translation || rotation > SAME.rotation) return undefined
    most = Math.max(most, translation)
  }
  return most
}

/** An episode's measure is the median of its distances to the others' starts: a few strays do not move it. */
function startHints(paths: readonly Path[]): (string | undefined)[] {
  if (paths.length < ENOUGH) return paths.map(() => undefined)
  const starts = paths.map(({ poses }) => poses[0] as Pose)
  const distances = starts.map((a, i) => starts.toSpliced(i, 1).map((b) => poseDistance(a, b)))
  const translations = distances.map((row) =>
    quantile(
      row.map(({ translation }) => translation),
      0.5,
    ),
  )
  const rotations = distances.map((row) =>
    quantile(
      row.map(({ rotation }) => rotation),
      0.5,
    ),
  )
  return paths.map((_, i) => {
    const far = beyond(translations, i, OUTSIDE.translation)
    const turned = beyond(rotations, i, OUTSIDE.rotation)
    const differs = [
      ...(far ? [`${mm(far.own)} from the others' starts, which are ${mm(far.usual)} from each other`] : []),
      ...(turned
        ? [`turned by ${degrees(turned.own)} from the others, which are within ${degrees(turned.usual)}`]
        : []),
    ]
    return differs.length > 0 ? `outside the others' range: it starts ${differs.join(', and ')}` : undefined
  })
}

/** By the height of the tip over the mouth. */
function depthHints(paths: readonly Path[]): (string | undefined)[] {
  const heightOf = ({ poses }: Path) => (poses.at(-1) as Pose).position[2]
  return paths.map((path) => {
    const others = paths.filter((other) => other !== path && other.seated).map(heightOf)
    if (!path.seated || others.length < DEPTH.others) return undefined
    const above = heightOf(path) - quantile(others, 0.5)
    return above > DEPTH.above ? `not as deep: it is called seated, and ends ${mm(above)} above the others` : undefined
  })
}

function beyond(values: readonly number[], i: number, least: number): { own: number; usual: number } | undefined {
  const own = values[i] as number
  const others = values.toSpliced(i, 1)
  const [low, usual, high] = [quantile(others, 0.25), quantile(others, 0.5), quantile(others, 0.75)]
  const fence = Math.max(high + OUTSIDE.quartileRanges * (high - low), usual + least)
  return own > fence ? { own, usual } : undefined
}

const mm = (metres: number): string => `${(1000 * metres).toFixed(1)} mm`
const degrees = (radians: number): string => `${((180 * radians) / Math.PI).toFixed(1)}°`
