// Pictures for tests: a grey plate, and on it a peg of coloured balls, seen from half above.
import type { Frame } from '../demos/index.ts'
import {
  compose,
  type Intrinsics,
  invert,
  makePose,
  type Pose,
  type Rgbd,
  rotationVectorToQuat,
  transformPoint,
  type Vec3,
} from '../geometry/index.ts'

/** The target's z axis points up and towards the camera. */
const targetInCamera: Pose = makePose([0, 0.01, 0.25], rotationVectorToQuat([(3 * Math.PI) / 4, 0, 0]))

const BALLS: readonly { height: number; colour: Vec3 }[] = [
  { height: 0.004, colour: [220, 40, 40] },
  { height: 0.016, colour: [40, 200, 60] },
  { height: 0.028, colour: [50, 60, 220] },
  { height: 0.04, colour: [220, 200, 50] },
]
const RADIUS = 0.008
/** half the plate's width, m */
const PLATE = 0.03

export const exampleCamera: Intrinsics = { width: 48, height: 40, fx: 70, fy: 70, cx: 23.5, cy: 19.5 }

/** A frame whose picture shows the source where it is, whatever the poses say: they are off by `error`. */
export function picturedFrame(stamp: number, sourceInTarget: Pose, error: Pose = makePose([0, 0, 0])): Frame {
  return {
    stamp,
    targetInCamera,
    sourceInCamera: compose(targetInCamera, compose(sourceInTarget, error)),
    eeInBase: makePose([0.4, 0, 0.3]),
    cameraInBase: makePose([0, 0, 1]),
    rgbd: examplePicture(sourceInTarget),
  }
}

/** Casts a ray through every pixel. */
export function examplePicture(sourceInTarget: Pose, camera: Intrinsics = exampleCamera): Rgbd {
  const { width, height, fx, fy, cx, cy } = camera
  const cameraInTarget = invert(targetInCamera)
  const eye = cameraInTarget.position
  const balls = BALLS.map(({ height: z, colour }) => ({ centre: transformPoint(sourceInTarget, [0, 0, z]), colour }))
  const rgb = new Uint8Array(width * height * 3)
  const depth = new Float32Array(width * height)
  for (let i = 0; i < width * height; i++) {
    const ray: Vec3 = [((i % width) - cx) / fx, (Math.floor(i / width) - cy) / fy, 1]
    const through = transformPoint(cameraInTarget, ray)
    const direction: Vec3 = [through[0] - eye[0], through[1] - eye[1], through[2] - eye[2]]
    let [nearest, colour] = [Number.POSITIVE_INFINITY, [90, 90, 90] as Vec3]
    const onPlate = -eye[2] / direction[2]
    const [x, y] = [eye[0] + onPlate * direction[0], eye[1] + onPlate * direction[1]]
    if (onPlate > 0 && Math.max(Math.abs(x), Math.abs(y)) < PLATE) nearest = onPlate
    for (const ball of balls) {
      const hit = hitBall(eye, direction, ball.centre)
      if (hit < nearest) [nearest, colour] = [hit, ball.colour]
    }
    if (nearest === Number.POSITIVE_INFINITY) continue
    depth[i] = nearest
    rgb.set(colour, 3 * i)
  }
  return { intrinsics: camera, rgb, depth }
}

/** The least t at which eye + t·direction is on the ball; Infinity for a ray that misses it. */
function hitBall(eye: Readonly<Vec3>, direction: Readonly<Vec3>, centre: Readonly<Vec3>): number {
  const to = [centre[0] - eye[0], centre[1] - eye[1], centre[2] - eye[2]] as const
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, i) => sum + value * (b[i] as number), 0)
  const [a, b, c] = [dot(direction, direction), dot(direction, to), dot(to, to) - RADIUS ** 2]
  const root = b * b - a * c
  return root < 0 ? Number.POSITIVE_INFINITY : (b - Math.sqrt(root)) / a
}
