// A live system against its profile: what fits, what does not, and what to do about it. Nothing is published.
import { type Pose, rotateVector } from '../geometry/index.ts'
import { commandTopic } from './command-message.ts'
import { absoluteName, type LiveGraph } from './live-graph.ts'
import type { Examined, Stream } from './live-streams.ts'
import { findPublishers, type Measured, type MeasuredStream, measureLive } from './measure-live.ts'
import { decodePoseStamped, decodeTransformStamped, sameFrame } from './messages.ts'
import type { Profile } from './profile.ts'
import { ProfileReader } from './profile-reader.ts'

export interface LiveCheck {
  name: string
  /** 'missing' is no fault: something that can be done without */
  state: 'ok' | 'missing' | 'failed'
  /** what was found, and what was expected */
  detail: string
  /** what to do */
  remedy?: string
}

/**
 * rosbridge goes on publishing for its unregister_timeout, 10 s, after a client that commanded has gone: another master that
 * is all that is wrong may be a run that has just ended, so it is asked for again for so long, s.
 */
const LINGERS = 12

export interface CheckOptions {
  /** listened for so long, s */
  seconds?: number
  /** of another bridge, where the pictures come from; then they need not be known to the first */
  pictures?: LiveGraph | undefined
  /** hears why it takes longer */
  tell?(text: string): void
}

/** Listens and judges. Rejects when a connection ends meanwhile. */
export async function checkLive(
  profile: Profile,
  graph: LiveGraph,
  { seconds = 3, pictures, tell = () => {} }: CheckOptions = {},
): Promise<LiveCheck[]> {
  const { camera: _, ...blind } = profile
  const own = pictures ? blind : profile
  const [measured, seen] = await Promise.all([
    measureLive(own, graph, seconds),
    pictures && measureLive(profile, pictures, seconds, ({ field }) => field.startsWith('camera.')),
  ])
  const end = graph.now() + LINGERS
  for (let again = 0; ; again++) {
    const checks = [...judgeLive(own, measured), ...(seen ? judgeStreams(profile, seen) : [])]
    const failed = checks.filter(({ state }) => state === 'failed')
    const areMasters = failed.length > 0 && failed.every(({ name }) => name === MASTERS)
    if (!areMasters || graph.now() >= end) return checks
    if (again === 0) tell(`${failed[0]?.detail}: waits up to ${LINGERS} s for a client of rosbridge that has gone`)
    await graph.sleep(1)
    measured.publishers = updated(measured.publishers, await findPublishers(own, graph))
  }
}

/** What could not be asked for again stays as it was: silence is no proof that somebody has gone. */
const updated = (before: Measured['publishers'], now: Measured['publishers']): Measured['publishers'] =>
  new Map([...before].map(([topic, nodes]) => [topic, now.get(topic) ?? nodes]))

/**
 * Round trips beyond which commands come late, s: the link believes no heartbeat that took more than 150 ms, and the guard
 * refuses a command that is as old. Half of that in the median leaves room for what comes on top.
 */
const LONGEST_ROUND_TRIP = { p50: 0.075, p99: 0.15 }
/** A stamp may be so far ahead of its arrival: what the comparison of two clocks is off by, s. */
const AHEAD = 0.02
/** Of those that the governor goes by, what it bears: FUTURE of control/watchdogs.ts. */
const AHEAD_AT_MOST: Readonly<Record<string, number>> = { ee: 0.01, wrench: 0.01 }

const milliseconds = (seconds: number) => `${(seconds * 1e3).toFixed(seconds < 0.01 ? 1 : 0)} ms`

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}

/** In the order in which it is best put right: version, connection, topics, streams, frames, guard, services. */
export function judgeLive(profile: Profile, measured: Measured): LiveCheck[] {
  return [
    checkVersion(profile, measured),
    checkConnection(measured),
    ...checkCommand(profile, measured),
    ...judgeStreams(profile, measured),
    ...checkFrames(profile, measured),
    ...checkPlace(profile, measured),
    ...tellForce(profile, measured),
    ...checkGuard(profile, measured),
    ...checkServices(profile, measured),
  ]
}

function judgeStreams(profile: Profile, measured: Measured): LiveCheck[] {
  const examined = new Map<string, Examined>()
  return [
    ...measured.streams.flatMap((stream) => checkStream(profile, measured, stream, examined)),
    ...checkSizes(examined),
  ]
}

