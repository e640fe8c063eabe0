// What in a demonstration may harm a policy that learns from it, in plain sentences.
//
// Eight things: there is no pose for a while (the policy learns a straight line there); the part stands still where it has no
// reason to (the policy learns to stand still there), or all the time; a pose lies off those before and after; speed or turning
// change abruptly; the path is almost that of another episode (which then counts twice); it starts where no other does; or it
// was called seated and ends less deep than the others.
import {
  conjugateQuat,
  interpolateLinear,
  multiplyQuat,
  type Pose,
  poseAt,
  poseDistance,
  quatToRotationVector,
  type Track,
  type Vec3,
} from '../../geometry/index.ts'
import { PoseGateConfig } from '../../perception/index.ts'
import { quantile } from '../../sim/evaluation.ts'

/** Source in target. */
export interface Path extends Track {
  readonly name: string
  /** whether it ends at full depth */
  readonly seated: boolean
}

/** A pause: the part stays within `still` (m) and `turn` (rad) for longer than `seconds`, further than `away` (m) from its seat. */
const PAUSE = { seconds: 1, still: 1e-3, turn: (1 * Math.PI) / 180, away: 2e-3 }
/** Without a pose for longer than this is a gap, s. */
const GAP = 0.5
/** A pose lies off its neighbours where driving would not believe it. */
const GATE = PoseGateConfig.parse({})
/** Speeds are means over so long, s. */
const WINDOW = 0.1
/** A change of speed is looked at from `least` on, and is always too much from `most` on; unusual is `times` the others'. */
const JERK = { times: 3, speed: { least: 0.6, most: 3, unit: 'm/s²' }, turning: { least: 6, most: 30, unit: 'rad/s²' } }
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
      : [
          gaps(path),
          standstill(path) ?? pauses(path),
          outliers(path),
          jerks[i],
          duplicates[i],
          starts[i],
          depths[i],
        ].flatMap((hint) => hint ?? [])
  })
}

/** One sentence on all gaps. */
function gaps({ stamps }: Path): string[] {
  const begin = stamps[0] as number
  const found = stamps
    .slice(1)
    .map((stamp, i) => ({ seconds: stamp - (stamps[i] as number), at: (stamps[i] as number) - begin }))
    .filter(({ seconds }) => seconds > GAP)
  const longest = found.toSorted((a, b) => b.seconds - a.seconds)[0]
  if (!longest) return []
  const more = found.length > 1 ? `; ${found.length} gaps in all` : ''
  return [`gap: no pose for ${longest.seconds.toFixed(1)} s at ${longest.at.toFixed(1)} s${more}`]
}

/** The parts of a track between its gaps. */
function stretches({ stamps, poses }: Track): Track[] {
  const begins = stamps.flatMap((stamp, i) => (i === 0 || stamp - (stamps[i - 1] as number) > GAP ? [i] : []))
  return begins.map((begin, k) => ({
    stamps: stamps.slice(begin, begins[k + 1]),
    poses: poses.slice(begin, begins[k + 1]),
  }))
}

/** One sentence on the pose that lies furthest off the line from the one before to the one after. */
function outliers(path: Path): string[] {
  const begin = path.stamps[0] as number
  let [worst, hint]: [number, string[]] = [1, []]
  for (const { stamps, poses } of stretches(path)) {
    for (let i = 1; i + 1 < stamps.length; i++) {
      const [a, b, c] = [stamps[i - 1], stamps[i], stamps[i + 1]] as [number, number, number]
      const [before, pose, after] = poses.slice(i - 1, i + 2) as [Pose, Pose, Pose]
      const expected = interpolateLinear(before, after, (b - a) / (c - a))
      // Off the line lies a corner as well, but near one of the two.
      const distances = [expected, before, after].map((other) => poseDistance(other, pose))
      const translation = Math.min(...distances.map((distance) => distance.translation))
      const rotation = Math.min(...distances.map((distance) => distance.rotation))
      const off = Math.max(
        translation / (GATE.translationM + GATE.translationRate * (b - a)),
        rotation / (GATE.rotationRad + GATE.rotationRate * (b - a)),
      )
      if (off <= worst) continue
      worst = off
      const where = `${mm(translation)} and ${degrees(rotation)} off the line between its neighbours`
      hint = [`outlier: the pose at ${(b - begin).toFixed(2)} s lies ${where}`]
    }
  }
  return hint
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

function jerkHints(paths: readonly Path[]): string[][] {
  const changes = paths.map(largestChanges)
  return changes.map((own, i) => {
    const others = changes.toSpliced(i, 1)
    return (['speed', 'turning'] as const).flatMap((what) => {
      const { least, most, unit } = JERK[what]
      const change = own[what]
      const usual =
        others.length + 1 < ENOUGH
          ? undefined
          : quantile(
              others.map((other) => other[what]),
              0.5,
            )
      const isUnusual = usual !== undefined && change > Math.max(least, JERK.times * usual)
      if (!isUnusual && change <= most) return []
      const compared =
        usual === undefined ? `expected at most ${most} ${unit}` : `the others ${usual.toFixed(2)} ${unit}`
      return [`jerk: the ${what} changes by up to ${change.toFixed(2)} ${unit}, ${compared}`]
    })
  })
}

/**
 * Largest changes from one window to the next, of the tip's velocity, m/s², and of the angular one, rad/s². Zero for a path
 * shorter than two windows. A gap, of which nobody knows how the part moved, is none; nor takes it time, which may be years.
 */
export function largestChanges(track: Track): { speed: number; turning: number } {
  const largest = { speed: 0, turning: 0 }
  for (const { stamps, poses } of stretches(track)) {
    const begin = stamps[0] as number
    const windows = Math.floor(((stamps.at(-1) as number) - begin) / WINDOW + 1e-6)
    let before: { speed: Vec3; turning: Vec3 } | undefined
    let from = poses[0] as Pose
    for (let i = 1; i <= windows; i++) {
      const to = poseAt({ stamps, poses }, begin + i * WINDOW)
      const velocity = {
        speed: [0, 1, 2].map((k) => ((to.position[k] as number) - (from.position[k] as number)) / WINDOW) as Vec3,
        turning: quatToRotationVector(multiplyQuat(to.orientation, conjugateQuat(from.orientation))).map(
          (angle) => angle / WINDOW,
        ) as Vec3,
      }
      for (const what of ['speed', 'turning'] as const) {
        const change = velocity[what].map((v, k) => v - (before?.[what][k] ?? v))
        largest[what] = Math.max(largest[what], Math.hypot(...change) / WINDOW)
      }
      before = velocity
      from = to
    }
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
