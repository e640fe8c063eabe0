// A contact sheet: pictures side by side, what the camera saw above and how far it was below.
import type { Pixels } from '../demos/index.ts'
import type { Rgbd } from '../geometry/index.ts'

/** Between pictures, pixels. */
const GAP = 4
/** Depth from far to near: dark violet to yellow. A hole is black. */
const FAR_TO_NEAR: readonly (readonly [number, number, number])[] = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
]

/** Colours span the depths of all pictures together, but for the outermost hundredth at either end. */
export function contactSheet(pictures: readonly Rgbd[]): Pixels<Uint8Array> {
  const cellWidth = Math.max(...pictures.map(({ intrinsics }) => intrinsics.width))
  const cellHeight = Math.max(...pictures.map(({ intrinsics }) => intrinsics.height))
  const width = pictures.length * (cellWidth + GAP) + GAP
  const height = 2 * (cellHeight + GAP) + GAP
  const data = new Uint8Array(width * height * 3).fill(32)
  const range = depthRange(pictures)
  for (const [column, { intrinsics, rgb, depth }] of pictures.entries()) {
    const left = GAP + column * (cellWidth + GAP)
    for (const [row, pixels] of [rgb, depthColors(depth, range)].entries()) {
      const top = GAP + row * (cellHeight + GAP)
      for (let v = 0; v < intrinsics.height; v++) {
        const line = pixels.subarray(3 * v * intrinsics.width, 3 * (v + 1) * intrinsics.width)
        data.set(line, 3 * ((top + v) * width + left))
      }
    }
  }
  return { width, height, channels: 3, data }
}

/** Up to `count` of the items, evenly spread, the first and the last among them. */
export function spread<T>(items: readonly T[], count: number): T[] {
  const last = items.length - 1
  if (last < count) return [...items]
  return Array.from({ length: count }, (_, i) => items[Math.round((i * last) / (count - 1))] as T)
}

interface Range {
  /** m */
  near: number
  far: number
}

function depthRange(pictures: readonly Rgbd[]): Range {
  const readings = Float32Array.from(pictures.flatMap(({ depth }) => [...depth.filter((metres) => metres > 0)])).sort()
  const at = (part: number) => readings[Math.round(part * (readings.length - 1))] ?? 0
  return { near: at(0.01), far: at(0.99) }
}

function depthColors(depth: Float32Array, { near, far }: Range): Uint8Array {
  const colors = new Uint8Array(3 * depth.length)
  const steps = FAR_TO_NEAR.length - 1
  for (const [i, metres] of depth.entries()) {
    if (metres === 0) continue
    const nearness = far > near ? Math.min(1, Math.max(0, (far - metres) / (far - near))) : 1
    const step = Math.min(steps - 1, Math.floor(nearness * steps))
    const [from, to] = [FAR_TO_NEAR[step], FAR_TO_NEAR[step + 1]]
    for (let k = 0; k < 3; k++) {
      const [a, b] = [from?.[k] ?? 0, to?.[k] ?? 0]
      colors[3 * i + k] = Math.round(a + (b - a) * (nearness * steps - step))
    }
  }
  return colors
}
