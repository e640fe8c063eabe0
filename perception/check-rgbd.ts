// What is wrong with a picture, said before anything moves.
import type { Intrinsics, Rgbd } from '../geometry/index.ts'

/**
 * Returns the picture when it can be used. Throws a RangeError when its intrinsics are missing or impossible, its arrays
 * do not have the size they speak of (or the `expected` one), or its depth holds no reading at all or something that is
 * no depth.
 */
export function checkRgbd(rgbd: Rgbd, expected?: { width: number; height: number }): Rgbd {
  checkIntrinsics(rgbd.intrinsics)
  const { width, height } = rgbd.intrinsics
  if (expected && !(width === expected.width && height === expected.height)) {
    throw new RangeError(
      `expected a picture of ${expected.width}×${expected.height} pixels, got ${width}×${height}; ` +
        'cut it to size with cutWindow, or set the camera to that size',
    )
  }
  checkLength('rgb', rgbd.rgb, width, height, 3)
  checkLength('depth', rgbd.depth, width, height, 1)
  let readings = 0
  for (let i = 0; i < rgbd.depth.length; i++) {
    const z = rgbd.depth[i] as number
    if (z > 0) readings++
    if (z >= 0 && z < Number.POSITIVE_INFINITY) continue
    throw new RangeError(
      `expected depth in metres, 0 where there is no reading, got ${z} at pixel (${i % width}, ${Math.floor(i / width)}); ` +
        'write 0 for readings that are not there, as filterDepth does',
    )
  }
  if (readings === 0) {
    throw new RangeError(
      `expected depth with readings, got ${width}×${height} pixels without one; ` +
        'check that the depth stream is on, its unit is metres, and the object is within its range',
    )
  }
  return rgbd
}

/** Throws a RangeError for a camera that is not there, or that cannot be. */
export function checkIntrinsics(intrinsics: Intrinsics | undefined): Intrinsics {
  if (!intrinsics) {
    throw new RangeError(
      'expected a picture with intrinsics, got none; take width, height, fx, fy, cx and cy from the camera’s calibration',
    )
  }
  const { width, height, fx, fy, cx, cy } = intrinsics
  const whole = [width, height].every((n) => Number.isInteger(n) && n > 0)
  const focal = [fx, fy].every((f) => Number.isFinite(f) && f > 0)
  if (!(whole && focal && Number.isFinite(cx) && Number.isFinite(cy))) {
    throw new RangeError(
      'expected intrinsics with a whole width and height, positive focal lengths and a finite principal point, in pixels, ' +
        `got width ${width}, height ${height}, fx ${fx}, fy ${fy}, cx ${cx}, cy ${cy}; check the camera’s calibration`,
    )
  }
  return intrinsics
}

function checkLength(
  name: string,
  array: ArrayLike<number> | undefined,
  width: number,
  height: number,
  channels: number,
) {
  if (array?.length === width * height * channels) return
  throw new RangeError(
    `expected ${name} of ${width}×${height}×${channels} = ${width * height * channels} numbers, as the intrinsics say, ` +
      `got ${array?.length ?? 'none'}; give the intrinsics of the stream that the picture came from`,
  )
}
