import { describe, expect, test } from 'vitest'
import { axisAngleToQuat, makePose, type Vec3 } from '../../geometry/index.ts'
import { largestChanges, type Path, qualityHints } from './quality.ts'

/** Places (m) at times (s), at 20 Hz between them in straight lines. */
function path(name: string, knots: readonly (readonly [time: number, place: Vec3])[], seated = true): Path {
  const end = knots.at(-1)?.[0] ?? 0
  const stamps = Array.from({ length: Math.round(20 * end) + 1 }, (_, i) => i / 20)
  const poses = stamps.map((time) => {
    const next = Math.max(
      1,
      knots.findIndex(([at]) => at >= time - 1e-9),
    )
    const [[from, a], [to, b]] = [knots[next - 1], knots[next]] as [[number, Vec3], [number, Vec3]]
    const along = (time - from) / (to - from)
    return makePose(a.map((x, k) => x + along * ((b[k] as number) - x)) as Vec3)
  })
  return { name, seated, stamps, poses }
}

/** From 60 mm above, `x` m beside, down to 20 mm deep in 4 s: 20 mm/s. */
const descent = (name: string, x = 0): Path =>
  path(name, [
    [0, [x, 0, 0.06]],
    [4, [0, 0, -0.02]],
  ])
const hintsOf = (...paths: Path[]) => qualityHints(paths)

describe('pauses', () => {
  test('a part that stands still away from its seat is one, with its length and place', () => {
    // Down to 30 mm, which is 50 mm from the end, and there from 1 s to 3.5 s. It counts as still from 1 mm before
    // (0.033 s, less than a frame) to 1 mm after (0.033 s at 30 mm/s): 2.5 s.
    const paused = path('a', [
      [0, [0, 0, 0.06]],
      [1, [0, 0, 0.03]],
      [3.5, [0, 0, 0.03]],
      [5.5, [0, 0, -0.02]],
    ])
    expect(hintsOf(paused)).toEqual([['pause: the part stands still for 2.5 s, 50.0 mm from its seat']])
  })

  test('at its seat, or for less than a second, it is none', () => {
    const atSeat = path('a', [
      [0, [0, 0, 0.06]],
      [2, [0, 0, -0.02]],
      [5, [0, 0, -0.02]],
    ])
    const short = path('b', [
      [0, [0, 0, 0.06]],
      [1, [0, 0, 0.03]],
      [1.8, [0, 0, 0.03]],
      [4, [0, 0, -0.02]],
    ])
    expect(hintsOf(atSeat, short)).toEqual([[], []])
  })

  test('an episode that did not seat has no place where standing still is right', () => {
    const blocked = path(
      'a',
      [
        [0, [0, 0, 0.06]],
        [2, [0, 0, 0]],
        [5, [0, 0, 0]],
      ],
      false,
    )
    expect(hintsOf(blocked)).toEqual([['pause: the part stands still for 3.0 s']])
  })

  test('the longest of several is told, and how many there are', () => {
    const twice = path('a', [
      [0, [0, 0, 0.06]],
      [1.5, [0, 0, 0.06]],
      [2.5, [0, 0, 0.03]],
      [4.5, [0, 0, 0.03]],
      [6.5, [0, 0, -0.02]],
    ])
    expect(hintsOf(twice)).toEqual([['pause: the part stands still for 2.0 s, 50.0 mm from its seat; 2 pauses in all']])
  })
})

describe('gaps', () => {
  test('the longest without a pose is told, with its place and how many there are', () => {
    const usual = descent('a')
    const without = (...missing: [from: number, to: number][]) => {
      const isThere = (_: unknown, i: number) => !missing.some(([from, to]) => i / 20 > from && i / 20 < to)
      return { ...usual, stamps: usual.stamps.filter(isThere), poses: usual.poses.filter(isThere) }
    }
    expect(hintsOf(without([1, 3]))).toEqual([['gap: no pose for 2.0 s at 1.0 s']])
    expect(hintsOf(without([1, 1.6], [2, 3]))).toEqual([['gap: no pose for 1.0 s at 2.0 s; 2 gaps in all']])
    expect(hintsOf(without([1, 1.4]))).toEqual([[]])
  })
})

