// Which streams a profile names, and what is to be expected of each.
import { decodeGuardState } from './guard-state.ts'
import {
  decodeCameraInfo,
  decodeHeader,
  decodeJointState,
  decodeJoy,
  decodePoseStamped,
  decodeTransformStamped,
  decodeWrenchStamped,
  type Stamped,
} from './messages.ts'
import { decodeColour, decodeDepth } from './pictures.ts'
import type { Profile } from './profile.ts'
import { expectButtons, type ProfileReader } from './profile-reader.ts'

/** What a look at a whole message found. */
export interface Examined {
  /** in a few words */
  words: string
  /** of a picture, pixels */
  size?: { width: number; height: number }
}

export interface Stream {
  /** for people */
  name: string
  topic: string
  /** as in ROS 1 */
  type: string
  /** where the profile names it */
  field: string
  /** whether it may be silent: buttons that nobody pressed */
  quiet?: boolean
  /** whether it may be absent */
  optional?: boolean
  /** Hz */
  leastRate?: number
  /** age on arrival beyond which it is of no use, s */
  mostAge?: number
  /** that it must be expressed in */
  frame?: string
  /** When and where; undefined when the message is about something else. Throws a RangeError for what is wrong. */
  read(message: unknown): Stamped | undefined
  /** All of one message. Throws a RangeError for what is wrong. */
  examine?(message: unknown): Examined
  /** what to do when `examine` throws, if not its node is to blame */
  remedy?: string
}

/** The stamp of messages that have a header, whatever else they hold. */
const headerOf = (message: unknown): Stamped => decodeHeader((message as { header?: unknown } | null)?.header)

/** `reader` reads what moves through transforms. */
export function streamsOf(profile: Profile, reader: ProfileReader): Stream[] {
  const { frames, leastRate, limits, objects, camera, wrench, joints, guard, stop, joystick } = profile
  const age = { mostAge: limits.staleAfter }
  const poseAge = { mostAge: limits.poseStaleAfter }
  const streams: Stream[] = [eeStream(profile, reader)]
  for (const name of ['source', 'target'] as const) {
    const { topic, type } = objects[name]
    streams.push({
      name,
      topic,
      type,
      field: `objects.${name}`,
      leastRate: leastRate.objects,
      ...poseAge,
      frame: frames.camera,
      read: (message) => reader.objectAnywhere(name, message),
    })
  }
  if (wrench) {
    streams.push({
      name: 'wrench',
      ...wrench,
      field: 'wrench',
      ...(leastRate.wrench !== undefined && { leastRate: leastRate.wrench }),
      ...age,
      read: decodeWrenchStamped,
      examine: (message) => {
        const { force, torque } = decodeWrenchStamped(message).wrench
        return { words: `${Math.hypot(...force).toFixed(1)} N, ${Math.hypot(...torque).toFixed(2)} N·m` }
      },
    })
  }
  if (joints) {
    streams.push({
      name: 'joints',
      ...joints,
      field: 'joints',
      ...age,
      read: (message) => ({ stamp: decodeJointState(message).stamp, frame: '' }),
    })
  }
  if (camera) streams.push(...cameraStreams(camera, profile))
  if (guard) {
    streams.push({
      name: 'guard',
      topic: guard.state,
      type: 'std_msgs/String',
      field: 'guard.state',
      leastRate: 10,
      read: () => undefined,
      examine: (message) => ({ words: decodeGuardState(message).state }),
    })
  }
  if (stop) streams.push({ name: 'stop', ...stop, field: 'stop', quiet: true, optional: true, read: () => undefined })
  if (joystick) {
    const { topic, type } = joystick
    const read = (message: unknown) => ({ stamp: decodeJoy(message).stamp, frame: '' })
    const examine = (message: unknown) => {
      const { buttons } = decodeJoy(message)
      expectButtons(buttons, joystick)
      return { words: `${buttons.length} buttons` }
    }
    const remedy = 'plug in the joystick that was meant, or correct joystick in the profile'
    streams.push({ name: 'joystick', topic, type, field: 'joystick', quiet: true, read, examine, remedy })
  }
  return streams
}

function eeStream({ ee, frames, leastRate, limits }: Profile, reader: ProfileReader): Stream {
  let newest = Number.NEGATIVE_INFINITY
  const found = (message: unknown): Stamped | undefined => {
    reader.takeTransforms(ee.topic, message)
    const stamp = reader.ee(message)?.stamp
    // One message moves one link of many: the end effector has moved when the oldest of them has.
    if (stamp === undefined || stamp === newest) return undefined
    newest = stamp
    return { stamp, frame: frames.base }
  }
  const read = {
    'geometry_msgs/PoseStamped': decodePoseStamped,
    'geometry_msgs/TransformStamped': decodeTransformStamped,
    'tf2_msgs/TFMessage': found,
  }[ee.type]
  return {
    name: 'end effector',
    ...ee,
    field: 'ee',
    leastRate: leastRate.ee,
    mostAge: limits.staleAfter,
    frame: frames.base,
    read,
  }
}

function cameraStreams({ colour, depth, info, rectified }: NonNullable<Profile['camera']>, profile: Profile): Stream[] {
  const { leastRate, limits, frames } = profile
  const common = {
    ...(leastRate.camera !== undefined && { leastRate: leastRate.camera }),
    mostAge: limits.poseStaleAfter,
    frame: frames.camera,
    read: headerOf,
  }
  return [
    {
      ...common,
      name: 'colour',
      ...colour,
      field: 'camera.colour',
      examine: (message) => {
        const { width, height } = decodeColour(colour.type, message)
        return { words: `${width}×${height}`, size: { width, height } }
      },
    },
    {
      ...common,
      name: 'depth',
      ...depth,
      field: 'camera.depth',
      examine: (message) => {
        const picture = decodeDepth(depth.type, message)
        const readings = picture.depth.filter((z) => z > 0).sort()
        const { width, height } = picture
        const middle = readings[Math.floor(readings.length / 2)]
        if (middle === undefined) throw new RangeError(`${depth.type} data: expected depth, got no reading at all`)
        return { words: `${width}×${height}, ${middle.toFixed(2)} m in the median`, size: { width, height } }
      },
    },
    {
      ...common,
      name: 'camera info',
      ...info,
      field: 'camera.info',
      examine: (message) => {
        const { width, height, fx } = decodeCameraInfo(message, { rectified }).intrinsics
        return { words: `${width}×${height}, focal length ${fx.toFixed(0)} pixels`, size: { width, height } }
      },
    },
  ]
}
