// Where one surface ends and another begins, as a depth camera shows it.
import type { Intrinsics } from '../geometry/index.ts'

/** tan 76°: a surface seen more nearly edge-on than this is taken for an edge */
const STEEPEST = 4
/** what a depth camera's noise makes of a smooth surface, m */
const ROUGHNESS = 1e-3

/**
 * The largest difference in depth (m) of two pixels on one surface, `apart` pixels from each other at depth z (m):
 * `1 mm + apart · z · perPixel`. It follows the size of a pixel on the surface, so that a close-up and a whole scene need
 * no setting of their own.
 */
export const surfaceStep = (perPixel: number, z: number, apart: number): number => ROUGHNESS + apart * z * perPixel

/** What {@link surfaceStep} needs to know of the camera: the steepest slope over the focal length, `4 / f`. */
export const steepest = ({ fx, fy }: Intrinsics): number => STEEPEST / Math.min(fx, fy)
