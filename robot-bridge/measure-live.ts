// Listens to a live system for some seconds and writes down what came, and when.
import { absoluteName, type LiveGraph } from './live-graph.ts'
import { type Stream, streamsOf } from './live-streams.ts'
import { plainIfType, typeName } from './messages.ts'
import type { Profile } from './profile.ts'
import { ProfileReader } from './profile-reader.ts'
import { TRANSFORM_TOPICS, TransformTree } from './transform-tree.ts'

/** One message. Both times are on the ROS side's clock, s. */
export interface Sample {
  arrived: number
  stamp: number
  frame: string
}

export interface MeasuredStream {
  stream: Stream
  /** when each message about it came, ROS side's clock, s */
  arrivals: number[]
  /** those with a stamp */
  samples: Sample[]
  /** what could not be read, and how often */
  problems: Map<string, number>
  latest?: unknown
}

export interface Measured {
  /** without the msg of ROS 2 */
  topics: Map<string, string>
  /** of the types' names; undefined when there is none to tell by */
  ros: 1 | 2 | undefined
  services: string[]
  publishers: Publishers
  /** s, in the order they were measured */
  roundTrips: number[]
  /** when listening began and ended, ROS side's clock, s */
  begin: number
  end: number
  streams: MeasuredStream[]
  transforms: TransformTree
}

/** Nodes that publish a topic, by its absolute name: of those where it matters who does. Undefined: the system does not tell. */
export type Publishers = ReadonlyMap<string, readonly string[] | undefined>

/** Between two questions for the time, s. */
const ASK_EVERY = 0.1
const TRANSFORMS = { topics: TRANSFORM_TOPICS, type: 'tf2_msgs/TFMessage' }

/** `isWanted`: streams that are looked at; all when left out. */
export async function measureLive(
  profile: Profile,
  graph: LiveGraph,
  seconds: number,
  isWanted: (stream: Stream) => boolean = () => true,
): Promise<Measured> {
  const listed = await graph.topics()
  const topics = new Map([...listed].map(([name, type]) => [name, plainIfType(type)]))
  const types = [...listed.values()].filter((type) => type.includes('/'))
  const ros = types.length === 0 ? undefined : types.some((type) => type.includes('/msg/')) ? 2 : 1
  const transforms = new TransformTree()
  const reader = new ProfileReader(profile, transforms)
  const streams = streamsOf(profile, reader)
    .filter(isWanted)
    .map((stream): MeasuredStream => ({ stream, arrivals: [], samples: [], problems: new Map() }))

  const listeners = new Map<string, ((message: unknown, arrived: number) => void)[]>()
  const listen = (topic: string, type: string, handle: (message: unknown, arrived: number) => void) => {
    // Another type than the profile's says nothing that could be read.
    if (topics.get(topic) !== type) return
    const others = listeners.get(topic)
    if (others) others.push(handle)
    else listeners.set(topic, [handle])
  }
  for (const topic of TRANSFORMS.topics) {
    listen(topic, TRANSFORMS.type, (message) => reader.takeTransforms(topic, message))
  }
  for (const measured of streams) {
    const { topic, type } = measured.stream
    listen(absoluteName(topic), type, (message, arrived) => note(measured, message, arrived))
  }

  const begin = graph.now()
  const endings = [...listeners].map(([topic, handlers]) =>
    graph.subscribe(topic, typeName(topics.get(topic) as string, ros ?? profile.ros), (message) => {
      const arrived = graph.now()
      for (const handle of handlers) attempt(handle, message, arrived)
    }),
  )
  const questions: { roundTrip: number; offset: number }[] = []
  try {
    while (graph.now() - begin < seconds) {
      const asked = graph.now()
      const time = await graph.serverTime()
      const answered = graph.now()
      questions.push({ roundTrip: answered - asked, offset: time - (asked + answered) / 2 })
      await graph.sleep(ASK_EVERY)
    }
  } finally {
    for (const end of endings) end()
  }
  const end = graph.now()
  // The quickest answer tells the time best.
  const { offset } = questions.reduce((a, b) => (b.roundTrip < a.roundTrip ? b : a))
  for (const measured of streams) {
    measured.arrivals = measured.arrivals.map((time) => time + offset)
    for (const sample of measured.samples) sample.arrived += offset
  }
  return {
    topics,
    ros,
    services: [...(await graph.services())],
    publishers: await findPublishers(profile, graph),
    roundTrips: questions.map(({ roundTrip }) => roundTrip),
    begin: begin + offset,
    end: end + offset,
    streams,
    transforms,
  }
}

/** Of what moves the arm, and of what stops it. */
export async function findPublishers(profile: Profile, graph: LiveGraph): Promise<Publishers> {
  const { command, guard, stop, joystick } = profile
  const topics = [command, { topic: guard?.command }, { topic: guard?.state }, stop, joystick].flatMap(
    (each) => each?.topic ?? [],
  )
  const found = new Map<string, readonly string[] | undefined>()
  for (const topic of topics.map(absoluteName)) {
    const nodes = await graph.publishers(topic)
    found.set(topic, nodes && [...new Set(nodes)])
  }
  return found
}

/** A handler that throws shall not keep others from the message; `note` has written down what was wrong. */
function attempt(handle: (message: unknown, arrived: number) => void, message: unknown, arrived: number): void {
  try {
    handle(message, arrived)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
}

function note(measured: MeasuredStream, message: unknown, arrived: number): void {
  const { stream, arrivals, samples, problems } = measured
  measured.latest = message
  const stampless = stream.type === 'std_msgs/String' || stream.type === 'std_msgs/Bool'
  try {
    const stamped = stream.read(message)
    if (stamped) samples.push({ arrived, stamp: stamped.stamp, frame: stamped.frame })
    if (stamped || stampless) arrivals.push(arrived)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    problems.set(error.message, (problems.get(error.message) ?? 0) + 1)
  }
}
