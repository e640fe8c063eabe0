// Pictures of a policy: how they are cut, how many of them are kept for training, and how one becomes numbers.
//
//   frame 320×240 ──► window round both parts, a little more ──► store: bytes       ──► jitter, light, noise ──► S,S,C
//   view  320×240 ──► window round both parts                                                          ──────► S,S,C
import { z } from 'zod'
import { compose, type Intrinsics, type Pose, type Rgbd } from '../geometry/index.ts'
import {
  type AugmentationConfig,
  augmentView,
  type Box,
  checkIntrinsics,
  checkRgbd,
  cutWindow,
  lastPictured,
  mostTypical,
  networkImage,
  type PictureWindow,
  trackedSource,
  unionWindow,
  type View,
} from '../perception/index.ts'
import type { Random } from '../tensor/random.ts'
import { type ImageConfig, imageChannels, type ModelConfig } from './config.ts'

const vector3 = z.tuple([z.number(), z.number(), z.number()])
const box = z.strictObject({ low: vector3, high: vector3 })

/** What a policy has to know of the parts themselves. */
export const Parts = z.strictObject({
  /** upright boxes round source and target, each in its own frame, m: a picture is cut to them */
  boxes: z.strictObject({ source: box, target: box }),
  /** point of the source frame that a tracker's rotation errors turn about, m */
  sourceCentre: vector3,
})
export type Parts = z.infer<typeof Parts>

type Boxes = { readonly source: Box; readonly target: Box }

/** The window of a picture that a policy looks at. Throws a RangeError for boxes outside the picture. */
function windowOf(
  { rgbd, sourceInCamera, targetInCamera }: View,
  { windowMargin }: ImageConfig,
  boxes: Boxes,
): PictureWindow {
  const parts = [
    { box: boxes.source, poseInCamera: sourceInCamera },
    { box: boxes.target, poseInCamera: targetInCamera },
  ]
  return unionWindow(checkIntrinsics(rgbd.intrinsics), parts, { margin: windowMargin })
}

/**
 * The picture as the network takes it: S,S,C. Throws a RangeError that says what is wrong with a picture of the wrong
 * sizes or without intrinsics, whose window has no depth at all, or that does not show the parts.
 */
export function seePicture(view: View, image: ImageConfig, boxes: Boxes): Float32Array {
  checkRgbd(view.rgbd)
  const window = windowOf(view, image, boxes)
  const crop = checkRgbd(cutWindow(view.rgbd, window, image.size))
  return networkImage(crop, view.targetInCamera, mapOptions(image, boxes, view.sourceInCamera))
}

/** How the points of a picture are given; `sourceInCamera` as the tracker has it. */
const mapOptions = ({ xyzScaleM, trackedReachM }: ImageConfig, boxes: Boxes, sourceInCamera: Pose) => ({
  scale: xyzScaleM,
  ...(trackedReachM === null ? {} : { source: trackedSource(sourceInCamera, boxes.source, trackedReachM) }),
})

/** Pictures for training, cut to more than their windows, in memory that threads share. */
export interface PictureStore {
  /** what they are cut for, and round what */
  image: ImageConfig
  boxes: Boxes
  /** width and height of each, pixels */
  side: number
  /** side of the window in the middle of each, of `side` pixels */
  windowSide: number
  /** N,side,side,3 */
  rgb: Uint8Array
  /** N,side,side: m, 0 where there is no reading */
  depth: Float32Array
  /** of each */
  views: { intrinsics: Intrinsics; sourceInCamera: Pose; targetInCamera: Pose }[]
}

/** Pixels of a stored picture for each of the network's, so that cutting it again blurs little. */
const OVERSAMPLING = 1.25

/** How far a jittered window reaches, in units of the window: its shift and its growth. */
const reachOf = ({ window, rollRad }: AugmentationConfig): number => {
  // A square that turns reaches furthest at an eighth of a turn.
  const most = Math.min(rollRad, Math.PI / 4)
  const turned = Math.cos(most) + Math.sin(most)
  return (1 + window.scale) * turned + 2 * window.shift
}

