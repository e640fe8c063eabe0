// How a scene looks: colours, light, textures, clutter and the hand's size, drawn from a seed. No shape that matters to
// physics is in here.
import { makePose, type Pose, rotationVectorToQuat, type Vec3 } from '../../geometry/index.ts'
import type { Random } from '../../tensor/random.ts'
import type { Srgb } from './srgb.ts'
import { PATTERNS, type Texture } from './textures.ts'

export interface Look {
  source: SurfaceLook
  target: SurfaceLook
  table: SurfaceLook
  hand: HandLook
  /** colour of what is infinitely far */
  background: Srgb
  lights: LightLook[]
  clutter: ClutterPiece[]
  /** error of the camera's mounting, in the camera frame: the true camera stands at `cameraInBase · cameraJitter` */
  cameraJitter: Pose
}

/** A surface. For source and target, `tint` pulls the task's own colour towards another; elsewhere it is the colour. */
export interface SurfaceLook {
  tint?: { color: Srgb; strength: number }
  texture?: Texture
  /** added to the task's own shine */
  shine: number
}

export interface HandLook {
  color: Srgb
  /** 1: fingers as wide and as thick as a small parallel gripper's */
  size: number
  /** share of what stays outside a seated part that the fingers cover, 0 to 1 */
  grip: number
}

export type LightLook = { color: Srgb; intensity: number } & (
  | { kind: 'ambient' }
  /** shines from `position` (m, base frame) at the receptacle's usual place, from infinitely far */
  | { kind: 'directional'; position: Vec3 }
  /** fades with the square of the distance, m */
  | { kind: 'point'; position: Vec3 }
)

export interface ClutterPiece {
  shape: 'box' | 'cylinder' | 'ball'
  /** middle of its foot on the table: m, base frame */
  foot: readonly [x: number, y: number]
  /** about the vertical, rad */
  yaw: number
  /** width, depth and height, m; a cylinder or ball takes the first as its diameter */
  size: Vec3
  color: Srgb
  shine: number
}

/** `plain`: one fixed look without clutter. `varied`: everything drawn anew, for training and for tests of what was learnt. */
export const LOOK_LEVELS = ['plain', 'varied'] as const
export type LookLevel = (typeof LOOK_LEVELS)[number]

/** Uniform numbers only, because normal ones take logarithms: the same colours and sizes in every JavaScript engine. */
export function drawLook(random: Random, level: LookLevel): Look {
  return level === 'plain' ? PLAIN : drawVaried(random)
}

const PLAIN: Look = {
  source: { shine: 0 },
  target: { shine: 0 },
  table: { tint: { color: [150, 140, 128], strength: 1 }, shine: 0 },
  hand: { color: [96, 99, 106], size: 1, grip: 0.45 },
  background: [205, 210, 215],
  lights: [
    { kind: 'ambient', color: [255, 255, 255], intensity: 0.9 },
    { kind: 'directional', color: [255, 250, 240], intensity: 1.8, position: [0.9, -0.7, 1.6] },
    { kind: 'point', color: [235, 240, 255], intensity: 0.4, position: [0.75, 0.45, 0.7] },
  ],
  clutter: [],
  cameraJitter: makePose([0, 0, 0]),
}

/** A camera's mounting is calibrated to about this, m and rad: standard hand–eye calibration of an arm. */
const CAMERA_JITTER = { translation: 2e-3, rotation: 0.003 }

function drawVaried(random: Random): Look {
  return {
    source: drawPartFinish(random.fork('source')),
    target: drawPartFinish(random.fork('target')),
    table: drawTable(random.fork('table')),
    hand: drawHand(random.fork('hand')),
    background: drawColor(random.fork('background'), 40, 240),
    lights: drawLights(random.fork('lights')),
    clutter: drawClutter(random.fork('clutter')),
    cameraJitter: drawCameraJitter(random.fork('camera')),
  }
}

const drawColor = (random: Random, low: number, high: number): Srgb => [
  Math.floor(random.uniform(low, high)),
  Math.floor(random.uniform(low, high)),
  Math.floor(random.uniform(low, high)),
]