function checkVersion({ ros }: Profile, measured: Measured): LiveCheck {
  const name = 'ROS version'
  if (measured.ros === ros) return { name, state: 'ok', detail: `ROS ${ros}, ${measured.topics.size} topics` }
  const got = measured.ros === undefined ? 'no topics at all' : `ROS ${measured.ros}`
  return {
    name,
    state: 'failed',
    detail: `expected ROS ${ros}, as the profile says, got ${got}`,
    remedy: measured.ros === undefined ? 'start the robot’s nodes' : `set "ros": ${measured.ros} in the profile`,
  }
}

function checkConnection({ roundTrips }: Measured): LiveCheck {
  const [p50, p99] = [quantile(roundTrips, 0.5), quantile(roundTrips, 0.99)]
  const name = 'latency'
  const detail = `round trip ${milliseconds(p50)} in the median, ${milliseconds(p99)} at the 99th percentile`
  if (p50 <= LONGEST_ROUND_TRIP.p50 && p99 <= LONGEST_ROUND_TRIP.p99) return { name, state: 'ok', detail }
  const expected = `${milliseconds(LONGEST_ROUND_TRIP.p50)} and ${milliseconds(LONGEST_ROUND_TRIP.p99)}`
  return {
    name,
    state: 'failed',
    detail: `${detail}; expected at most ${expected}`,
    remedy: 'use a cable, run rosbridge on a machine that is not busy, and have cameras send compressed pictures',
  }
}

const MASTERS = 'masters'

/** Topics that are listened to: by the arm, or by the guard in front of it; and who else publishes there. */
function checkCommand(profile: Profile, measured: Measured): LiveCheck[] {
  const { command, guard } = profile
  const checks = [checkTopic('command', 'command', command.topic, command.type, measured)]
  const isApart = guard && absoluteName(guard.command) !== absoluteName(command.topic)
  if (isApart) checks.push(checkTopic('guard’s command', 'guard.command', guard.command, command.type, measured))
  const lingers = 'rosbridge itself publishes for 10 s more after the client that did has gone'
  const masters = publishersOf(commandTopic(profile), measured) ?? []
  if (masters.length > 0) {
    checks.push({
      name: MASTERS,
      state: 'failed',
      detail: `expected nobody to command yet, got commands published by ${masters.join(', ')}`,
      remedy: `stop the other node: two masters of one arm end in a stop at best; ${lingers}`,
    })
  }
  const speakers = publishersOf(command.topic, measured) ?? []
  const guards = (guard && publishersOf(guard.state, measured)) ?? []
  // A guard that is not known by its state is one of them.
  const strangers = guards.length > 0 ? speakers.filter((node) => !guards.includes(node)) : speakers.slice(1)
  if (isApart && strangers.length > 0) {
    checks.push({
      name: MASTERS,
      state: 'failed',
      detail: `${command.topic}: expected nobody but the guard to publish, got ${speakers.join(', ')}`,
      remedy: `stop the other node: the guard cannot hold an arm that others speak to; ${lingers}`,
    })
  }
  return checks
}

const publishersOf = (topic: string, { publishers }: Measured) => publishers.get(absoluteName(topic))

function checkTopic(name: string, field: string, topic: string, type: string, { topics }: Measured): LiveCheck {
  const found = topics.get(absoluteName(topic))
  if (found === type) return { name, state: 'ok', detail: `${topic}, ${type}` }
  if (found !== undefined) {
    return {
      name,
      state: 'failed',
      detail: `${topic}: expected ${type}, got ${found}`,
      remedy: `start the node that uses ${type}, or correct ${field} in the profile`,
    }
  }
  const alike = [...topics].filter(([, other]) => other === type).map(([other]) => other)
  const others = alike.length > 0 ? `; topics of that type: ${alike.slice(0, 8).join(', ')}` : ''
  return {
    name,
    state: 'failed',
    detail: `${topic}: expected a topic of type ${type}, got none${others}`,
    remedy: `start the node that has it, or correct ${field} in the profile`,
  }
}