/** Room for `count` pictures, without any yet. */
export function openStore(
  count: number,
  image: ImageConfig,
  augmentation: AugmentationConfig,
  boxes: Boxes,
): PictureStore {
  const reach = reachOf(augmentation)
  const side = Math.ceil(image.size * OVERSAMPLING * reach)
  return {
    image,
    boxes,
    side,
    windowSide: side / reach,
    rgb: new Uint8Array(new SharedArrayBuffer(count * side * side * 3)),
    depth: new Float32Array(new SharedArrayBuffer(count * side * side * 4)),
    views: [],
  }
}

/** Cuts the next picture out of a view. Throws a RangeError that begins with `name` when that is of no use. */
export function storePicture(store: PictureStore, view: View, name: string): void {
  const { image, boxes, side, windowSide, views } = store
  const pixels = side * side
  const cut = naming(name, () => {
    checkRgbd(view.rgbd)
    const window = windowOf(view, image, boxes)
    return cutWindow(view.rgbd, { ...window, side: (window.side * side) / windowSide }, side)
  })
  store.rgb.set(cut.rgb, views.length * pixels * 3)
  store.depth.set(cut.depth, views.length * pixels)
  const { sourceInCamera, targetInCamera } = view
  views.push({ intrinsics: cut.intrinsics, sourceInCamera, targetInCamera })
}

/** What is wrong with a picture, with the picture's name. */
function naming<T>(name: string, look: () => T): T {
  try {
    return look()
  } catch (cause) {
    throw new RangeError(`${name}: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

/**
 * Stored picture `index`, as it might have been, while a tracker has the source at `observed` in the target frame: one
 * picture into `out` from `offset` on.
 */
export function drawPicture(
  store: PictureStore,
  index: number,
  observed: Pose,
  augmentation: AugmentationConfig,
  random: Random,
  out: Float32Array,
  offset: number,
): void {
  const { image, boxes } = store
  const pixels = store.side * store.side
  const { intrinsics, ...poses } = store.views[index] as PictureStore['views'][number]
  const rgb = store.rgb.subarray(index * pixels * 3, (index + 1) * pixels * 3)
  const depth = store.depth.subarray(index * pixels, (index + 1) * pixels)
  const middle = (store.side - 1) / 2
  const window: PictureWindow = { u: middle, v: middle, side: store.windowSide }
  const view = augmentView({ rgbd: { intrinsics, rgb, depth }, ...poses }, window, image.size, augmentation, random)
  const { rgbd, targetInCamera } = view
  networkImage(rgbd, targetInCamera, mapOptions(image, boxes, compose(targetInCamera, observed)), out, offset)
}

interface PicturedFrame {
  readonly sourceInCamera: Pose
  readonly targetInCamera: Pose
  readonly rgbd?: Rgbd
}

/** The view of a frame, if it has a picture. */
export function viewOf({ rgbd, sourceInCamera, targetInCamera }: PicturedFrame): View | undefined {
  return rgbd && { rgbd, sourceInCamera, targetInCamera }
}

/** Numbers of a picture. */
export const pictureSize = (image: ImageConfig): number => image.size ** 2 * imageChannels(image)

/** A picture without anything on it; of no numbers where none is needed. */
export const blankPicture = ({ image }: ModelConfig): Float32Array => new Float32Array(image ? pictureSize(image) : 0)

/** A goal picture for networks that are timed or looked at; undefined where none is needed. */
export const blankGoal = (model: ModelConfig): Float32Array | undefined =>
  model.image ? blankPicture(model) : undefined

/**
 * The goal picture, S,S,C: of the demonstrations' last pictures the one most like the others. Throws a RangeError that says
 * whose last picture is of no use.
 */
export function chooseGoal(
  demonstrations: readonly { path: string; frames: readonly PicturedFrame[] }[],
  image: ImageConfig,
  boxes: Boxes,
): Float32Array {
  const last = demonstrations.flatMap(({ path, frames }) => {
    const frame = lastPictured(frames)
    const view = frame && viewOf(frame)
    return view ? [naming(`${path}, its last picture`, () => seePicture(view, image, boxes))] : []
  })
  return last[mostTypical(last)] as Float32Array
}
