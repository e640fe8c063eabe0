// ROS messages, as rosbridge writes them, to and from our types: poses in metres and unit quaternions, time in seconds.
//
// `decode…` takes what arrived and believes nothing: it throws a RangeError that names the message's type, the field,
// what was got and what was expected. ROS 1 and ROS 2 are told apart by what is there. `encode…` throws the same way
// before anything is sent, because rosbridge turns a missing or wrong field into 0 without a word, and z = 0 is a place.
import type { Wrench } from '../control/robot.ts'
import { type Intrinsics, makePose, type Pose, type Quat, rotateVector, type Vec3 } from '../geometry/index.ts'
import { Field } from './message-field.ts'

export type RosVersion = 1 | 2

/** When something was so, s, and in which frame it is expressed. */
export interface Stamped {
  stamp: number
  frame: string
}
export interface StampedPose extends Stamped {
  pose: Pose
}
/** `pose` is the child frame's, in the frame. */
export interface StampedTransform extends StampedPose {
  childFrame: string
}
export interface StampedWrench extends Stamped {
  wrench: Wrench
}
export interface Velocity {
  /** m/s */
  linear: Vec3
  /** rad/s */
  angular: Vec3
}
export interface StampedVelocity extends Stamped {
  velocity: Velocity
}
export interface Detection extends StampedPose {
  /** of its class, and of the very object where the detector tells objects apart */
  classId: string
  trackingId?: string
  /** 0 to 1 */
  confidence: number
}
export interface Joints {
  stamp: number
  names: string[]
  /** rad or m */
  positions: number[]
  /** rad/s or m/s; empty when unknown, as are efforts */
  velocities: number[]
  /** N·m or N */
  efforts: number[]
}
export interface Joystick {
  stamp: number
  /** −1 to 1 */
  axes: number[]
  buttons: boolean[]
}

// Names of types

/** `geometry_msgs/PoseStamped` as that version of ROS calls it: `geometry_msgs/msg/PoseStamped` in ROS 2. */
export function typeName(type: string, ros: RosVersion, kind: 'msg' | 'srv' = 'msg'): string {
  const [pack, name] = plainTypeName(type).split('/')
  return ros === 1 ? `${pack}/${name}` : `${pack}/${kind}/${name}`
}

/** `geometry_msgs/msg/PoseStamped` and `geometry_msgs/PoseStamped` are the same type: the latter. */
export function plainTypeName(type: string): string {
  const parts = type.split('/')
  if (parts.length === 3) parts.splice(1, 1)
  if (parts.length !== 2 || parts.some((part) => !part)) {
    throw new RangeError(`expected a type like geometry_msgs/PoseStamped, got "${type}"`)
  }
  return parts.join('/')
}

/** The same of what somebody else says: what is no type, like the `*` of a rosapi that does not know it, stays as it is. */
export function plainIfType(type: string): string {
  try {
    return plainTypeName(type)
  } catch {
    return type
  }
}

/** Whether a rosapi says nothing of a topic's type. */
export const isUnknownType = (type: string): boolean => type === '' || type === '*'

// Time

const BILLION = 1e9

/** Seconds of a stamp of either version. A double holds a time since 1970 to 0.24 µs. */
export function decodeTime(time: unknown, type = 'std_msgs/Header'): number {
  return timeOf(new Field(type, time, 'stamp'))
}

function timeOf(field: Field): number {
  return field.either('secs', 'sec').count() + field.either('nsecs', 'nanosec').count() / BILLION
}

/** To the nearest nanosecond. Throws a RangeError for a time that ROS cannot write. */
export function encodeTime(seconds: number, ros: RosVersion) {
  let sec = Math.floor(seconds)
  let nanosec = Math.round((seconds - sec) * BILLION)
  if (nanosec === BILLION) {
    sec += 1
    nanosec = 0
  }
  const most = ros === 1 ? 2 ** 32 - 1 : 2 ** 31 - 1
  if (!(sec >= 0 && sec <= most)) {
    throw new RangeError(`std_msgs/Header stamp: expected 0 to ${most} s, got ${seconds}`)
  }
  return ros === 1 ? { secs: sec, nsecs: nanosec } : { sec, nanosec }
}

/** The header of a message that has one. */
export const stampedOf = (message: Field): Stamped => ({
  stamp: timeOf(message.get('header').get('stamp')),
  frame: message.get('header').get('frame_id').string(),
})

