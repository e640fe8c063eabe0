// The channels of an episode file: for each, its schema, how a frame becomes its message and how it is read back.
import type { FrameTransforms, PoseInFrame } from '@foxglove/schemas'
import {
  FrameTransforms as frameTransformsJsonSchema,
  PoseInFrame as poseInFrameJsonSchema,
} from '@foxglove/schemas/jsonschema.js'
import { z } from 'zod'
import type { Pose, Quat, Vec3 } from '../geometry/index.ts'
import { type Channel, type FramePart, timestampSchema } from './channel.ts'
import { jsonCodec } from './codec.ts'
import type { Wrench } from './episode.ts'
import { PICTURE_CHANNELS } from './picture-channels.ts'
import { isUnit, READ_TOLERANCE, renormalize } from './quaternion-check.ts'

const vectorSchema = z
  .object({ x: z.number(), y: z.number(), z: z.number() })
  .transform(({ x, y, z }): Vec3 => [x, y, z])

const quaternionSchema = z
  .object({ x: z.number(), y: z.number(), z: z.number(), w: z.number() })
  .refine(({ x, y, z, w }) => isUnit([x, y, z, w], READ_TOLERANCE), {
    error: `expected a unit quaternion (to ${READ_TOLERANCE})`,
  })
  .transform(({ x, y, z, w }): Quat => renormalize([x, y, z, w]))

const xyz = ([x, y, z]: Readonly<Vec3>) => ({ x, y, z })
const xyzw = ([x, y, z, w]: Readonly<Quat>) => ({ x, y, z, w })

const poseCodec = jsonCodec(poseInFrameJsonSchema)

type PoseField = 'sourceInCamera' | 'targetInCamera' | 'eeInBase' | 'commandInBase'

function poseChannel(
  topic: string,
  field: PoseField,
  frameId: string,
  holds: string,
  needed: 'always' | 'never',
): Channel {
  return {
    topic,
    codec: poseCodec,
    metadata: {},
    holds,
    needed,
    encode(frame, timestamp): PoseInFrame | undefined {
      const pose = frame[field]
      if (!pose) return undefined
      const { position, orientation } = pose
      return { timestamp, frame_id: frameId, pose: { position: xyz(position), orientation: xyzw(orientation) } }
    },
    decode: z
      .object({
        timestamp: timestampSchema,
        frame_id: z.literal(frameId),
        pose: z.object({ position: vectorSchema, orientation: quaternionSchema }),
      })
      .transform(({ timestamp, pose }) => ({ timestamp, part: { [field]: pose } as FramePart })),
  }
}

const wrenchChannel: Channel = {
  topic: '/wrench',
  codec: jsonCodec({
    title: 'tenon.Wrench',
    description: "Force (N) and torque (N·m) on a body, in frame_id and at that frame's origin",
    type: 'object',
    properties: {
      timestamp: poseInFrameJsonSchema.properties.timestamp,
      frame_id: { type: 'string' },
      force: vectorJsonSchema('N'),
      torque: vectorJsonSchema('N·m'),
    },
    required: ['timestamp', 'frame_id', 'force', 'torque'],
  }),
  metadata: {},
  holds: 'the wrench on the end effector',
  needed: 'never',
  encode({ wrench }, timestamp) {
    return wrench && { timestamp, frame_id: 'ee', force: xyz(wrench.force), torque: xyz(wrench.torque) }
  },
  decode: z
    .object({ timestamp: timestampSchema, frame_id: z.literal('ee'), force: vectorSchema, torque: vectorSchema })
    .transform(({ timestamp, force, torque }) => ({ timestamp, part: { wrench: { force, torque } satisfies Wrench } })),
}

function vectorJsonSchema(unit: string): object {
  const component = { type: 'number', description: unit }
  return {
    type: 'object',
    properties: { x: component, y: component, z: component },
    required: ['x', 'y', 'z'],
  }
}

/**
 * The whole scene for viewers. Only the camera's pose is read from here: the other three transforms repeat what
 * the pose channels say.
 */
const transformChannel: Channel = {
  topic: '/tf',
  codec: jsonCodec(frameTransformsJsonSchema),
  metadata: {},
  holds: "the scene's transforms, and the only record of the camera's pose in the base frame",
  needed: 'always',
  encode({ cameraInBase, eeInBase, sourceInCamera, targetInCamera }, timestamp): FrameTransforms {
    const transform = (parent_frame_id: string, child_frame_id: string, pose: Pose) => ({
      timestamp,
      parent_frame_id,
      child_frame_id,
      translation: xyz(pose.position),
      rotation: xyzw(pose.orientation),
    })
    return {
      transforms: [
        transform('base', 'camera', cameraInBase),
        transform('base', 'ee', eeInBase),
        transform('camera', 'source', sourceInCamera),
        transform('camera', 'target', targetInCamera),
      ],
    }
  },
  decode: z
    .object({
      transforms: z.array(
        z.object({
          timestamp: timestampSchema,
          parent_frame_id: z.string(),
          child_frame_id: z.string(),
          translation: vectorSchema,
          rotation: quaternionSchema,
        }),
      ),
    })
    .transform(({ transforms }, context) => {
      const camera = transforms.find((t) => t.parent_frame_id === 'base' && t.child_frame_id === 'camera')
      if (!camera) {
        const found = transforms.map((t) => `${t.parent_frame_id}→${t.child_frame_id}`)
        context.addIssue({ code: 'custom', path: ['transforms'], message: 'expected base→camera', input: found })
        return z.NEVER
      }
      const cameraInBase: Pose = { position: camera.translation, orientation: camera.rotation }
      return { timestamp: camera.timestamp, part: { cameraInBase } }
    }),
}

/** In the order they are written. `/tf` comes last, so that a frame which has it is whole even if the file is cut. */
export const CHANNELS: readonly Channel[] = [
  poseChannel('/source/pose', 'sourceInCamera', 'camera', "the source's pose in the camera frame", 'always'),
  poseChannel('/target/pose', 'targetInCamera', 'camera', "the target's pose in the camera frame", 'always'),
  poseChannel('/ee/pose', 'eeInBase', 'base', "the end effector's pose in the base frame", 'always'),
  poseChannel('/command/pose', 'commandInBase', 'base', "the end effector's commanded pose in the base frame", 'never'),
  wrenchChannel,
  ...PICTURE_CHANNELS,
  transformChannel,
]
