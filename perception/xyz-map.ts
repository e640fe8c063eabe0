// Depth as the network gets it: where each seen point lies in the target's frame.
//
// `xyz = inv(targetInCamera) · unproject(u, v, z) / scale`. Seen from the target, the map of a scene does not depend on
// where the target stands or how it is turned: what changes is only the point of view, and where the source is.
import { type Intrinsics, invert, type Pose, quatToMatrix, type Rgbd } from '../geometry/index.ts'

/** RGB and XYZ, in this order; and with them XYZ once more, as the tracked source sees it. */
export const IMAGE_CHANNELS = 6
export const TRACKED_CHANNELS = 9

/** Where a tracker says that the source is, and the unit of what is seen from there, m. */
export interface TrackedSource {
  sourceInCamera: Pose
  scale: number
}

/**
 * H,W,3, row-major: the points seen, in the target's frame, divided by `scale` (m) and held within ±1; 0 where there is
 * no reading. `out` is filled and returned when given.
 */
export function xyzMap(rgbd: Rgbd, targetInCamera: Pose, scale: number, out?: Float32Array): Float32Array {
  const { width, height } = rgbd.intrinsics
  const map = outputFor(width * height * 3, 0, out)
  writeXyz(rgbd, targetInCamera, scale, map, 0, 3)
  return map
}

/**
 * What a network is shown: H,W,6, row-major. Channels 0–2: red, green, blue as `value / 127.5 − 1`; 3–5: x, y, z of
 * {@link xyzMap}. Written into `out` from `offset` on when given (a batch is B of these one after the other).
 *
 * With a `source`, H,W,9: channels 6–8 are the same points in the source's frame. A part has one shape in its own frame,
 * wherever it is; if it lies elsewhere in there, the tracker is off by that.
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
  writeXyz(rgbd, targetInCamera, scale, image, offset + 3, channels)
  if (source) writeXyz(rgbd, source.sourceInCamera, source.scale, image, offset + 6, channels)
  return image
}

/** Point of pixel n at `out[offset + n·stride]` and the two numbers after it. */
function writeXyz(
  { intrinsics, depth }: { intrinsics: Intrinsics; depth: Float32Array },
  frameInCamera: Pose,
  scale: number,
  out: Float32Array,
  offset: number,
  stride: number,
) {
  if (!(scale > 0 && Number.isFinite(scale))) {
    throw new RangeError(`expected a positive scale of the XYZ map in metres, got ${scale}`)
  }
  const { width, height, fx, fy, cx, cy } = intrinsics
  const cameraInFrame = invert(frameInCamera)
  // p = z · (R ray) + t, all in units of `scale`; R is column-major.
  const m = quatToMatrix(cameraInFrame.orientation)
  const [rx, ry, rz] = [m[0] / scale, m[1] / scale, m[2] / scale]
  const [tx, ty, tz] = cameraInFrame.position.map((value) => value / scale) as [number, number, number]
  let to = offset
  for (let v = 0; v < height; v++) {
    const y = (v - cy) / fy
    const [ax, ay, az] = [(m[3] * y + m[6]) / scale, (m[4] * y + m[7]) / scale, (m[5] * y + m[8]) / scale]
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
