// A pinhole camera without distortion, and what it sees. Frame: x right, y down, z forward (ROS's optical frame).
import type { Vec3 } from './rotation.ts'

/** Pixels have their centres at whole numbers: u from 0 (left) to width − 1, v from 0 (top) to height − 1. */
export interface Intrinsics {
  width: number
  height: number
  /** focal lengths, pixels */
  fx: number
  fy: number
  /** principal point, pixels; may lie outside the picture when that was cut from a larger one */
  cx: number
  cy: number
}

/** A colour picture with depth, pixel for pixel. */
export interface Rgbd {
  intrinsics: Intrinsics
  /** height·width·3, row-major, sRGB */
  rgb: Uint8Array
  /** height·width, row-major: metres along the optical axis, 0 where there is no reading */
  depth: Float32Array
}

/** `u = fx x/z + cx, v = fy y/z + cy`; undefined for a point that is not in front of the camera. */
export function project({ fx, fy, cx, cy }: Intrinsics, [x, y, z]: Readonly<Vec3>): [u: number, v: number] | undefined {
  return z > 0 ? [(fx * x) / z + cx, (fy * y) / z + cy] : undefined
}

/** The point at depth z (m) that is seen at pixel (u, v), camera frame. */
export function unproject({ fx, fy, cx, cy }: Intrinsics, u: number, v: number, z: number): Vec3 {
  return [((u - cx) * z) / fx, ((v - cy) * z) / fy, z]
}

/** A rectangle of pixels: `x` and `y` are its first column and row, and may be negative. */
export interface PixelWindow {
  x: number
  y: number
  width: number
  height: number
}

/** The camera whose picture is that part of the larger one: `c − (x, y)`, the same focal lengths. */
export function windowOf({ fx, fy, cx, cy }: Intrinsics, { x, y, width, height }: PixelWindow): Intrinsics {
  return { width, height, fx, fy, cx: cx - x, cy: cy - y }
}
