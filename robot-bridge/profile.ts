// An arm's profile: everything that differs from one ROS robot to the next, in one validated file.
import { z } from 'zod'
import { Limits } from '../control/limits.ts'
import { WrittenPose } from './written-pose.ts'

/** A ROS name, with or without a leading slash. */
const topic = z.string().regex(/^\/?[A-Za-z~][\w/~]*$/, 'expected the name of a topic, like /tracking/output')
const frame = z.string().min(1)
const positive = z.number().positive()

/**
 * Where an object's pose comes from. `id`: which detection or child frame it is, where a topic tells of several. `partInTracked`:
 * the part's frame, at its tip or mouth, in that of the model that is tracked; the same when left out. `symmetry`: in how many
 * ways it looks the same, turned about its z axis, `round` if in all
 */
const objectPose = z.strictObject({
  topic,
  type: z.enum(['geometry_msgs/PoseStamped', 'vision_msgs/Detection3DArray', 'tf2_msgs/TFMessage']),
  id: z.string().optional(),
  partInTracked: WrittenPose.optional(),
  symmetry: z.union([z.int().min(1), z.literal('round')]).optional(),
})

const fields = z.strictObject({
  name: z.string().min(1),
  /** one sentence, and what the arm's own watchdog does when commands stop */
  description: z.string(),
  watchdog: z.string().min(1),
  /** of stamps and type names */
  ros: z.union([z.literal(1), z.literal(2)]),
  frames: z.strictObject({ base: frame, ee: frame, camera: frame }),
  /**
   * What the arm obeys. `pose`: it goes to that pose of the end effector in the base; `twist`: it moves at the velocity
   * that a proportional law gives for the way there, gains in 1/s
   */
  command: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('pose'), topic, type: z.literal('geometry_msgs/PoseStamped'), rate: positive }),
    z.strictObject({
      kind: z.literal('twist'),
      topic,
      type: z.literal('geometry_msgs/TwistStamped'),
      rate: positive,
      gain: z.strictObject({ linear: positive, angular: positive }),
    }),
  ]),
  /** where the end effector is, in the base */
  ee: z.strictObject({
    topic,
    type: z.enum(['geometry_msgs/PoseStamped', 'geometry_msgs/TransformStamped', 'tf2_msgs/TFMessage']),
  }),
  /** what acts on the part; `reversed`: its topic tells what the arm exerts instead, with the opposite sign */
  wrench: z
    .strictObject({
      topic,
      type: z.literal('geometry_msgs/WrenchStamped'),
      frame,
      reversed: z.boolean().optional(),
    })
    .optional(),
  joints: z.strictObject({ topic, type: z.literal('sensor_msgs/JointState') }).optional(),
  objects: z.strictObject({ source: objectPose, target: objectPose }),
  camera: z
    .strictObject({
      colour: z.strictObject({ topic, type: z.enum(['sensor_msgs/Image', 'sensor_msgs/CompressedImage']) }),
      depth: z.strictObject({ topic, type: z.enum(['sensor_msgs/Image', 'sensor_msgs/CompressedImage']) }),
      info: z.strictObject({ topic, type: z.literal('sensor_msgs/CameraInfo') }),
      /** the pictures were rectified, as by image_proc; distorted ones are refused */
      rectified: z.boolean().optional(),
    })
    .optional(),
  /** from hand–eye calibration (`tenon calibrate`); left out, it is looked for in a file or among the transforms */
  cameraInBase: WrittenPose.optional(),
  /** told how far to open its fingers, m; `openM`: as far as they go */
  gripper: z
    .strictObject({ topic, type: z.enum(['std_msgs/Float64', 'std_msgs/Float64MultiArray']), openM: positive })
    .optional(),
  /** the guard node between bridge and arm; without, commands go to the arm's own topic */
  guard: z.strictObject({ command: topic, state: topic }).optional(),
  /** a topic that stops the robot when it says true */
  stop: z.strictObject({ topic, type: z.literal('std_msgs/Bool') }).optional(),
  /** buttons of a joystick, counted from 0 */
  joystick: z
    .strictObject({
      topic,
      type: z.literal('sensor_msgs/Joy'),
      stop: z.int().min(0),
      pause: z.int().min(0).optional(),
      record: z.int().min(0).optional(),
    })
    .optional(),
  /** services of a simulated robot: the next episode begins, and how the last one ended (std_srvs/Trigger) */
  episode: z.strictObject({ reset: topic, verdict: topic }).optional(),
  /** no fewer messages a second than this, of each topic named: what `tenon doctor` checks, Hz */
  leastRate: z.strictObject({
    ee: positive,
    objects: positive,
    camera: positive.optional(),
    wrench: positive.optional(),
  }),
  limits: Limits,
})
export type Profile = z.infer<typeof fields>

/** After 100 ms without a command link and guard hold the arm: of commands at this rate, one may be late. */
const LEAST_RATE = 20

/** What no field can know by itself. */
export const Profile = fields.superRefine((profile, context) => {
  const { frames, command, objects, camera, wrench, guard, leastRate, limits } = profile
  const refuse = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message })
  if (frames.base === frames.ee) refuse(['frames', 'ee'], 'expected another frame than the base')
  for (const [name, object] of Object.entries(objects)) {
    if (object.type === 'tf2_msgs/TFMessage' && object.id === undefined) {
      refuse(['objects', name, 'id'], 'expected the child frame of the object, for a topic of transforms tells of many')
    }
  }
  const { source, target } = objects
  if (source.topic === target.topic && source.id === target.id) {
    refuse(['objects', 'target'], 'expected another topic, or another id, than the source has')
  }
  if (command.rate < LEAST_RATE) {
    refuse(['command', 'rate'], `expected at least ${LEAST_RATE} Hz: after 100 ms without a command the arm is held`)
  }
  if (guard && command.kind === 'twist') {
    refuse(
      ['guard'],
      'expected none for velocities: the guard holds by sending poses, so rely on the arm’s own time-out',
    )
  }
  if (leastRate.camera !== undefined && !camera)
    refuse(['leastRate', 'camera'], 'expected none, for there is no camera')
  if (leastRate.wrench !== undefined && !wrench)
    refuse(['leastRate', 'wrench'], 'expected none, for there is no wrench')
  for (const name of ['contactZone', 'creep'] as const) {
    if (limits[name].speed > limits.speed) {
      refuse(['limits', name, 'speed'], `expected no more than limits.speed, ${limits.speed} m/s`)
    }
  }
  for (const name of ['axisInEe', 'axisInBase'] as const) {
    const axis = limits.tilt?.[name]
    if (axis && Math.abs(Math.hypot(...axis) - 1) > 1e-3) {
      refuse(['limits', 'tilt', name], 'expected a vector of length 1')
    }
  }
})
