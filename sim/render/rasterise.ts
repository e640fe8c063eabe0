// Which triangle each pixel sees, and how far away: a z-buffer with integer edge functions.
//
// Corners are snapped to 1/256 pixel. Twice the area between an edge and a pixel's centre is then a whole number, exact in
// double precision: neighbours that share an edge cover each pixel once, and every machine agrees which. A pixel belongs to
// the triangle when its centre lies inside, or on a top or left edge. 1/z is linear across the picture, so it is what the
// buffer holds and compares; of two surfaces at the same depth the one drawn first stays.
import { DoubleSide } from 'three'
import type { Intrinsics } from '../../geometry/index.ts'
import { clipPolygon, MAX_POLYGON } from './clip.ts'
import { type Item, NEAR, type View } from './view.ts'

/** Snapped positions per pixel. */
const SUBPIXELS = 256
/**
 * Triangles that reach further from the picture's first pixel than this are clipped: 2¹⁴ pixels of 2⁸ positions keep the
 * products of two coordinates below 2⁴⁶, far within the 2⁵³ up to which whole numbers are exact.
 */
const GUARD = 2 ** 14

/** Who is seen: item number · 2²⁰ + triangle number, or NOBODY. */
export const NOBODY = -1
export const ITEM_SHIFT = 20
export const TRIANGLE_MASK = 2 ** ITEM_SHIFT - 1
const MAX_ITEMS = 2 ** (31 - ITEM_SHIFT)

export interface Visibility {
  /** height·width, row-major */
  seen: Int32Array
  /** height·width, row-major: 1/z in 1/m, 0 where nothing is seen */
  inverseDepth: Float64Array
}

let seenScratch = new Int32Array(0)
let inverseDepthScratch = new Float64Array(0)

/** The answer lives in buffers that the next call uses again. */
export function rasterise({ items, points }: View, intrinsics: Intrinsics): Visibility {
  const count = intrinsics.width * intrinsics.height
  if (seenScratch.length < count) {
    seenScratch = new Int32Array(count)
    inverseDepthScratch = new Float64Array(count)
  }
  seenScratch.fill(NOBODY, 0, count)
  inverseDepthScratch.fill(0, 0, count)
  if (items.length > MAX_ITEMS)
    throw new RangeError(`expected at most ${MAX_ITEMS} meshes in view, got ${items.length}`)
  for (const [number, item] of items.entries()) drawItem(item, number, points, intrinsics)
  return { seen: seenScratch, inverseDepth: inverseDepthScratch }
}

/** Per point of the item being drawn: snapped picture coordinates, 1/z, and whether it needs clipping. */
let snappedX = new Float64Array(0)
let snappedY = new Float64Array(0)
let inverseZ = new Float64Array(0)
let isOutside = new Uint8Array(0)

function drawItem(item: Item, itemNumber: number, points: Float64Array, intrinsics: Intrinsics): void {
  const { data, firstPoint, material, handedness } = item
  const { corners, triangles } = data
  if (triangles > TRIANGLE_MASK)
    throw new RangeError(`expected at most ${TRIANGLE_MASK} triangles a mesh, got ${triangles}`)
  projectPoints(points, firstPoint, data.points.length / 3, intrinsics)
  const isTwoSided = material.side === DoubleSide
  for (let triangle = 0; triangle < triangles; triangle++) {
    const a = corners[3 * triangle] as number
    let b = corners[3 * triangle + 1] as number
    let c = corners[3 * triangle + 2] as number
    if (handedness < 0) [b, c] = [c, b]
    const who = itemNumber * (TRIANGLE_MASK + 1) + triangle
    if ((isOutside[a] as number) + (isOutside[b] as number) + (isOutside[c] as number) > 0) {
      drawClipped(points, firstPoint, a, b, c, who, isTwoSided, intrinsics)
      continue
    }
    drawTriangle(
      snappedX[a] as number,
      snappedY[a] as number,
      inverseZ[a] as number,
      snappedX[b] as number,
      snappedY[b] as number,
      inverseZ[b] as number,
      snappedX[c] as number,
      snappedY[c] as number,
      inverseZ[c] as number,
      who,
      isTwoSided,
      intrinsics.width,
      intrinsics.height,
    )
  }
}

function projectPoints(points: Float64Array, first: number, count: number, { fx, fy, cx, cy }: Intrinsics): void {
  if (snappedX.length < count) {
    snappedX = new Float64Array(count)
    snappedY = new Float64Array(count)
    inverseZ = new Float64Array(count)
    isOutside = new Uint8Array(count)
  }
  for (let i = 0, at = 3 * first; i < count; i++, at += 3) {
    const z = points[at + 2] as number
    const u = (fx * (points[at] as number)) / z + cx
    const v = (fy * (points[at + 1] as number)) / z + cy
    isOutside[i] = z >= NEAR && u > -GUARD && u < GUARD && v > -GUARD && v < GUARD ? 0 : 1
    snappedX[i] = Math.floor(u * SUBPIXELS + 0.5)
    snappedY[i] = Math.floor(v * SUBPIXELS + 0.5)
    inverseZ[i] = 1 / z
  }
}

const polygon = new Float64Array(3 * MAX_POLYGON)

