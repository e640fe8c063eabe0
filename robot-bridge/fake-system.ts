// The simulated robot's topics for tests, as its profile promises them, without a simulator.
import { makePose } from '../geometry/index.ts'
import type { FakeTopic } from './fake-graph.ts'
import { encodeCameraInfo, encodePoseStamped, encodeString, encodeWrenchStamped } from './messages.ts'
import { encodeColour, encodeDepth } from './pictures.ts'

/** A place in the workspace, the tool pointing down. */
export const inside = makePose([0.5, 0, 0.3], [1, 0, 0, 0])
export const size = { width: 4, height: 2 }
export const intrinsics = { ...size, fx: 5, fy: 5, cx: 2, cy: 1 }
export const camera = { frame: 'camera' }

export const poseIn =
  (frame: string, pose = inside) =>
  (stamp: number) =>
    encodePoseStamped({ stamp, frame, pose }, 1)
export const type = (name: string) => ({ type: name })

/** As the profile `sim` says it; pictures of a few pixels. */
export const HEALTHY_TOPICS: Record<string, FakeTopic> = {
  '/tenon/command': type('geometry_msgs/PoseStamped'),
  '/tenon/ee_pose': { ...type('geometry_msgs/PoseStamped'), rate: 30, message: poseIn('base') },
  '/tenon/source_pose': { ...type('geometry_msgs/PoseStamped'), rate: 30, latency: 0.04, message: poseIn('camera') },
  '/tenon/target_pose': { ...type('geometry_msgs/PoseStamped'), rate: 30, latency: 0.04, message: poseIn('camera') },
  '/tenon/wrench': {
    ...type('geometry_msgs/WrenchStamped'),
    rate: 30,
    message: (stamp) => encodeWrenchStamped({ stamp, frame: 'ee', wrench: { force: [0, 3, 4], torque: [0, 0, 1] } }, 1),
  },
  '/tenon/colour': {
    ...type('sensor_msgs/Image'),
    rate: 10,
    message: (stamp) => encodeColour({ stamp, ...camera, ...size, rgb: new Uint8Array(24) }, 1),
  },
  '/tenon/depth': {
    ...type('sensor_msgs/Image'),
    rate: 10,
    message: (stamp) => encodeDepth({ stamp, ...camera, ...size, depth: new Float32Array(8).fill(0.75) }, 1),
  },
  '/tenon/camera_info': {
    ...type('sensor_msgs/CameraInfo'),
    rate: 10,
    message: (stamp) => encodeCameraInfo({ stamp, ...camera, intrinsics }, 1),
  },
  '/tenon/guard': {
    ...type('std_msgs/String'),
    rate: 20,
    message: () => encodeString('{"state":"idle","reason":"","accepted":0,"rejected":0,"stamp":0}'),
  },
  '/tenon/stop': type('std_msgs/Bool'),
}
export const HEALTHY_PUBLISHERS = { '/tenon/stop': () => ['/button'] }
export const HEALTHY_SERVICES = ['/tenon/guard/arm', '/tenon/guard/disarm', '/tenon/reset', '/tenon/verdict']
