// A picture looked at through another grid of pixels, colour and depth each in the way that suits it.
//
// Each pixel of the result has a place in the original, and takes the pixels round that place, weighted by a tent as wide
// as the result's pixels stand apart there, at least one pixel. Growing, that is bilinear interpolation; shrinking, it is
// an average over the area, so that nothing flickers.
//
// Depth may not be averaged like that: half-way between a peg and the plate behind it there is nothing. The pixel nearest
// to the place, among those with a reading, says which surface is seen, and only pixels of the same surface count. Of
// these 1/z is averaged, not z: for a plane 1/z is linear in pixels, so planes stay planes.
import type { Intrinsics, Rgbd } from '../geometry/index.ts'
import { steepest, surfaceStep } from './depth-edge.ts'

/** Where pixel (i, j) of the result lies in the original: `u = u0 + ui·i + uj·j`, `v = v0 + vi·i + vj·j`. */
export interface PixelMap {
  u0: number
  v0: number
  ui: number
  vi: number
  uj: number
  vj: number
}

/** The picture on the grid that `map` says, seen by the camera `intrinsics`. Black and without reading beyond its edge. */
export function resample({ intrinsics: camera, rgb, depth }: Rgbd, map: PixelMap, intrinsics: Intrinsics): Rgbd {
  const [W, H] = [camera.width, camera.height]
  const { width, height } = intrinsics
  const { u0, v0, ui, vi, uj, vj } = map
  const outRgb = new Uint8Array(width * height * 3)
  const outDepth = new Float32Array(width * height)
  const radius = Math.max(1, Math.hypot(ui, vi), Math.hypot(uj, vj))
  const perPixel = steepest(camera)
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      const u = u0 + ui * i + uj * j
      const v = v0 + vi * i + vj * j
      if (!(u >= -0.5 && u < W - 0.5 && v >= -0.5 && v < H - 0.5)) continue
      const left = Math.max(0, Math.ceil(u - radius))
      const right = Math.min(W - 1, Math.floor(u + radius))
      const top = Math.max(0, Math.ceil(v - radius))
      const bottom = Math.min(H - 1, Math.floor(v + radius))
      let [r, g, b, weights] = [0, 0, 0, 0]
      // the reading of largest weight within the result's pixel
      let [seen, heaviest, seenX, seenY] = [0, 0, 0, 0]
      for (let y = top; y <= bottom; y++) {
        const dv = Math.abs(y - v)
        for (let x = left; x <= right; x++) {
          const du = Math.abs(x - u)
          const weight = (1 - du / radius) * (1 - dv / radius)
          const at = y * W + x
          r += weight * (rgb[3 * at] as number)
          g += weight * (rgb[3 * at + 1] as number)
          b += weight * (rgb[3 * at + 2] as number)
          weights += weight
          const z = depth[at] as number
          if (z > 0 && weight > heaviest && du <= radius / 2 && dv <= radius / 2) {
            seen = z
            heaviest = weight
            seenX = x
            seenY = y
          }
        }
      }
      const to = j * width + i
      outRgb[3 * to] = r / weights + 0.5
      outRgb[3 * to + 1] = g / weights + 0.5
      outRgb[3 * to + 2] = b / weights + 0.5
      if (seen === 0) continue
      let [inverse, surface] = [0, 0]
      for (let y = top; y <= bottom; y++) {
        const dv = Math.abs(y - v)
        for (let x = left; x <= right; x++) {
          const z = depth[y * W + x] as number
          const apart = Math.max(Math.abs(x - seenX), Math.abs(y - seenY))
          if (!(z > 0 && Math.abs(z - seen) <= surfaceStep(perPixel, seen, apart))) continue
          const weight = (1 - Math.abs(x - u) / radius) * (1 - dv / radius)
          inverse += weight / z
          surface += weight
        }
      }
      outDepth[to] = surface / inverse
    }
  }
  return { intrinsics, rgb: outRgb, depth: outDepth }
}