function drawPartFinish(random: Random): SurfaceLook {
  const texture: Texture = {
    pattern: pick(random, PATTERNS),
    contrast: random.uniform(0.05, 0.35),
    tile: random.uniform(0.03, 0.08),
    seed: random.uint32(),
  }
  return {
    tint: { color: drawColor(random, 30, 235), strength: random.uniform(0, 0.7) },
    shine: random.uniform(-0.2, 0.2),
    ...(random.chance(0.6) ? { texture } : {}),
  }
}

function drawTable(random: Random): SurfaceLook {
  const texture: Texture = {
    pattern: pick(random, PATTERNS),
    contrast: random.uniform(0.1, 0.6),
    tile: random.uniform(0.15, 0.6),
    seed: random.uint32(),
  }
  return {
    tint: { color: drawColor(random, 50, 225), strength: 1 },
    shine: random.uniform(0, 0.3),
    ...(random.chance(0.8) ? { texture } : {}),
  }
}

function drawHand(random: Random): HandLook {
  const grey = random.uniform(50, 200)
  const [r, g, b] = [0, 1, 2].map(() => Math.floor(grey + random.uniform(-25, 25))) as [number, number, number]
  return { color: [r, g, b], size: random.uniform(0.7, 1.5), grip: random.uniform(0.25, 0.65) }
}

/** Where lights shine at, m, base frame: the receptacle's usual place. */
export const LIT_PLACE: Readonly<Vec3> = [0.5, 0, 0.1]

function drawLights(random: Random): LightLook[] {
  const warm = (): Srgb => {
    const warmth = random.uniform(-1, 1)
    return warmth > 0
      ? [255, Math.floor(255 - 25 * warmth), Math.floor(255 - 60 * warmth)]
      : [Math.floor(255 + 50 * warmth), Math.floor(255 + 18 * warmth), 255]
  }
  const above = (): Vec3 => [random.uniform(-0.6, 1.6), random.uniform(-1.2, 1.2), random.uniform(0.7, 1.8)]
  const lights: LightLook[] = [
    { kind: 'ambient', color: warm(), intensity: random.uniform(0.5, 1.2) },
    { kind: 'directional', color: warm(), intensity: random.uniform(0.8, 2.2), position: above() },
  ]
  if (random.chance(0.7)) {
    const position: Vec3 = [random.uniform(0.2, 0.9), random.uniform(-0.6, 0.6), random.uniform(0.5, 1)]
    lights.push({ kind: 'point', color: warm(), intensity: random.uniform(0.1, 0.6), position })
  }
  return lights
}

/** Clutter keeps this far from the receptacle's usual place, m: a moved receptacle reaches 0.1 m and is 0.05 m wide. */
const CLUTTER_NEAREST = 0.19

function drawClutter(random: Random): ClutterPiece[] {
  const pieces: ClutterPiece[] = []
  for (let left = random.integer(9); left > 0; left--) {
    const foot = [random.uniform(0.05, 0.72), random.uniform(-0.4, 0.4)] as const
    const [dx, dy] = [foot[0] - LIT_PLACE[0], foot[1] - LIT_PLACE[1]]
    const piece: ClutterPiece = {
      shape: pick(random, ['box', 'cylinder', 'ball']),
      foot,
      yaw: random.uniform(0, Math.PI),
      size: [random.uniform(0.015, 0.07), random.uniform(0.015, 0.07), random.uniform(0.01, 0.09)],
      color: drawColor(random, 20, 240),
      shine: random.uniform(0, 0.6),
    }
    if (dx * dx + dy * dy > CLUTTER_NEAREST * CLUTTER_NEAREST) pieces.push(piece)
  }
  return pieces
}

function drawCameraJitter(random: Random): Pose {
  const uniform3 = (range: number): Vec3 => [
    random.uniform(-range, range),
    random.uniform(-range, range),
    random.uniform(-range, range),
  ]
  const { translation, rotation } = CAMERA_JITTER
  return makePose(uniform3(translation), rotationVectorToQuat(uniform3(rotation)))
}

const pick = <T>(random: Random, values: readonly T[]): T => values[random.integer(values.length)] as T