export function decodeHeader(message: unknown): Stamped & { seq?: number } {
  const header = new Field('std_msgs/Header', message)
  const stamped = { stamp: timeOf(header.get('stamp')), frame: header.get('frame_id').string() }
  const seq = header.get('seq')
  return seq.missing ? stamped : { ...stamped, seq: seq.count() }
}

/** Without a stamp, rosbridge fills in the time at which it publishes. ROS 2 has no `seq`, and refuses one. */
export function encodeHeader({ stamp, frame, seq }: { stamp?: number; frame: string; seq?: number }, ros: RosVersion) {
  if (seq !== undefined && ros === 2) throw new RangeError('std_msgs/Header seq: expected none in ROS 2, got one')
  return {
    ...(seq !== undefined && { seq: new Field('std_msgs/Header', seq, 'seq').count() }),
    ...(stamp !== undefined && { stamp: encodeTime(stamp, ros) }),
    frame_id: new Field('std_msgs/Header', frame, 'frame_id').string(),
  }
}

/** Of a message that must say when and where. */
const headerOf = ({ stamp, frame }: Stamped, ros: RosVersion) => encodeHeader({ stamp, frame }, ros)

// Poses

/** How far a quaternion's length may be off 1: 32-bit numbers round, zeros and NaN are neither. */
const UNIT_TOLERANCE = 1e-3

const vectorOf = (field: Field): Vec3 => [field.get('x').number(), field.get('y').number(), field.get('z').number()]

function quaternionOf(field: Field): Quat {
  const quat: Quat = [...vectorOf(field), field.get('w').number()]
  const length = Math.hypot(...quat)
  if (Math.abs(length - 1) > UNIT_TOLERANCE) {
    field.fail('a quaternion of length 1', `[${quat.join(', ')}] of length ${Number(length.toPrecision(6))}`)
  }
  return quat
}

const poseOf = (field: Field, position = 'position', orientation = 'orientation'): Pose =>
  makePose(vectorOf(field.get(position)), quaternionOf(field.get(orientation)))

function encodeVector(vector: Readonly<Vec3>, type: string, path: string) {
  const [x, y, z] = new Field(type, vector, path).numbers(3) as Vec3
  return { x, y, z }
}

function encodeQuaternion(quat: Readonly<Quat>, type: string, path: string) {
  const [x, y, z, w] = new Field(type, quat, path).numbers(4) as Quat
  const message = { x, y, z, w }
  quaternionOf(new Field(type, message, path))
  return message
}

export function decodePoseStamped(message: unknown): StampedPose {
  const field = new Field('geometry_msgs/PoseStamped', message)
  return { ...stampedOf(field), pose: poseOf(field.get('pose')) }
}

export function encodePoseStamped(stamped: StampedPose, ros: RosVersion) {
  const { position, orientation } = stamped.pose
  const type = 'geometry_msgs/PoseStamped'
  return {
    header: headerOf(stamped, ros),
    pose: {
      position: encodeVector(position, type, 'pose.position'),
      orientation: encodeQuaternion(orientation, type, 'pose.orientation'),
    },
  }
}

const transformOf = (field: Field): StampedTransform => ({
  ...stampedOf(field),
  childFrame: field.get('child_frame_id').string(),
  pose: poseOf(field.get('transform'), 'translation', 'rotation'),
})

export function decodeTransformStamped(message: unknown): StampedTransform {
  return transformOf(new Field('geometry_msgs/TransformStamped', message))
}

export function encodeTransformStamped(stamped: StampedTransform, ros: RosVersion) {
  const { position, orientation } = stamped.pose
  const type = 'geometry_msgs/TransformStamped'
  return {
    header: headerOf(stamped, ros),
    child_frame_id: new Field(type, stamped.childFrame, 'child_frame_id').string(),
    transform: {
      translation: encodeVector(position, type, 'transform.translation'),
      rotation: encodeQuaternion(orientation, type, 'transform.rotation'),
    },
  }
}

/**
 * Each transform by itself: many nodes share a topic of transforms, and what is wrong with those of one says nothing of the
 * others'. Throws a RangeError for what is no list.
 */
