// The message types that our rosbridge server knows: what is not in this table it neither takes nor gives.
//
// Names are the plain ones, `geometry_msgs/PoseStamped`; fields in the order of their definitions, for that is the order
// in which services take arguments that come as a list. ROS 2 differs in a few fields.
import { plainTypeName, type RosVersion } from '../messages.ts'

/** Field name → type: a primitive, `time`, `duration`, a message type, and arrays of these: `T[]` and `T[n]`. */
export type Fields = Readonly<Record<string, string>>

export interface ServiceType {
  request: Fields
  response: Fields
}

export interface TypeTable {
  readonly ros: RosVersion
  /** Throws a RangeError for a type that is not known. */
  message(type: string): Fields
  /** Throws a RangeError for a type that is not known. */
  service(type: string): ServiceType
}

const HEADER = 'std_msgs/Header'
const vector = { x: 'float64', y: 'float64', z: 'float64' }

const COMMON: Readonly<Record<string, Fields>> = {
  'std_msgs/Empty': {},
  'std_msgs/Bool': { data: 'bool' },
  'std_msgs/String': { data: 'string' },
  'std_msgs/Int32': { data: 'int32' },
  'std_msgs/UInt64': { data: 'uint64' },
  'std_msgs/Float64': { data: 'float64' },
  'std_msgs/MultiArrayDimension': { label: 'string', size: 'uint32', stride: 'uint32' },
  'std_msgs/MultiArrayLayout': { dim: 'std_msgs/MultiArrayDimension[]', data_offset: 'uint32' },
  'std_msgs/Float64MultiArray': { layout: 'std_msgs/MultiArrayLayout', data: 'float64[]' },

  'geometry_msgs/Point': vector,
  'geometry_msgs/Vector3': vector,
  'geometry_msgs/Quaternion': { ...vector, w: 'float64' },
  'geometry_msgs/Pose': { position: 'geometry_msgs/Point', orientation: 'geometry_msgs/Quaternion' },
  'geometry_msgs/PoseStamped': { header: HEADER, pose: 'geometry_msgs/Pose' },
  'geometry_msgs/PoseWithCovariance': { pose: 'geometry_msgs/Pose', covariance: 'float64[36]' },
  'geometry_msgs/Transform': { translation: 'geometry_msgs/Vector3', rotation: 'geometry_msgs/Quaternion' },
  'geometry_msgs/TransformStamped': { header: HEADER, child_frame_id: 'string', transform: 'geometry_msgs/Transform' },
  'geometry_msgs/Twist': { linear: 'geometry_msgs/Vector3', angular: 'geometry_msgs/Vector3' },
  'geometry_msgs/TwistStamped': { header: HEADER, twist: 'geometry_msgs/Twist' },
  'geometry_msgs/Wrench': { force: 'geometry_msgs/Vector3', torque: 'geometry_msgs/Vector3' },
  'geometry_msgs/WrenchStamped': { header: HEADER, wrench: 'geometry_msgs/Wrench' },
  'tf2_msgs/TFMessage': { transforms: 'geometry_msgs/TransformStamped[]' },

  'sensor_msgs/JointState': {
    header: HEADER,
    name: 'string[]',
    position: 'float64[]',
    velocity: 'float64[]',
    effort: 'float64[]',
  },
  'sensor_msgs/Joy': { header: HEADER, axes: 'float32[]', buttons: 'int32[]' },
  'sensor_msgs/Image': {
    header: HEADER,
    height: 'uint32',
    width: 'uint32',
    encoding: 'string',
    is_bigendian: 'uint8',
    step: 'uint32',
    data: 'uint8[]',
  },
  'sensor_msgs/CompressedImage': { header: HEADER, format: 'string', data: 'uint8[]' },
  'sensor_msgs/RegionOfInterest': {
    x_offset: 'uint32',
    y_offset: 'uint32',
    height: 'uint32',
    width: 'uint32',
    do_rectify: 'bool',
  },
  'sensor_msgs/PointField': { name: 'string', offset: 'uint32', datatype: 'uint8', count: 'uint32' },
  'sensor_msgs/PointCloud2': {
    header: HEADER,
    height: 'uint32',
    width: 'uint32',
    fields: 'sensor_msgs/PointField[]',
    is_bigendian: 'bool',
    point_step: 'uint32',
    row_step: 'uint32',
    data: 'uint8[]',
    is_dense: 'bool',
  },

  'vision_msgs/BoundingBox3D': { center: 'geometry_msgs/Pose', size: 'geometry_msgs/Vector3' },
  'vision_msgs/Detection3DArray': { header: HEADER, detections: 'vision_msgs/Detection3D[]' },
}

