// The square part of a picture that a policy looks at: round both parts, wherever they stand in it.
//
//   sensor            union window, real pixels          crop, size × size
//   ┌───────────────────────┐
//   │        ┌────────┐     │                             ┌────────┐
//   │        │ source │     │      cutWindow(…, size)     │ source │
//   │        │ target │     │    ───────────────────►     │ target │
//   │        └────────┘     │                             └────────┘
//   └───────────────────────┘      its own Intrinsics: a point keeps its ray
import {
  axisAngleToQuat,
  type Intrinsics,
  makePose,
  type Pose,
  project,
  type Rgbd,
  transformPoint,
  type Vec3,
} from '../geometry/index.ts'
import { checkIntrinsics } from './check-rgbd.ts'
import { type PixelMap, resample } from './resample.ts'

/** An upright box in an object's own frame: its lowest and its highest corner, m. */
export interface Box {
  low: Readonly<Vec3>
  high: Readonly<Vec3>
}

export interface PlacedBox {
  box: Box
  poseInCamera: Pose
}

/** A square in the plane of a picture, in pixels and parts of them; may reach beyond the picture. */
export interface PictureWindow {
  /** its middle; pixels have their centres at whole numbers */
  u: number
  v: number
  /** its length */
  side: number
}

/** Border round the objects on each side, as a fraction of the square that just holds them. */
export const DEFAULT_MARGIN = 0.1
/** Corners nearer to the camera than this cannot be meant, m. */
const NEAREST = 0.01

/**
 * The smallest square that holds the projected corners of all boxes, its side then made `1 + 2·margin` times as long. Across
 * the shorter extent the boxes stand in the middle. Throws a RangeError for boxes that are no boxes, behind the camera,
 * outside the picture, or smaller than a pixel.
 */
export function unionWindow(
  intrinsics: Intrinsics,
  boxes: readonly PlacedBox[],
  { margin = DEFAULT_MARGIN }: { margin?: number } = {},
): PictureWindow {
  checkIntrinsics(intrinsics)
  if (!(margin >= 0 && Number.isFinite(margin))) {
    throw new RangeError(`expected a margin of 0 or more, as a fraction of the window, got ${margin}`)
  }
  if (boxes.length === 0) throw new RangeError('expected the boxes of source and target, got no box')
  const extents = boxes.map((placed) => projectedExtent(intrinsics, placed))
  const left = Math.min(...extents.map((extent) => extent.left))
  const right = Math.max(...extents.map((extent) => extent.right))
  const top = Math.min(...extents.map((extent) => extent.top))
  const bottom = Math.max(...extents.map((extent) => extent.bottom))
  const side = Math.max(right - left, bottom - top)
  if (!(side >= 1)) {
    throw new RangeError(
      `expected boxes of at least a pixel in the picture, got ${side.toFixed(3)} pixels; ` +
        'check that boxes and poses are in metres',
    )
  }
  return { u: (left + right) / 2, v: (top + bottom) / 2, side: side * (1 + 2 * margin) }
}

function projectedExtent(intrinsics: Intrinsics, { box, poseInCamera }: PlacedBox) {
  const corners = cornersOf(box).map((corner) => transformPoint(poseInCamera, corner))
  const pixels = corners.map((corner) => {
    const pixel = corner[2] >= NEAREST ? project(intrinsics, corner) : undefined
    if (!pixel) {
      throw new RangeError(
        `expected a box in front of the camera, got a corner at z = ${corner[2]} m in the camera frame; ` +
          'check the object’s pose and that z points forward from the camera',
      )
    }
    return pixel
  })
  const [us, vs] = [pixels.map(([u]) => u), pixels.map(([, v]) => v)]
  const [left, right, top, bottom] = [Math.min(...us), Math.max(...us), Math.min(...vs), Math.max(...vs)]
  const { width, height } = intrinsics
  if (!(right > -0.5 && left < width - 0.5 && bottom > -0.5 && top < height - 0.5)) {
    const span = (from: number, to: number) => `${from.toFixed(0)} to ${to.toFixed(0)}`
    throw new RangeError(
      `expected a box within the picture of ${width}×${height} pixels, got one at u ${span(left, right)}, ` +
        `v ${span(top, bottom)}; check the object’s pose, or turn the camera to the parts`,
    )
  }
  return { left, right, top, bottom }
}

