// A training picture as it might have been: another crop, a camera held askew, other light, another depth camera.
//
//   view ──► window jitter + roll ──► cut-out ──► colours ──► depth errors ──► view
//            one resampling          something    same for     noise, holes
//            poses turn with it      in the way   all pixels
//
// Pose and picture stay consistent: a jittered window only changes the crop's intrinsics, and a roll turns the object poses
// in the camera along with the picture. What networkImage makes of a seen point is the same before and after; sourceInTarget
// is, too. Each stage draws from its own fork of the seed: switching one off leaves the numbers of the others alone.
import { z } from 'zod'
import { compose, invert, type Pose, type Rgbd } from '../geometry/index.ts'
import type { Random } from '../tensor/random.ts'
import { augmentColour, ColourAugmentation } from './augment-colour.ts'
import { augmentDepth, DepthAugmentation } from './augment-depth.ts'
import { cutWindow, type PictureWindow, rollInCamera } from './window.ts'

export const WindowJitter = z.strictObject({
  /** shift across and down, up to ±, as a share of the window's side */
  shift: z.number().min(0).max(0.5).default(0.05),
  /** side times or divided by up to 1 + this */
  scale: z.number().min(0).max(1).default(0.1),
})
export type WindowJitter = z.infer<typeof WindowJitter>

export const CutOut = z.strictObject({
  /** of there being one */
  chance: z.number().min(0).max(1).default(0.3),
  /** largest width and height, as a share of the picture's */
  size: z.number().min(0).max(1).default(0.3),
})
export type CutOut = z.infer<typeof CutOut>

export const AugmentationConfig = z.strictObject({
  window: WindowJitter.prefault({}),
  /** turn of the camera about its optical axis, up to ±, rad */
  rollRad: z.number().min(0).max(Math.PI).default(0.1),
  cutOut: CutOut.prefault({}),
  colour: ColourAugmentation.prefault({}),
  depth: DepthAugmentation.prefault({}),
})
export type AugmentationConfig = z.infer<typeof AugmentationConfig>

export const DEFAULT_AUGMENTATION: AugmentationConfig = AugmentationConfig.parse({})

/** Every stage does nothing; the picture is only cut. */
export const NO_AUGMENTATION: AugmentationConfig = {
  window: { shift: 0, scale: 0 },
  rollRad: 0,
  cutOut: { chance: 0, size: 0 },
  colour: { brightness: 0, contrast: 0, saturation: 0, hueRad: 0, gain: 0, noise: 0 },
  depth: { noiseM: 0, offsetM: 0, holes: 0, holeRadius: 0, edgeLoss: 0 },
}

/** A picture and the object poses that belong to it. */
export interface View {
  rgbd: Rgbd
  sourceInCamera: Pose
  targetInCamera: Pose
}

/** The crop as it is when acting: nothing but the window, `size × size` pixels. */
export const cutView = (view: View, window: PictureWindow, size: number): View => ({
  ...view,
  rgbd: cutWindow(view.rgbd, window, size),
})

/** The crop as it might have been, `size × size` pixels; the same for the same `random`, from which nothing is drawn. */
export function augmentView(
  view: View,
  window: PictureWindow,
  size: number,
  config: AugmentationConfig,
  random: Random,
): View {
  const jittered = jitterWindow(window, config.window, random.fork('window'))
  const roll = random.fork('roll').uniform(-config.rollRad, config.rollRad)
  const { rgbd, ...poses } = rollView(view, jittered, size, roll)
  const covered = cutOut(rgbd, config.cutOut, random.fork('cut-out'))
  const coloured = isOff(config.colour) ? covered : augmentColour(covered, config.colour, random.fork('colour'))
  return {
    ...poses,
    rgbd: isOff(config.depth) ? coloured : augmentDepth(coloured, config.depth, random.fork('depth')),
  }
}

const isOff = (config: Readonly<Record<string, number>>) => Object.values(config).every((value) => value === 0)

/** The window moved and scaled at random: by `exp(±log(1 + scale))`, so that growing and shrinking are equally likely. */
export function jitterWindow({ u, v, side }: PictureWindow, config: WindowJitter, random: Random): PictureWindow {
  const shift = config.shift * side
  const stretch = Math.log1p(config.scale)
  return {
    u: u + random.uniform(-shift, shift),
    v: v + random.uniform(-shift, shift),
    side: side * Math.exp(random.uniform(-stretch, stretch)),
  }
}

/** The window as seen by the camera turned by `rollRad` about its optical axis; the poses in that camera. */
export function rollView(view: View, window: PictureWindow, size: number, rollRad: number): View {
  const rgbd = cutWindow(view.rgbd, window, size, rollRad)
  if (rollRad === 0) return { ...view, rgbd }
  const cameraInTurned = invert(rollInCamera(rollRad))
  return {
    rgbd,
    sourceInCamera: compose(cameraInTurned, view.sourceInCamera),
    targetInCamera: compose(cameraInTurned, view.targetInCamera),
  }
}

/** Something of one colour in the way, too near to have a depth: a rectangle, perhaps. */
export function cutOut(rgbd: Rgbd, config: CutOut, random: Random): Rgbd {
  if (!random.chance(config.chance)) return rgbd
  const { width, height } = rgbd.intrinsics
  const [w, h] = [width, height].map((side) => Math.round(side * random.uniform(0, config.size))) as [number, number]
  const [left, top] = [random.integer(width - w + 1), random.integer(height - h + 1)]
  const colour = [random.integer(256), random.integer(256), random.integer(256)]
  const [rgb, depth] = [rgbd.rgb.slice(), rgbd.depth.slice()]
  for (let v = top; v < top + h; v++) {
    depth.fill(0, v * width + left, v * width + left + w)
    for (let u = left; u < left + w; u++) rgb.set(colour, 3 * (v * width + u))
  }
  return { ...rgbd, rgb, depth }
}