export function decodeTFMessage(message: unknown): {
  sound: StampedTransform[]
  wrong: { childFrame: unknown; problem: RangeError }[]
} {
  const sound: StampedTransform[] = []
  const wrong: { childFrame: unknown; problem: RangeError }[] = []
  for (const field of new Field('tf2_msgs/TFMessage', message).get('transforms').list()) {
    try {
      sound.push(transformOf(field))
    } catch (problem) {
      if (!(problem instanceof RangeError)) throw problem
      wrong.push({ childFrame: (field.value as { child_frame_id?: unknown } | null)?.child_frame_id, problem })
    }
  }
  return { sound, wrong }
}

export const encodeTFMessage = (transforms: readonly StampedTransform[], ros: RosVersion) => ({
  transforms: transforms.map((transform) => encodeTransformStamped(transform, ros)),
})

// Detections

/**
 * Each detection by the likeliest of its hypotheses. A hypothesis is `{ hypothesis: { class_id, score }, pose }` in ROS 2 and
 * `{ id, score, pose }` in ROS 1 and in ROS 2 until Foxy.
 *
 * Isaac ROS writes poses into `bbox.center`: FoundationPose without a hypothesis at first, later with one of score 0 and no
 * class, its scored detectors with hypotheses whose pose is left at the identity. Where an object cannot be, in the camera
 * itself, it is looked for there. With a box one that has neither class nor score counts as seen: nobody has written them. A
 * detection without any pose is none.
 */
export function decodeDetection3DArray(message: unknown): Detection[] {
  const field = new Field('vision_msgs/Detection3DArray', message)
  const array = stampedOf(field)
  return field
    .get('detections')
    .list()
    .flatMap((detection) => {
      const [first, ...others] = detection.get('results').list().map(hypothesisOf)
      const best = first && others.reduce((a, b) => (b.confidence > a.confidence ? b : a), first)
      const written = best && !isUnwritten(best.pose) ? best.pose : undefined
      const isScored = best !== undefined && (best.classId !== '' || best.confidence > 0)
      // Boxes of others need not be sound.
      const centre = written && isScored ? undefined : centreOf(detection.get('bbox'))
      const pose = written ?? centre
      if (!pose) return []
      // Many detectors fill in the header of the array only.
      const own = detection.get('header').missing ? array : stampedOf(detection)
      const header = { stamp: own.stamp || array.stamp, frame: own.frame || array.frame }
      const id = detection.get('id')
      const trackingId = id.missing || id.value === '' ? {} : { trackingId: id.string() }
      const confidence = isScored || !centre ? (best?.confidence ?? 1) : 1
      return [{ ...header, classId: best?.classId ?? '', confidence, pose, ...trackingId }]
    })
}

/** The pose of a bounding box's middle, if it was written. */
function centreOf(box: Field): Pose | undefined {
  if (box.missing || box.get('center').missing) return undefined
  const centre = box.get('center')
  // Boxes that nobody filled in have no orientation in ROS 1.
  const { x, y, z, w } = (centre.get('orientation').value ?? {}) as Record<string, unknown>
  if ([x, y, z, w].every((value) => value === 0)) return undefined
  const pose = poseOf(centre)
  return isUnwritten(pose) ? undefined : pose
}

/** What ROS 2 has where nothing was written: exactly the identity. */
const isUnwritten = ({ position, orientation: [x, y, z] }: Pose): boolean =>
  [...position, x, y, z].every((value) => value === 0)

function hypothesisOf(result: Field): { classId: string; confidence: number; pose: Pose } {
  const nested = result.get('hypothesis')
  const hypothesis = nested.missing ? result : nested
  const id = hypothesis.either('class_id', 'id')
  // a number in ROS 1
  const classId = typeof id.value === 'string' ? id.value : String(id.number())
  return {
    classId,
    confidence: Math.min(1, Math.max(0, hypothesis.get('score').number())),
    pose: poseOf(result.get('pose').get('pose')),
  }
}

/** All of one stamp and frame, the first one's; class ids are whole numbers in ROS 1. */
export function encodeDetection3DArray(detections: readonly Detection[], header: Stamped, ros: RosVersion) {
  const covariance = new Array<number>(36).fill(0)
  const identity = encodePoseStamped({ ...header, pose: makePose([0, 0, 0]) }, ros).pose
  return {
    header: headerOf(header, ros),
    detections: detections.map((detection) => {
      const { header: own, pose } = encodePoseStamped(detection, ros)
      const { classId, confidence: score, trackingId = '' } = detection
      const withCovariance = { pose, covariance }
      // The size of the box is not ours to know.
      const bbox = { center: identity, size: { x: 0, y: 0, z: 0 } }
      return ros === 1
        ? { header: own, results: [{ id: numericId(classId), score, pose: withCovariance }], bbox }
        : {
            header: own,
            results: [{ hypothesis: { class_id: classId, score }, pose: withCovariance }],
            bbox,
            id: trackingId,
          }
    }),
  }
}

