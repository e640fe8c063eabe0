// Definitions of the ROS 1 messages and services that a rosbridge on a ROS 1 graph publishes and calls.
//
// Those of messages that come are told by whoever publishes them; these are for what goes out.

const HEADER = `std_msgs/Header header`
const SEPARATOR = `\n${'='.repeat(80)}\n`

const std_msgs_Header = 'uint32 seq\ntime stamp\nstring frame_id'
const geometry_msgs_Vector3 = 'float64 x\nfloat64 y\nfloat64 z'
const geometry_msgs_Point = geometry_msgs_Vector3
const geometry_msgs_Quaternion = 'float64 x\nfloat64 y\nfloat64 z\nfloat64 w'
const geometry_msgs_Pose = 'geometry_msgs/Point position\ngeometry_msgs/Quaternion orientation'
const geometry_msgs_Twist = 'geometry_msgs/Vector3 linear\ngeometry_msgs/Vector3 angular'
const geometry_msgs_Wrench = 'geometry_msgs/Vector3 force\ngeometry_msgs/Vector3 torque'

/** A definition as ROS writes it: the type's own, and those of the types in it. */
const withParts = (own: string, parts: Record<string, string> = {}): string =>
  [own, ...Object.entries(parts).map(([name, text]) => `MSG: ${name}\n${text}`)].join(SEPARATOR)

const header = { 'std_msgs/Header': std_msgs_Header }
const vector = { 'geometry_msgs/Vector3': geometry_msgs_Vector3 }
const poseParts = {
  'geometry_msgs/Pose': geometry_msgs_Pose,
  'geometry_msgs/Point': geometry_msgs_Point,
  'geometry_msgs/Quaternion': geometry_msgs_Quaternion,
}

export const MESSAGES: Readonly<Record<string, string>> = {
  'std_msgs/Header': std_msgs_Header,
  'std_msgs/String': 'string data',
  'std_msgs/Bool': 'bool data',
  'std_msgs/Float64': 'float64 data',
  'geometry_msgs/PoseStamped': withParts(`${HEADER}\ngeometry_msgs/Pose pose`, { ...header, ...poseParts }),
  'geometry_msgs/TwistStamped': withParts(`${HEADER}\ngeometry_msgs/Twist twist`, {
    ...header,
    'geometry_msgs/Twist': geometry_msgs_Twist,
    ...vector,
  }),
  'geometry_msgs/WrenchStamped': withParts(`${HEADER}\ngeometry_msgs/Wrench wrench`, {
    ...header,
    'geometry_msgs/Wrench': geometry_msgs_Wrench,
    ...vector,
  }),
  'sensor_msgs/Joy': withParts(`${HEADER}\nfloat32[] axes\nint32[] buttons`, header),
  'sensor_msgs/JointState': withParts(
    `${HEADER}\nstring[] name\nfloat64[] position\nfloat64[] velocity\nfloat64[] effort`,
    header,
  ),
}

export const SERVICES: Readonly<Record<string, { request: string; response: string }>> = {
  'std_srvs/Trigger': { request: '', response: 'bool success\nstring message' },
  'std_srvs/SetBool': { request: 'bool data', response: 'bool success\nstring message' },
  'std_srvs/Empty': { request: '', response: '' },
}
