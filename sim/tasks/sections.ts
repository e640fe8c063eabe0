// What the sections of the tasks' parts should be, in formulas that know nothing of solids: what tests hold these against.
const MM = 1e-3

/** Whether a point across the axis (m) lies in the section, its faces moved outwards by `grow` (m). */
export type Section = (x: number, y: number, grow: number) => boolean

export interface Expected {
  /** of the part's section, x and y, mm */
  width: readonly [number, number]
  lengthMm: number
  depthMm: number
  symmetry: number
  part: Section
  /** where the opening may differ from the grown part: flat walls instead of a round one */
  opening?: Section
}

/** A convex outline of flat walls: `directions` in degrees, their distances in mm. */
const flat =
  (walls: readonly (readonly [degrees: number, mm: number])[]): Section =>
  (x, y, grow) =>
    walls.every(([degrees, mm]) => {
      const angle = (degrees * Math.PI) / 180
      return x * Math.cos(angle) + y * Math.sin(angle) <= mm * MM + grow
    })
const every = (count: number) => Array.from({ length: count }, (_, i) => (360 / count) * i)
const polygon = (count: number, mm: number) => flat(every(count).map((degrees) => [degrees, mm] as const))
const disc =
  (mm: number): Section =>
  (x, y, grow) =>
    Math.hypot(x, y) <= mm * MM + grow
const twice =
  (section: Section, mm: number): Section =>
  (x, y, grow) =>
    section(x - mm * MM, y, grow) || section(x + mm * MM, y, grow)

/** The outer rectangle but for the two gaps between the prongs, which shrink as the rest grows. */
const letterE: Section = (x, y, grow) => {
  const outer = Math.abs(x) <= 7 * MM + grow && Math.abs(y) <= 10 * MM + grow
  const inGap = x > -3 * MM + grow && Math.abs(y) > 2 * MM + grow && Math.abs(y) < 6 * MM - grow
  return outer && !inGap
}

/** 8.34 mm by 2.56 mm: half circles of 1.28 mm about x = ±2.89 mm. */
const oval: Section = (x, y, grow) => Math.hypot(Math.max(0, Math.abs(x) - 2.89 * MM), y) <= 1.28 * MM + grow
const flatOval = flat(
  every(16).map((degrees) => [degrees, 1.28 + 2.89 * Math.abs(Math.cos((degrees * Math.PI) / 180))] as const),
)

/**
 * Parts that go over something, like the gear of docs/add-a-task.md: the formula of a hole's section says nothing of them. Each
 * has a test file of its own.
 */
export const TESTED_APART: readonly string[] = []

export const EXPECTED: Readonly<Record<string, Expected>> = {
  'round-peg': {
    width: [8, 8],
    lengthMm: 50,
    depthMm: 20,
    symmetry: Number.POSITIVE_INFINITY,
    part: disc(4),
    opening: polygon(16, 4),
  },
  'square-peg': { width: [8, 8], lengthMm: 50, depthMm: 20, symmetry: 4, part: polygon(4, 4) },
  'two-pin': {
    width: [17, 5],
    lengthMm: 50,
    depthMm: 15,
    symmetry: 2,
    part: twice(disc(2.5), 6),
    opening: twice(polygon(16, 2.5), 6),
  },
  // Across corners 13 / cos 30° = 15.01 mm, along y.
  'hex-bolt': {
    width: [13, 13 / Math.cos(Math.PI / 6)],
    lengthMm: 50,
    depthMm: 12,
    symmetry: 6,
    part: polygon(6, 6.5),
  },
  'keyed-e': { width: [14, 20], lengthMm: 50, depthMm: 15, symmetry: 1, part: letterE },
  'usb-c': { width: [8.34, 2.56], lengthMm: 34, depthMm: 6.5, symmetry: 2, part: oval, opening: flatOval },
}
