// Depth as the network gets it: where each seen point lies in the target's frame.
//
// `xyz = inv(targetInCamera) · unproject(u, v, z) / scale`. Seen from the target, the map of a scene does not depend on
// where the target stands or how it is turned: what changes is only the point of view, and where the source is.
import {
  compose,
  type Intrinsics,
  invert,
  makePose,
  type Pose,
  quatToMatrix,
  type Rgbd,
  type Vec3,
} from '../geometry/index.ts'
import type { Box } from './window.ts'

/** RGB and XYZ, in this order; and with them XYZ once more, as the tracked source sees it. */
export const IMAGE_CHANNELS = 6
export const TRACKED_CHANNELS = 9

/** Where a tracker says that the middle of the source is, and the unit on each of its axes of what is seen from there, m. */
export interface TrackedSource {
  middleInCamera: Pose
  units: Readonly<Vec3>
}

/**
 * All of the source, tracked at `sourceInCamera`, and what lies within `reach` of its box (m). The unit along its axis, z, is
 * half the box's length and the reach; across it, half the box's greater width and the reach on both axes, so that what turns
 * about z keeps its shape.
 */
export function trackedSource(sourceInCamera: Pose, { low, high }: Box, reach: number): TrackedSource {
  const perAxis = (of: (low: number, high: number) => number) => low.map((l, axis) => of(l, high[axis as 0])) as Vec3
  const [x, y, z] = perAxis((l, h) => (h - l) / 2 + reach)
  const across = Math.max(x, y)
  return {
    middleInCamera: compose(sourceInCamera, makePose(perAxis((l, h) => (l + h) / 2))),
    units: [across, across, z],
  }
}

/**
 * H,W,3, row-major: the points seen, in the target's frame, divided by `scale` (m) and held within ±1; 0 where there is
 * no reading. `out` is filled and returned when given.
 */
export function xyzMap(rgbd: Rgbd, targetInCamera: Pose, scale: number, out?: Float32Array): Float32Array {
  const { width, height } = rgbd.intrinsics
  const map = outputFor(width * height * 3, 0, out)
  writeXyz(rgbd, targetInCamera, [scale, scale, scale], map, 0, 3)
  return map
}

/**
 * What a network is shown: H,W,6, row-major. Channels 0–2: red, green, blue as `value / 127.5 − 1`; 3–5: x, y, z of
 * {@link xyzMap}. Written into `out` from `offset` on when given (a batch is B of these one after the other).
 *
 * With a `source`, H,W,9: channels 6–8 are the same points from the middle of the source, along its axes. A part has one
 * shape in its own frame, wherever it is; if it lies elsewhere in there, the tracker is off by that.
 */
export function networkImage(
  rgbd: Rgbd,
  targetInCamera: Pose,
  { scale, source }: { scale: number; source?: TrackedSource | undefined },
  out?: Float32Array,
  offset = 0,
): Float32Array {
  const { width, height } = rgbd.intrinsics
  const channels = source ? TRACKED_CHANNELS : IMAGE_CHANNELS
  const image = outputFor(width * height * channels, offset, out)
  const { rgb } = rgbd
  for (let from = 0, to = offset; from < rgb.length; from += 3, to += channels) {
    image[to] = (rgb[from] as number) / 127.5 - 1
    image[to + 1] = (rgb[from + 1] as number) / 127.5 - 1
    image[to + 2] = (rgb[from + 2] as number) / 127.5 - 1
  }
  writeXyz(rgbd, targetInCamera, [scale, scale, scale], image, offset + 3, channels)
  if (source) writeXyz(rgbd, source.middleInCamera, source.units, image, offset + 6, channels)
  return image
}

/** Point of pixel n at `out[offset + n·stride]` and the two numbers after it. */
function writeXyz(
  { intrinsics, depth }: { intrinsics: Intrinsics; depth: Float32Array },
  frameInCamera: Pose,
  units: Readonly<Vec3>,
  out: Float32Array,
  offset: number,
  stride: number,
) {
  for (const unit of units) {
    if (unit > 0 && Number.isFinite(unit)) continue
    throw new RangeError(`expected a positive scale of the XYZ map in metres, got ${unit}`)
  }
  const { width, height, fx, fy, cx, cy } = intrinsics
  const cameraInFrame = invert(frameInCamera)
  // p = z · (R ray) + t, along each axis in its unit; R is column-major.
  const m = quatToMatrix(cameraInFrame.orientation)
  const [ux, uy, uz] = units
  const [rx, ry, rz] = [m[0] / ux, m[1] / uy, m[2] / uz]
  const [tx, ty, tz] = cameraInFrame.position.map((value, axis) => value / units[axis as 0]) as Vec3
  let to = offset
  for (let v = 0; v < height; v++) {
    const y = (v - cy) / fy
    const [ax, ay, az] = [(m[3] * y + m[6]) / ux, (m[4] * y + m[7]) / uy, (m[5] * y + m[8]) / uz]
    for (let u = 0; u < width; u++, to += stride) {
      const z = depth[v * width + u] as number
      if (z > 0) {
        const x = (u - cx) / fx
        out[to] = clamp((rx * x + ax) * z + tx)
        out[to + 1] = clamp((ry * x + ay) * z + ty)
        out[to + 2] = clamp((rz * x + az) * z + tz)
      } else {
        out[to] = 0
        out[to + 1] = 0
        out[to + 2] = 0
      }
    }
  }
}

const clamp = (value: number) => Math.max(-1, Math.min(1, value))

function outputFor(length: number, offset: number, out?: Float32Array): Float32Array {
  if (!out) return new Float32Array(offset + length)
  if (out.length < offset + length) {
    throw new RangeError(`expected room for ${length} numbers from ${offset} on, got an array of ${out.length}`)
  }
  return out
}
