// The other side of the bridge's benchmark, in a process of its own: a rosbridge, a guard, and an arm that is at once where
// it is told. It writes down when each command came.
//
// No physics and no rendering: what is measured is the bridge, and this machine may have two cores only.
import { compose, composeAll, invert, makePose, type Pose } from '../../geometry/index.ts'
import { Guard, type GuardEvent, guardSettings, type Reaction } from '../../robot-bridge/guard/guard.ts'
import { loadProfile } from '../../robot-bridge/index.ts'
import {
  decodePoseStamped,
  encodeCameraInfo,
  encodePoseStamped,
  encodeString,
  encodeWrenchStamped,
} from '../../robot-bridge/messages.ts'
import { encodeColour, encodeDepth } from '../../robot-bridge/pictures.ts'
import { LocalGraph, RosbridgeServer } from '../../robot-bridge/server/index.ts'
import { askForPriority } from '../../robot-bridge/thread-priority.ts'
import { Random } from '../../tensor/random.ts'
import { type PeerAnswer, type PeerQuestion, PICTURE, STEP, URGENT } from './bridge-peer-protocol.ts'

/** Hz */
const RATES = { state: 60, objects: 30, pictures: 30, guard: 20, tick: 100 }
const STEPS = 1000
/** A command under a stamp so close to that of the one before is that one, said again, s. */
const SAID_AGAIN = 1e-4
/** Different pictures that are shown in turn. */
const SHOWN = 4

const send = process.send?.bind(process)
if (!send) throw new Error('this file runs in a child process')
const tell = (answer: PeerAnswer) => send(answer)

// A real arm waits for no processor of this machine; of what it notes, nothing should be its own waiting for one.
if (process.argv.includes(URGENT)) askForPriority()
const profile = await loadProfile('sim')
if (!profile.cameraInBase) throw new Error('the profile says where the camera is')
const baseInCamera = invert(makePose(profile.cameraInBase.position, profile.cameraInBase.orientation))
const graph = new LocalGraph()
const server = await RosbridgeServer.listen({ graph, port: 0 })
const publisher = (topic: string, type: string) => graph.advertise(topic, type, { node: '/peer' })
const ee = publisher('/tenon/ee_pose', 'geometry_msgs/PoseStamped')
const wrench = publisher('/tenon/wrench', 'geometry_msgs/WrenchStamped')
const source = publisher('/tenon/source_pose', 'geometry_msgs/PoseStamped')
const target = publisher('/tenon/target_pose', 'geometry_msgs/PoseStamped')
const state = publisher('/tenon/guard', 'std_msgs/String')
const colour = publisher('/tenon/colour', 'sensor_msgs/Image')
const depth = publisher('/tenon/depth', 'sensor_msgs/Image')
const info = publisher('/tenon/camera_info', 'sensor_msgs/CameraInfo')

const guard = new Guard(guardSettings('base'))
const START = makePose([0.5, 0, 0.2], [1, 0, 0, 0])
const TARGET = makePose([0.5, 0, 0.1])
const SOURCE_IN_EE = makePose([0, 0, 0.05], [1, 0, 0, 0])
let eeInBase: Pose = START
let count = 0
let last = 0
let arrived: { time: number; x: number }[] = []
let measured: { time: number; x: number }[] = []
let picture = 0

function guarded(event: GuardEvent): Reaction {
  const now = graph.now()
  const reaction = guard.handle(event, { ros: now, steady: now })
  if (reaction.send) eeInBase = reaction.send.pose
  return reaction
}

graph.subscribe('/tenon/command', 'geometry_msgs/PoseStamped', '/peer', (message, node) => {
  const { stamp, frame, pose } = decodePoseStamped(message)
  if (stamp - last > SAID_AGAIN) arrived.push({ time: graph.now(), x: pose.position[0] })
  last = stamp
  guarded({ kind: 'command', command: { stamp, frame, pose }, publisher: node })
})
for (const kind of ['arm', 'disarm'] as const) {
  graph.serve(`/tenon/guard/${kind}`, 'std_srvs/Trigger', async () => guarded({ kind }).reply)
}

every(RATES.tick, () => guarded({ kind: 'tick' }))
every(RATES.guard, () => state.publish(encodeString(JSON.stringify(guard.state))))
every(RATES.state, () => {
  const stamp = graph.now()
  const x = START.position[0] + STEP * (++count % STEPS)
  const pose: Pose = { ...eeInBase, position: [x, eeInBase.position[1], eeInBase.position[2]] }
  guarded({ kind: 'measured', measured: { stamp, frame: 'base', pose } })
  ee.publish(encodePoseStamped({ stamp, frame: 'base', pose }, 1))
  wrench.publish(encodeWrenchStamped({ stamp, frame: 'ee', wrench: { force: [0, 0, 1], torque: [0, 0, 0] } }, 1))
  measured.push({ time: stamp, x })
})
every(RATES.objects, () => {
  const stamped = { stamp: graph.now(), frame: 'camera' }
  const held = composeAll(baseInCamera, eeInBase, SOURCE_IN_EE)
  source.publish(encodePoseStamped({ ...stamped, pose: held }, 1))
  target.publish(encodePoseStamped({ ...stamped, pose: compose(baseInCamera, TARGET) }, 1))
})

// Noise: a picture that is all one colour might be handled faster. Made once: a camera's driver is not what is measured.
const { width, height } = PICTURE
const random = new Random(0)
const shown = Array.from({ length: SHOWN }, () => {
  const rgb = Uint8Array.from({ length: 3 * width * height }, () => 256 * random.uniform())
  const far = Float32Array.from({ length: width * height }, () => 0.4 + 0.2 * random.uniform())
  const stamped = { stamp: 0, frame: 'camera', width, height }
  return [encodeColour({ ...stamped, rgb }, 1), encodeDepth({ ...stamped, depth: far }, 1)] as const
})
const intrinsics = { width, height, fx: width, fy: width, cx: (width - 1) / 2, cy: (height - 1) / 2 }
every(RATES.pictures, () => {
  if (!graph.hasSubscribers('/tenon/colour')) return
  const [rgb, far] = shown[picture++ % SHOWN] as (typeof shown)[0]
  const about = encodeCameraInfo({ stamp: graph.now(), frame: 'camera', intrinsics }, 1)
  const { header } = about as { header: object }
  info.publish(about)
  colour.publish({ ...rgb, header })
  depth.publish({ ...far, header })
})

process.on('message', ({ kind }: PeerQuestion) => {
  if (kind !== 'take') return
  tell({ kind: 'taken', arrived, measured })
  arrived = []
  measured = []
})
process.on('disconnect', () => process.exit())
tell({ kind: 'listening', url: server.url })

/** `rate` times a second, without drift: what was missed is left out. */
function every(rate: number, act: () => void): void {
  let due = performance.now()
  const turn = () => {
    act()
    due = Math.max(due + 1e3 / rate, performance.now())
    setTimeout(turn, due - performance.now())
  }
  turn()
}
