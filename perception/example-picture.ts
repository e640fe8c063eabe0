// Pictures for tests, pixel by pixel from a formula.
import { type Intrinsics, type Rgbd, unproject, type Vec3 } from '../geometry/index.ts'

export const EXAMPLE_CAMERA: Intrinsics = { width: 64, height: 48, fx: 80, fy: 80, cx: 31.5, cy: 23.5 }

export interface Painted {
  /** m; 0: no reading */
  z: number
  rgb?: readonly [number, number, number]
}

export function paint(intrinsics: Intrinsics, pixel: (u: number, v: number) => Painted): Rgbd {
  const { width, height } = intrinsics
  const rgb = new Uint8Array(width * height * 3)
  const depth = new Float32Array(width * height)
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      const painted = pixel(u, v)
      depth[v * width + u] = painted.z
      rgb.set(painted.rgb ?? [128, 128, 128], 3 * (v * width + u))
    }
  }
  return { intrinsics, rgb, depth }
}

/** Depth at which the ray through (u, v) meets the plane `n · p = d`. */
export function planeDepth(intrinsics: Intrinsics, n: Readonly<Vec3>, d: number): (u: number, v: number) => number {
  return (u, v) => {
    const ray = unproject(intrinsics, u, v, 1)
    return d / (n[0] * ray[0] + n[1] * ray[1] + n[2] * ray[2])
  }
}