function checkStream(
  profile: Profile,
  measured: Measured,
  { stream, arrivals, samples, problems, latest }: MeasuredStream,
  examined: Map<string, Examined>,
): LiveCheck[] {
  const { name, topic, type, field, quiet = false, optional = false, leastRate, mostAge } = stream
  const topicCheck = checkTopic(name, field, topic, type, measured)
  if (topicCheck.state !== 'ok') {
    return [optional && !measured.topics.has(absoluteName(topic)) ? { ...topicCheck, state: 'missing' } : topicCheck]
  }
  const checks: LiveCheck[] = []
  const fail = (detail: string, remedy: string) => {
    checks.push({ name, state: 'failed', detail: `${topic}: ${detail}`, remedy })
  }
  for (const [problem, times] of problems) fail(`${problem}, in ${times} of its messages`, 'have its node correct it')
  const words: string[] = []
  if (stream.examine && latest !== undefined) {
    try {
      const found = stream.examine(latest)
      examined.set(name, found)
      words.push(found.words)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      if (!problems.has(error.message)) fail(error.message, stream.remedy ?? 'have its node correct it')
    }
  }
  if (arrivals.length === 0) {
    if (problems.size > 0) return checks
    if (quiet) return [judgeQuiet(topicCheck, stream, publishersOf(topic, measured))]
    fail(`no message in ${(measured.end - measured.begin).toFixed(1)} s`, silentRemedy(stream.field, profile))
    return checks
  }
  const rate = rateOf(arrivals, measured.end)
  if (leastRate !== undefined && rate < leastRate) {
    fail(
      `${rate.toFixed(1)} messages a second, expected at least ${leastRate}`,
      `raise the rate of its node, or lower leastRate in the profile if the task can do with less`,
    )
  }
  const gap = longestGap(arrivals, measured.end)
  if (mostAge !== undefined && gap > mostAge) {
    fail(
      `silent for ${milliseconds(gap)}, after ${milliseconds(mostAge)} of which the robot would hold`,
      'find out what stalls its node or the network',
    )
  }
  words.unshift(`${rate.toFixed(1)} Hz`)
  if (samples.length > 0) {
    const { problem, detail } = judgeStamps(samples, mostAge, AHEAD_AT_MOST[stream.field])
    if (problem) fail(problem.detail, problem.remedy)
    words.push(detail)
    checkFrame(stream.frame, samples, fail, stream.field)
  }
  return checks.length > 0 ? checks : [{ name, state: 'ok', detail: `${topic}: ${words.join(', ')}` }]
}

/** A button that nobody pressed looks like one that nobody reads, but for who publishes. */
function judgeQuiet(found: LiveCheck, { topic }: Stream, nodes: readonly string[] | undefined): LiveCheck {
  if (nodes?.length !== 0) return { ...found, detail: `${topic}, silent: nobody pressed anything` }
  return {
    ...found,
    state: 'missing',
    detail: `${topic}: nobody publishes it: a press would not be heard`,
    remedy: 'start the node that does before the arm moves',
  }
}

function silentRemedy(field: string, { ee, frames }: Profile): string {
  if (field === 'ee' && ee.type === 'tf2_msgs/TFMessage') {
    return `transforms must lead from ${frames.base} to ${frames.ee}: see frames below`
  }
  return field.startsWith('objects.')
    ? 'show the object to the camera and start its tracker; check the id in the profile'
    : 'check that its node runs and has what it needs'
}

/** Hz. Of n messages the first began the time, and the last may be any part of a period ago. */
const rateOf = (arrivals: readonly number[], end: number): number =>
  (arrivals.length - 0.5) / Math.max(end - (arrivals[0] as number), 1e-3)

function longestGap(arrivals: readonly number[], end: number): number {
  return arrivals.reduce((gap, time, i) => Math.max(gap, (arrivals[i + 1] ?? end) - time), 0)
}

/** How old, how far ahead and in which order stamps are. */
function judgeStamps(
  samples: Measured['streams'][number]['samples'],
  mostAge: number | undefined,
  ahead: number | undefined,
) {
  const ages = samples.map(({ arrived, stamp }) => arrived - stamp)
  const median = quantile(ages, 0.5)
  const detail = `${milliseconds(median)} old`
  const backwards = samples.filter(({ stamp }, i) => stamp < (samples[i - 1]?.stamp ?? stamp)).length
  const clocks = 'synchronise the clocks of all machines (chrony), or correct what its node writes into header.stamp'
  const wrong = (problem: string, remedy: string) => ({ problem: { detail: problem, remedy }, detail })
  if (samples.some(({ stamp }) => stamp === 0)) return wrong('header.stamp is 0', 'have its node stamp its messages')
  if (backwards > 0) {
    return wrong(
      `header.stamp goes back ${backwards} times in ${samples.length} messages`,
      'see that only one node publishes it, and that no recording is played in a loop',
    )
  }
  if (median < -(ahead ?? AHEAD)) {
    const why = ahead === undefined ? '' : `; the governor holds by what is more than ${milliseconds(ahead)} ahead`
    return wrong(`stamped ${milliseconds(-median)} in the future, in the median${why}`, clocks)
  }
  if (mostAge !== undefined && median > mostAge) {
    return wrong(
      `${milliseconds(median)} old on arrival in the median, expected at most ${milliseconds(mostAge)}`,
      clocks,
    )
  }
  return { detail, problem: undefined }
}