describe('outliers', () => {
  // At 20 Hz driving believes what is 4 mm + 0.05 s · 0.1 m/s = 9 mm off, and 0.07 + 0.05 = 0.12 rad.
  const shifted = (x: number, angle: number) => {
    const usual = descent('a')
    // In no window of 0.1 s, which begin at every second pose, it is seen.
    const poses = usual.poses.with(
      41,
      makePose([x, 0, usual.poses[41]?.position[2] ?? 0], axisAngleToQuat([0, 0, 1], angle)),
    )
    return { ...usual, poses }
  }

  test('a single pose off the others is told, with its time and how far', () => {
    expect(hintsOf(shifted(1, 0))).toEqual([
      ['outlier: the pose at 2.05 s lies 1000.0 mm and 0.0° off the line between its neighbours'],
    ])
    expect(hintsOf(shifted(0, 0.3))).toEqual([
      ['outlier: the pose at 2.05 s lies 0.0 mm and 17.2° off the line between its neighbours'],
    ])
  })

  test('what driving believes is none', () => {
    expect(hintsOf(shifted(0.0085, 0.11))).toEqual([[]])
  })
})

describe('jerk', () => {
  test('is the largest change of velocity over a tenth of a second', () => {
    // From 20 mm/s down to 20 mm/s up: 0.04 m/s in 0.1 s = 0.4 m/s².
    const bounce = path('a', [
      [0, [0, 0, 0.06]],
      [2, [0, 0, 0.02]],
      [3, [0, 0, 0.04]],
    ])
    expect(largestChanges(bounce).speed).toBeCloseTo(0.4, 9)
    expect(largestChanges(descent('b'))).toEqual({ speed: expect.closeTo(0, 9), turning: 0 })
  })

  test('is also that of turning', () => {
    // 4 rad/s from 2 s on for 0.2 s, and no more: 4 rad/s in 0.1 s = 40 rad/s².
    const usual = descent('a')
    const turned = {
      ...usual,
      poses: usual.poses.map(({ position }, i) =>
        makePose(position, axisAngleToQuat([0, 0, 1], 4 * Math.min(0.2, Math.max(0, i / 20 - 2)))),
      ),
    }
    expect(hintsOf(turned)).toEqual([['jerk: the turning changes by up to 40.00 rad/s², expected at most 30 rad/s²']])
  })

  test('is looked for on either side of a gap, and not in it, were it years long', () => {
    const usual = descent('a')
    const late = { ...usual, stamps: usual.stamps.map((stamp, i) => (i < 40 ? stamp : stamp + 1e9)) }
    expect(largestChanges(late)).toEqual({ speed: expect.closeTo(0, 6), turning: 0 })
  })

  test('of more than 3 m/s² is too much for one alone', () => {
    // 40 mm in 0.1 s from rest: 0.4 m/s in 0.1 s = 4 m/s².
    const jump = path('a', [
      [0, [0, 0, 0.06]],
      [0.5, [0, 0, 0.06]],
      [0.6, [0, 0, 0.02]],
      [2.6, [0, 0, -0.02]],
    ])
    expect(hintsOf(jump)).toEqual([['jerk: the speed changes by up to 4.00 m/s², expected at most 3 m/s²']])
  })

  test('is measured by the others where there are enough of them', () => {
    // 10 mm in 0.1 s from 20 mm/s: 0.08 m/s more in 0.1 s = 0.8 m/s², while the others do not change at all.
    const jump = path('odd', [
      [0, [0.008, 0, 0.06]],
      [1, [0.006, 0, 0.04]],
      [1.1, [0.006, 0, 0.03]],
      [3.6, [0, 0, -0.02]],
    ])
    const others = [0, 0.002, 0.004, 0.006].map((x, i) => descent(`${i}`, x))
    expect(hintsOf(jump)).toEqual([[]])
    expect(hintsOf(...others, jump)[4]?.[0]).toMatch(
      /^jerk: the speed changes by up to 0\.8\d m\/s², the others 0\.00 m\/s²$/,
    )
  })
})