function numericId(classId: string): number {
  const id = Number(classId)
  if (/^-?\d+$/.test(classId) && Number.isSafeInteger(id)) return id
  throw new RangeError(`vision_msgs/Detection3DArray id: expected a whole number in ROS 1, got "${classId}"`)
}

export const OBJECT_POSE_TYPES = [
  'geometry_msgs/PoseStamped',
  'vision_msgs/Detection3DArray',
  'tf2_msgs/TFMessage',
] as const
export type ObjectPoseType = (typeof OBJECT_POSE_TYPES)[number]

/**
 * The pose of one object, as any of these types tell it; undefined when the message is not about it. `id` is the child
 * frame of a transform, or the class or tracking id of a detection; of several that fit, the likeliest counts. Throws a
 * RangeError when no id says which of several detections is meant.
 */
export function decodeObjectPose(
  type: ObjectPoseType,
  message: unknown,
  id?: string,
): (StampedPose & { confidence: number }) | undefined {
  if (type === 'geometry_msgs/PoseStamped') return { ...decodePoseStamped(message), confidence: 1 }
  if (type === 'tf2_msgs/TFMessage') {
    const { sound, wrong } = decodeTFMessage(message)
    const isIt = ({ childFrame }: { childFrame: unknown }) =>
      typeof childFrame === 'string' && sameFrame(childFrame, id ?? '')
    const problem = wrong.find(isIt)?.problem
    if (problem) throw problem
    const found = sound.find(isIt)
    return found && { stamp: found.stamp, frame: found.frame, pose: found.pose, confidence: 1 }
  }
  const detections = decodeDetection3DArray(message)
  if (id === undefined && detections.length > 1) {
    const ids = detections.map(({ classId, trackingId }) => trackingId ?? (classId || 'one without id'))
    throw new RangeError(
      `${type} detections: expected one, for the profile names no id, got ${detections.length}: ${ids.join(', ')}`,
    )
  }
  const fitting = detections.filter(
    ({ classId, trackingId }) => id === undefined || id === classId || id === trackingId,
  )
  const [first, ...others] = fitting
  if (!first) return undefined
  const best = others.reduce((a, b) => (b.confidence > a.confidence ? b : a), first)
  return { stamp: best.stamp, frame: best.frame, pose: best.pose, confidence: best.confidence }
}