function checkFrame(
  frame: string | undefined,
  samples: Measured['streams'][number]['samples'],
  fail: (detail: string, remedy: string) => void,
  field: string,
): void {
  if (frame === undefined) return
  const foreign = samples.find((sample) => !sameFrame(sample.frame, frame))
  if (!foreign) return
  fail(
    `header.frame_id: expected ${frame}, got ${foreign.frame || 'nothing'}`,
    `have its node use that frame, or correct ${field === 'wrench' ? 'wrench.frame' : 'frames'} in the profile`,
  )
}

/** Depth belongs to colour pixel by pixel. */
function checkSizes(examined: ReadonlyMap<string, Examined>): LiveCheck[] {
  const sizes = ['colour', 'depth', 'camera info'].flatMap((name) => {
    const size = examined.get(name)?.size
    return size ? [{ name, size: `${size.width}×${size.height}` }] : []
  })
  if (new Set(sizes.map(({ size }) => size)).size <= 1) return []
  return [
    {
      name: 'pictures',
      state: 'failed',
      detail: `expected pictures of one size, got ${sizes.map(({ name, size }) => `${name} ${size}`).join(', ')}`,
      remedy: 'register depth to colour, as align_depth does, and name the camera info of the colour camera',
    },
  ]
}

/** Frames that others are looked up in: the end effector's, the wrench's and the camera's. */
function checkFrames(profile: Profile, { transforms, streams }: Measured): LiveCheck[] {
  const { frames, ee, wrench } = profile
  const checks: LiveCheck[] = []
  const connect = (name: string, base: string, frame: string, remedy: string) => {
    const found = transforms.find(base, frame)
    checks.push(
      found
        ? { name, state: 'ok', detail: `${frame} is known in ${base}` }
        : {
            name,
            state: 'failed',
            detail: `expected transforms from ${base} to ${frame}, got ${pathsOf(transforms, base, frame)}`,
            remedy,
          },
    )
  }
  if (ee.type === 'tf2_msgs/TFMessage') {
    connect('frames', frames.base, frames.ee, 'start robot_state_publisher, or correct frames in the profile')
  }
  if (ee.type === 'geometry_msgs/TransformStamped') {
    const latest = streams.find(({ stream }) => stream.field === 'ee')?.latest
    const child = latest === undefined ? undefined : attempt(() => decodeTransformStamped(latest).childFrame)
    if (child !== undefined && !sameFrame(child, frames.ee)) {
      checks.push({
        name: 'frames',
        state: 'failed',
        detail: `${ee.topic}: child_frame_id: expected ${frames.ee}, got ${child}`,
        remedy: 'correct frames.ee in the profile',
      })
    }
  }
  if (wrench && !sameFrame(wrench.frame, frames.ee)) {
    connect(
      'wrench’s frame',
      frames.ee,
      wrench.frame,
      'publish where the sensor is on the arm, or correct wrench.frame',
    )
  }
  checks.push(checkCamera(profile, transforms))
  return checks
}

function checkCamera(profile: Profile, transforms: Measured['transforms']): LiveCheck {
  const { frames } = profile
  const name = 'camera in base'
  if (profile.cameraInBase) return { name, state: 'ok', detail: 'known, from the profile' }
  const carrier = cameraCarrier(profile, transforms)
  if (carrier !== undefined) {
    return {
      name,
      state: 'failed',
      detail: `expected a camera that stands still, got one that ${carrier} carries: its pictures are older than its place`,
      remedy: 'use a camera beside the arm; one on the hand serves to calibrate only',
    }
  }
  if (transforms.find(frames.base, frames.camera)) return { name, state: 'ok', detail: 'known, from the transforms' }
  return {
    name,
    state: 'failed',
    detail: `nothing tells where ${frames.camera} is in ${frames.base}, got ${pathsOf(transforms, frames.base, frames.camera)}`,
    remedy: 'run tenon calibrate, which writes cameraInBase into the profile',
  }
}

/** The frame of the arm that the camera hangs from and that moves; undefined for a camera that stands still. */
function cameraCarrier({ frames }: Profile, transforms: Measured['transforms']): string | undefined {
  const chain = [frames.ee, ...transforms.ancestors(frames.ee)]
  // What the base itself hangs from carries both, if it moves at all.
  const fixed = [frames.base, ...transforms.ancestors(frames.base)]
  const shared = chain.findIndex((frame) => fixed.some((other) => sameFrame(frame, other)))
  const above = transforms.ancestors(frames.camera)
  return chain.slice(0, shared < 0 ? chain.length : Math.max(shared, 1)).find((frame) => {
    const carries = above.some((other) => sameFrame(other, frame))
    const stamp = transforms.find(frames.base, frame)?.stamp
    return carries && (sameFrame(frame, frames.ee) || (stamp !== undefined && Number.isFinite(stamp)))
  })
}