describe('duplicates', () => {
  test('a path less than half a millimetre from an earlier one is told with its name and how far', () => {
    expect(hintsOf(descent('000001'), descent('000002', 3e-4))).toEqual([
      [],
      ['duplicate: 000002 is almost the path of 000001, nowhere further than 0.3 mm from it'],
    ])
  })

  test('one that is further away somewhere, turned, or slower is none', () => {
    const usual = descent('usual')
    const turned = {
      ...usual,
      poses: usual.poses.map(({ position }) => makePose(position, axisAngleToQuat([0, 0, 1], 0.02))),
    }
    const slower = { ...usual, stamps: usual.stamps.map((stamp) => 1.1 * stamp) }
    expect(hintsOf(usual, descent('apart', 6e-4), turned, slower)).toEqual([[], [], [], []])
  })
})

describe("outside the others' range", () => {
  const others = [0, 0.002, 0.004, 0.006, 0.008].map((x, i) => descent(`${i}`, x))

  test('a start far from all others is told with both distances', () => {
    // Starts at x = 0, 2, 4, 6, 8 mm and 50 mm: distances of the last 42 … 50, median 46. Those of the others, itself
    // included: 0: 2 4 6 8 50 → 6 · 2: 2 2 4 6 48 → 4 · 4: 2 2 4 4 46 → 4 · 6: 2 2 4 6 44 → 4 · 8: 2 4 6 8 42 → 6; median 4.
    const hints = hintsOf(...others, descent('far', 0.05))
    expect(hints.slice(0, 5).flat()).toEqual([])
    expect(hints[5]).toEqual([
      "outside the others' range: it starts 46.0 mm from the others' starts, which are 4.0 mm from each other",
    ])
  })

  test('so is one that is turned', () => {
    const straight = descent('turned', 0.003)
    const turned = {
      ...straight,
      poses: straight.poses.map(({ position }) => makePose(position, axisAngleToQuat([0, 0, 1], 0.2))),
    }
    // 0.2 rad = 11.5°.
    expect(hintsOf(...others, turned)[5]).toEqual([
      "outside the others' range: it starts turned by 11.5° from the others, which are within 0.0°",
    ])
  })

  test('among fewer than five nobody can say what is usual', () => {
    expect(hintsOf(...others.slice(0, 3), descent('far', 0.05)).flat()).toEqual([])
  })
})

describe('what was called seated', () => {
  test('and ends above the others is told, from two others on', () => {
    const hanging = path('c', [
      [0, [0, 0, 0.06]],
      [4, [0, 0, 0.02]],
    ])
    expect(hintsOf(descent('a', 0.01), hanging)[1]).toEqual([])
    expect(hintsOf(descent('a', 0.01), descent('b', -0.01), hanging)).toEqual([
      [],
      [],
      ['not as deep: it is called seated, and ends 40.0 mm above the others'],
    ])
    expect(hintsOf(descent('a', 0.01), descent('b', -0.01), { ...hanging, seated: false })[2]).toEqual([])
  })

  test('and never moved is told, by itself', () => {
    const still = path('a', [
      [0, [0, 0, 0.06]],
      [4, [0, 0, 0.0601]],
    ])
    expect(hintsOf(still)).toEqual([['standstill: the part goes no further than 0.1 mm']])
  })
})

test('an episode of one frame or none has no hints, and is nobody’s duplicate', () => {
  const still: Path = { name: 'a', seated: false, stamps: [0], poses: [makePose([0, 0, 0])] }
  expect(hintsOf(still, { ...still, stamps: [], poses: [] }, descent('b'))).toEqual([[], [], []])
})