function cornersOf({ low, high }: Box): Vec3[] {
  if (
    ![0, 1, 2].every((i) => Number.isFinite(low[i]) && Number.isFinite(high[i]) && Number(low[i]) <= Number(high[i]))
  ) {
    throw new RangeError(
      `expected a box whose low corner is below its high one on every axis, got [${low.join(', ')}] to [${high.join(', ')}]`,
    )
  }
  return [0, 1, 2, 3, 4, 5, 6, 7].map(
    (bits): Vec3 => [(bits & 1 ? high : low)[0], (bits & 2 ? high : low)[1], (bits & 4 ? high : low)[2]],
  )
}

/**
 * The camera that sees the window as a picture of `size × size` pixels, turned by `rollRad` about its optical axis
 * ({@link rollInCamera}). A simulator renders the window at these intrinsics instead of a whole sensor.
 */
export function windowIntrinsics(intrinsics: Intrinsics, window: PictureWindow, size: number, rollRad = 0): Intrinsics {
  const { fx, fy, cx, cy } = checkIntrinsics(intrinsics)
  checkWindow(window, size)
  const scale = size / window.side
  const middle = (size - 1) / 2
  // The ray through the window's middle, in the turned camera, is seen in the middle of the crop.
  const [x, y] = [(window.u - cx) / fx, (window.v - cy) / fy]
  const [cos, sin] = [Math.cos(rollRad), Math.sin(rollRad)]
  return {
    width: size,
    height: size,
    fx: fx * scale,
    fy: fy * scale,
    cx: middle - fx * scale * (cos * x + sin * y),
    cy: middle - fy * scale * (cos * y - sin * x),
  }
}

/**
 * The window as a picture of `size × size` pixels with the intrinsics of {@link windowIntrinsics}; black and without
 * reading where it reaches beyond the picture. Depth keeps its edges ({@link resample}).
 */
export function cutWindow(rgbd: Rgbd, window: PictureWindow, size: number, rollRad = 0): Rgbd {
  const crop = windowIntrinsics(rgbd.intrinsics, window, size, rollRad)
  return resample(rgbd, mapOf(rgbd.intrinsics, window, size, rollRad), crop)
}

function mapOf({ fx, fy }: Intrinsics, { u, v, side }: PictureWindow, size: number, rollRad: number): PixelMap {
  const step = side / size
  const middle = (size - 1) / 2
  const ui = step * Math.cos(rollRad)
  const vi = step * Math.sin(rollRad) * (fy / fx)
  const uj = -step * Math.sin(rollRad) * (fx / fy)
  const vj = step * Math.cos(rollRad)
  return { u0: u - middle * (ui + uj), v0: v - middle * (vi + vj), ui, vi, uj, vj }
}

/** The turned camera in the camera's frame: by `rollRad` about z, which points forward. Poses turn by its inverse. */
export const rollInCamera = (rollRad: number): Pose => makePose([0, 0, 0], axisAngleToQuat([0, 0, 1], rollRad))

function checkWindow({ u, v, side }: PictureWindow, size: number) {
  if (!(Number.isFinite(u) && Number.isFinite(v) && Number.isFinite(side) && side > 0)) {
    throw new RangeError(`expected a window with a finite middle and a positive side, got u ${u}, v ${v}, side ${side}`)
  }
  if (!(Number.isInteger(size) && size > 0)) {
    throw new RangeError(`expected a size of the crop in whole pixels, got ${size}`)
  }
}