const cameraInfo = (d: string, k: string, r: string, p: string): Fields => ({
  header: HEADER,
  height: 'uint32',
  width: 'uint32',
  distortion_model: 'string',
  [d]: 'float64[]',
  [k]: 'float64[9]',
  [r]: 'float64[9]',
  [p]: 'float64[12]',
  binning_x: 'uint32',
  binning_y: 'uint32',
  roi: 'sensor_msgs/RegionOfInterest',
})

const OF_ROS: Readonly<Record<RosVersion, Readonly<Record<string, Fields>>>> = {
  1: {
    [HEADER]: { seq: 'uint32', stamp: 'time', frame_id: 'string' },
    'sensor_msgs/CameraInfo': cameraInfo('D', 'K', 'R', 'P'),
    'vision_msgs/ObjectHypothesisWithPose': {
      id: 'int64',
      score: 'float64',
      pose: 'geometry_msgs/PoseWithCovariance',
    },
    'vision_msgs/Detection3D': {
      header: HEADER,
      results: 'vision_msgs/ObjectHypothesisWithPose[]',
      bbox: 'vision_msgs/BoundingBox3D',
      source_cloud: 'sensor_msgs/PointCloud2',
    },
  },
  2: {
    [HEADER]: { stamp: 'time', frame_id: 'string' },
    'sensor_msgs/CameraInfo': cameraInfo('d', 'k', 'r', 'p'),
    'vision_msgs/ObjectHypothesis': { class_id: 'string', score: 'float64' },
    'vision_msgs/ObjectHypothesisWithPose': {
      hypothesis: 'vision_msgs/ObjectHypothesis',
      pose: 'geometry_msgs/PoseWithCovariance',
    },
    'vision_msgs/Detection3D': {
      header: HEADER,
      results: 'vision_msgs/ObjectHypothesisWithPose[]',
      bbox: 'vision_msgs/BoundingBox3D',
      id: 'string',
    },
  },
}

const SERVICES: Readonly<Record<string, ServiceType>> = {
  'std_srvs/Empty': { request: {}, response: {} },
  'std_srvs/Trigger': { request: {}, response: { success: 'bool', message: 'string' } },
  'std_srvs/SetBool': { request: { data: 'bool' }, response: { success: 'bool', message: 'string' } },
  'rosapi/Topics': { request: {}, response: { topics: 'string[]', types: 'string[]' } },
  'rosapi/TopicType': { request: { topic: 'string' }, response: { type: 'string' } },
  'rosapi/TopicsForType': { request: { type: 'string' }, response: { topics: 'string[]' } },
  'rosapi/Publishers': { request: { topic: 'string' }, response: { publishers: 'string[]' } },
  'rosapi/Subscribers': { request: { topic: 'string' }, response: { subscribers: 'string[]' } },
  'rosapi/Services': { request: {}, response: { services: 'string[]' } },
  'rosapi/ServiceType': { request: { service: 'string' }, response: { type: 'string' } },
  'rosapi/GetTime': { request: {}, response: { time: 'time' } },
}

/** All that is known of that version of ROS. */
export function typeTable(ros: RosVersion): TypeTable {
  const messages: Record<string, Fields> = { ...COMMON, ...OF_ROS[ros] }
  return {
    ros,
    message: (type) => find(messages, type, 'message'),
    service: (type) => find(SERVICES, type, 'service'),
  }
}

/** `geometry_msgs/msg/PoseStamped` is found too. */
function find<T>(table: Readonly<Record<string, T>>, type: string, kind: string): T {
  const name = plainTypeName(type)
  if (!Object.hasOwn(table, name)) {
    const known = Object.keys(table).sort().join(', ')
    throw new RangeError(`unknown type of ${kind}: ${type}; known here: ${known}`)
  }
  return table[name] as T
}