/** How far the transforms lead from either side. */
function pathsOf(transforms: Measured['transforms'], ...frames: string[]): string {
  const known = transforms.frames
  return frames
    .map((frame) => {
      const above = transforms.ancestors(frame)
      if (above.length > 0) return `${frame} in ${above.at(-1)}`
      return known.some((other) => sameFrame(other, frame)) ? `${frame} at the root` : `no ${frame}`
    })
    .join(' and ')
}

/** The end effector must be where the limits let it be: outside, the first command would be refused or a jump. */
function checkPlace(profile: Profile, measured: Measured): LiveCheck[] {
  const pose = eeOf(profile, measured)
  if (!pose) return []
  const name = 'workspace'
  const place = `the end effector is at [${pose.position.map((value) => value.toFixed(3)).join(', ')}] m`
  const { low, high } = profile.limits.workspace
  const inside = pose.position.every((value, i) => value >= (low[i] as number) && value <= (high[i] as number))
  if (inside) return [{ name, state: 'ok', detail: `${place}, inside` }]
  return [
    {
      name,
      state: 'failed',
      detail: `${place}, outside of the workspace from [${low.join(', ')}] to [${high.join(', ')}] m`,
      remedy: 'move the arm inside by hand, or correct limits.workspace after having looked at what is there',
    },
  ]
}

/** In the base's axes, where a person can tell by hand whether its sign is right; no number can. */
function tellForce(profile: Profile, measured: Measured): LiveCheck[] {
  const { streams, transforms } = measured
  const latest = streams.find(({ stream }) => stream.field === 'wrench')?.latest
  const eeInBase = eeOf(profile, measured)
  if (latest === undefined || !eeInBase) return []
  const found = attempt(() => new ProfileReader(profile, transforms).wrench(latest))
  if (!found) return []
  const force = rotateVector(eeInBase.orientation, found.wrench.force)
  const numbers = force.map((value) => (Math.round(value * 10) / 10 + 0).toFixed(1)).join(', ')
  const detail = `[${numbers}] N on the part, in ${profile.frames.base}: push the tool by hand along +z of ${profile.frames.base}, and the last must rise; else reverse the wrench in the profile`
  return [{ name: 'force', state: 'ok', detail }]
}

function eeOf({ ee, frames }: Profile, { streams, transforms }: Measured): Pose | undefined {
  if (ee.type === 'tf2_msgs/TFMessage') return transforms.find(frames.base, frames.ee)?.pose
  const latest = streams.find(({ stream }) => stream.field === 'ee')?.latest
  if (latest === undefined) return undefined
  const decode = ee.type === 'geometry_msgs/PoseStamped' ? decodePoseStamped : decodeTransformStamped
  return attempt(() => decode(latest).pose)
}

function checkGuard({ guard, watchdog }: Profile, { services, streams }: Measured): LiveCheck[] {
  if (!guard) {
    return [
      {
        name: 'guard',
        state: 'missing',
        detail: `none in the profile. When commands stop: ${watchdog}`,
        remedy: 'install the guard node beside the arm’s driver, and name it in the profile',
      },
    ]
  }
  const checks = ['arm', 'disarm'].map((verb) => checkService(`guard’s ${verb}`, `${guard.state}/${verb}`, services))
  const latest = streams.find(({ stream }) => stream.field === 'guard.state')?.latest as { data?: unknown } | undefined
  if (typeof latest?.data === 'string' && /"state"\s*:\s*"armed"/.test(latest.data)) {
    checks.push({
      name: 'guard',
      state: 'failed',
      detail: 'expected a guard that lets nothing through yet, got one that is armed: somebody moves the arm',
      remedy: `find out who, or call ${guard.state}/disarm`,
    })
  }
  return checks
}

const checkServices = ({ episode }: Profile, { services }: Measured): LiveCheck[] =>
  Object.entries(episode ?? {}).map(([name, service]) => checkService(name, service, services))

function checkService(name: string, service: string, services: readonly string[]): LiveCheck {
  if (services.includes(absoluteName(service))) return { name, state: 'ok', detail: `service ${service}` }
  return {
    name,
    state: 'failed',
    detail: `expected the service ${service}, got none`,
    remedy: 'start the node that offers it, or correct its name in the profile',
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