function drawClipped(
  points: Float64Array,
  firstPoint: number,
  a: number,
  b: number,
  c: number,
  who: number,
  isTwoSided: boolean,
  intrinsics: Intrinsics,
): void {
  for (const [i, corner] of [a, b, c].entries()) {
    const at = 3 * (firstPoint + corner)
    polygon.set(points.subarray(at, at + 3), 3 * i)
  }
  const count = clipPolygon(polygon, 3, intrinsics, NEAR, GUARD)
  if (count < 3) return
  const { fx, fy, cx, cy, width, height } = intrinsics
  const snap = (coordinate: number) => Math.floor(coordinate * SUBPIXELS + 0.5)
  const [x, y, w]: [number[], number[], number[]] = [[], [], []]
  for (let i = 0; i < count; i++) {
    const z = polygon[3 * i + 2] as number
    x.push(snap((fx * (polygon[3 * i] as number)) / z + cx))
    y.push(snap((fy * (polygon[3 * i + 1] as number)) / z + cy))
    w.push(1 / z)
  }
  const corner = (i: number) => [x[i] as number, y[i] as number, w[i] as number] as const
  for (let i = 1; i + 1 < count; i++) {
    drawTriangle(...corner(0), ...corner(i), ...corner(i + 1), who, isTwoSided, width, height)
  }
}

/** Corners in snapped coordinates with their 1/z; anticlockwise to the eye is the front, which is clockwise with y down. */
function drawTriangle(
  ax: number,
  ay: number,
  aw: number,
  bx: number,
  by: number,
  bw: number,
  cx: number,
  cy: number,
  cw: number,
  who: number,
  isTwoSided: boolean,
  width: number,
  height: number,
): void {
  // Twice the area, positive where y up would call it anticlockwise.
  let area = (bx - ax) * (ay - cy) - (cx - ax) * (ay - by)
  if (area === 0) return
  if (area < 0) {
    if (!isTwoSided) return
    let swap = bx
    bx = cx
    cx = swap
    swap = by
    by = cy
    cy = swap
    swap = bw
    bw = cw
    cw = swap
    area = -area
  }
  // Rows and columns whose centres can be covered.
  const lowX = Math.min(ax, bx, cx)
  const highX = Math.max(ax, bx, cx)
  const lowY = Math.min(ay, by, cy)
  const highY = Math.max(ay, by, cy)
  const left = lowX <= 0 ? 0 : Math.ceil(lowX / SUBPIXELS)
  const top = lowY <= 0 ? 0 : Math.ceil(lowY / SUBPIXELS)
  const right = Math.min(width - 1, Math.floor(highX / SUBPIXELS))
  const bottom = Math.min(height - 1, Math.floor(highY / SUBPIXELS))
  if (left > right || top > bottom) return

  // Edge p → q is `stepX x + stepY y + …`, at a pixel's centre: positive inside. With y down and the front's corners going
  // round against the clock to the eye, the inside lies to the left of p → q.
  const abX = SUBPIXELS * (by - ay)
  const abY = SUBPIXELS * (ax - bx)
  const bcX = SUBPIXELS * (cy - by)
  const bcY = SUBPIXELS * (bx - cx)
  const caX = SUBPIXELS * (ay - cy)
  const caY = SUBPIXELS * (cx - ax)
  // Top and left edges own the centres on them; for the others "≥ 0" becomes "≥ 1". A left edge has the inside at larger
  // x, a top edge is level with the inside at larger y.
  const abFirst = (abX > 0 || (abX === 0 && abY > 0) ? 0 : -1) - ((by - ay) * ax + (ax - bx) * ay)
  const bcFirst = (bcX > 0 || (bcX === 0 && bcY > 0) ? 0 : -1) - ((cy - by) * bx + (bx - cx) * by)
  const caFirst = (caX > 0 || (caX === 0 && caY > 0) ? 0 : -1) - ((ay - cy) * cx + (cx - ax) * cy)

  // 1/z = aw + (weight of b) (bw − aw) + (weight of c) (cw − aw); the weights are the opposite edges over the area.
  const slopeX = (caX * (bw - aw) + abX * (cw - aw)) / area
  const slopeY = (caY * (bw - aw) + abY * (cw - aw)) / area
  const origin = aw - (slopeX * ax + slopeY * ay) / SUBPIXELS

  const seen = seenScratch
  const inverseDepth = inverseDepthScratch
  for (let y = top; y <= bottom; y++) {
    let from = left
    let to = right
    // Where a row crosses an edge: the quotient's rounding, 2⁻³⁸, is far smaller than the 2⁻³⁰ between it and a whole number.
    const ab = abY * y + abFirst
    if (abX > 0) {
      const first = Math.ceil(-ab / abX)
      if (first > from) from = first
    } else if (abX < 0) {
      const last = Math.floor(ab / -abX)
      if (last < to) to = last
    } else if (ab < 0) continue
    const bc = bcY * y + bcFirst
    if (bcX > 0) {
      const first = Math.ceil(-bc / bcX)
      if (first > from) from = first
    } else if (bcX < 0) {
      const last = Math.floor(bc / -bcX)
      if (last < to) to = last
    } else if (bc < 0) continue
    const ca = caY * y + caFirst
    if (caX > 0) {
      const first = Math.ceil(-ca / caX)
      if (first > from) from = first
    } else if (caX < 0) {
      const last = Math.floor(ca / -caX)
      if (last < to) to = last
    } else if (ca < 0) continue
    const row = y * width
    const rowOrigin = origin + slopeY * y
    for (let x = from; x <= to; x++) {
      const w = rowOrigin + slopeX * x
      if (w > (inverseDepth[row + x] as number)) {
        inverseDepth[row + x] = w
        seen[row + x] = who
      }
    }
  }
}