/** ROS 1 writes some frames with a leading slash, which tf2 does away with. */
export const sameFrame = (a: string, b: string): boolean => a.replace(/^\//, '') === b.replace(/^\//, '')

// Forces

export function decodeWrenchStamped(message: unknown): StampedWrench {
  const field = new Field('geometry_msgs/WrenchStamped', message)
  const wrench = field.get('wrench')
  return {
    ...stampedOf(field),
    wrench: { force: vectorOf(wrench.get('force')), torque: vectorOf(wrench.get('torque')) },
  }
}

export function encodeWrenchStamped(stamped: StampedWrench, ros: RosVersion) {
  const { force, torque } = stamped.wrench
  const type = 'geometry_msgs/WrenchStamped'
  return {
    header: headerOf(stamped, ros),
    wrench: {
      force: encodeVector(force, type, 'wrench.force'),
      torque: encodeVector(torque, type, 'wrench.torque'),
    },
  }
}

/** The same wrench at another origin and in other axes: `f′ = R f`, `τ′ = R τ + p × f′`. */
export function wrenchIn({ position: p, orientation }: Pose, { force, torque }: Wrench): Wrench {
  const f = rotateVector(orientation, force)
  const t = rotateVector(orientation, torque)
  return {
    force: f,
    torque: [t[0] + p[1] * f[2] - p[2] * f[1], t[1] + p[2] * f[0] - p[0] * f[2], t[2] + p[0] * f[1] - p[1] * f[0]],
  }
}

// Velocities

const velocityOf = (field: Field): Velocity => ({
  linear: vectorOf(field.get('linear')),
  angular: vectorOf(field.get('angular')),
})

export function decodeTwist(message: unknown): Velocity {
  return velocityOf(new Field('geometry_msgs/Twist', message))
}

export const encodeTwist = ({ linear, angular }: Velocity, type = 'geometry_msgs/Twist', path = '') => ({
  linear: encodeVector(linear, type, `${path}linear`),
  angular: encodeVector(angular, type, `${path}angular`),
})

export function decodeTwistStamped(message: unknown): StampedVelocity {
  const field = new Field('geometry_msgs/TwistStamped', message)
  return { ...stampedOf(field), velocity: velocityOf(field.get('twist')) }
}

export const encodeTwistStamped = (stamped: StampedVelocity, ros: RosVersion) => ({
  header: headerOf(stamped, ros),
  twist: encodeTwist(stamped.velocity, 'geometry_msgs/TwistStamped', 'twist.'),
})

// Joints and joysticks

export function decodeJointState(message: unknown): Joints {
  const field = new Field('sensor_msgs/JointState', message)
  const names = field
    .get('name')
    .list()
    .map((name) => name.string())
  // What a driver does not know is left out, or NaN, which JSON makes null.
  const optional = (name: string) => {
    const values = field.get(name).list()
    return values.some(({ value }) => value === null || Number.isNaN(value)) || values.length === 0
      ? []
      : field.get(name).numbers(names.length)
  }
  return {
    stamp: stampedOf(field).stamp,
    names,
    positions: field.get('position').numbers(names.length),
    velocities: optional('velocity'),
    efforts: optional('effort'),
  }
}

export function encodeJointState({ stamp, names, positions, velocities, efforts }: Joints, ros: RosVersion) {
  const message = {
    header: headerOf({ stamp, frame: '' }, ros),
    name: [...names],
    position: [...positions],
    velocity: [...velocities],
    effort: [...efforts],
  }
  decodeJointState(message)
  return message
}

export function decodeJoy(message: unknown): Joystick {
  const field = new Field('sensor_msgs/Joy', message)
  return { stamp: stampedOf(field).stamp, axes: field.get('axes').numbers(), buttons: decodeButtons(message) }
}

/** Which buttons of a joystick are held, also of one whose axes or stamp make no sense. */
export const decodeButtons = (message: unknown): boolean[] =>
  new Field('sensor_msgs/Joy', message)
    .get('buttons')
    .numbers()
    .map((button) => button !== 0)

export const encodeJoy = ({ stamp, axes, buttons }: Joystick, ros: RosVersion) => ({
  header: headerOf({ stamp, frame: '' }, ros),
  axes: new Field('sensor_msgs/Joy', axes, 'axes').numbers(),
  buttons: buttons.map(Number),
})

// Values by themselves

export const decodeBool = (message: unknown): boolean => new Field('std_msgs/Bool', message).get('data').boolean()
export const encodeBool = (data: boolean) => ({ data })
export const decodeString = (message: unknown): string => new Field('std_msgs/String', message).get('data').string()
export const encodeString = (data: string) => ({ data })
export const decodeFloat64 = (message: unknown): number => new Field('std_msgs/Float64', message).get('data').number()
export const encodeFloat64 = (data: number) => ({ data: new Field('std_msgs/Float64', data, 'data').number() })
export const decodeFloat64MultiArray = (message: unknown): number[] =>
  new Field('std_msgs/Float64MultiArray', message).get('data').numbers()
export const encodeFloat64MultiArray = (data: readonly number[]) => ({
  layout: { dim: [], data_offset: 0 },
  data: new Field('std_msgs/Float64MultiArray', data, 'data').numbers(),
})

/** What a service of type std_srvs/Trigger answers; it is asked with `{}`. */
export interface TriggerResponse {
  success: boolean
  message: string
}

export function decodeTriggerResponse(response: unknown): TriggerResponse {
  const field = new Field('std_srvs/Trigger', response)
  return { success: field.get('success').boolean(), message: field.get('message').string() }
}

// Cameras

/** A distortion that moves no pixel by more than this is none, pixels. */
const NEGLIGIBLE_SHIFT = 0.5

export interface CameraInfoOptions {
  /** the pictures were rectified, as by image_proc: then the projection matrix P counts, and distortion is gone */
  rectified?: boolean | undefined
}

/**
 * A pinhole camera. Distorted pictures are refused, for a millimetre is a pixel: rectify them (image_proc), and set
 * `rectified`. A distortion of less than half a pixel anywhere in the picture is none.
 */
export function decodeCameraInfo(
  message: unknown,
  { rectified = false }: CameraInfoOptions = {},
): Stamped & { intrinsics: Intrinsics } {
  const field = new Field('sensor_msgs/CameraInfo', message)
  const matrix = rectified ? field.either('P', 'p') : field.either('K', 'k')
  const m = matrix.numbers(rectified ? 12 : 9) as [number, number, number, number, number, number, number, number]
  const [fx, skew, cx] = m
  const [fy, cy] = rectified ? [m[5], m[6]] : [m[4], m[5]]
  const [width, height] = [field.get('width').count(), field.get('height').count()]
  if (!(width > 0 && height > 0)) field.get('width').fail('a picture’s size', `${width}×${height}`)
  if (!(fx > 0 && fy > 0)) matrix.fail('focal lengths above 0; calibrate the camera', `${fx} and ${fy}`)
  if (skew !== 0) matrix.fail('no skew', `${skew}`)
  refuseWindows(field)
  const intrinsics = { width, height, fx, fy, cx, cy }
  if (!rectified) refuseDistortion(field, intrinsics)
  return { ...stampedOf(field), intrinsics }
}

/** Pictures that were cut or shrunk inside the driver: their intrinsics would need more than the matrix. */
function refuseWindows(field: Field): void {
  for (const name of ['binning_x', 'binning_y']) {
    const binning = field.get(name)
    if (!binning.missing && binning.count() > 1) binning.fail('0 or 1: have the driver send whole pictures')
  }
  const roi = field.get('roi')
  if (roi.missing) return
  for (const name of ['x_offset', 'y_offset']) {
    if (roi.get(name).count() > 0) roi.get(name).fail('0: have the driver send whole pictures')
  }
}

function refuseDistortion(field: Field, { width, height, fx, fy, cx, cy }: Intrinsics): void {
  const distortion = field.either('D', 'd')
  const coefficients = distortion.numbers()
  if (coefficients.every((value) => value === 0)) return
  const remedy = 'none; rectify the pictures (image_proc), name the rectified topics, and set camera.rectified'
  const model = field.get('distortion_model').string()
  if (model !== 'plumb_bob' && model !== 'rational_polynomial') distortion.fail(remedy, `${model} [${coefficients}]`)
  const [k1 = 0, k2 = 0, p1 = 0, p2 = 0, k3 = 0, k4 = 0, k5 = 0, k6 = 0] = coefficients
  let largest = 0
  for (let i = 0; i <= 16; i++) {
    for (let j = 0; j <= 16; j++) {
      const [x, y] = [((width - 1) * (i / 16) - cx) / fx, ((height - 1) * (j / 16) - cy) / fy]
      const r2 = x * x + y * y
      const radial = (1 + r2 * (k1 + r2 * (k2 + r2 * k3))) / (1 + r2 * (k4 + r2 * (k5 + r2 * k6)))
      const u = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x) - x
      const v = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y - y
      largest = Math.max(largest, Math.hypot(fx * u, fy * v))
    }
  }
  if (!(largest <= NEGLIGIBLE_SHIFT)) {
    distortion.fail(remedy, `${model} [${coefficients}], which moves pixels by up to ${largest.toFixed(1)}`)
  }
}

export function encodeCameraInfo({ intrinsics, ...stamped }: Stamped & { intrinsics: Intrinsics }, ros: RosVersion) {
  const { width, height, fx, fy, cx, cy } = intrinsics
  const [d, k, r, p] = [
    [0, 0, 0, 0, 0],
    [fx, 0, cx, 0, fy, cy, 0, 0, 1],
    [1, 0, 0, 0, 1, 0, 0, 0, 1],
    [fx, 0, cx, 0, 0, fy, cy, 0, 0, 0, 1, 0],
  ]
  const message = {
    header: headerOf(stamped, ros),
    height,
    width,
    distortion_model: 'plumb_bob',
    ...(ros === 1 ? { D: d, K: k, R: r, P: p } : { d, k, r, p }),
    binning_x: 0,
    binning_y: 0,
    roi: { x_offset: 0, y_offset: 0, height: 0, width: 0, do_rectify: false },
  }
  decodeCameraInfo(message)
  return message
}
