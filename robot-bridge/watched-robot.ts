// A robot that is only watched: its topics are read and joined to frames, nothing is ever published.
import { identityPose, type Pose, type Rgbd } from '../geometry/index.ts'
import { checkRgbd, PoseGateConfig } from '../perception/index.ts'
import { FrameJoiner } from './frame-joiner.ts'
import {
  decodeCameraInfo,
  decodeHeader,
  decodeObjectPose,
  decodePoseStamped,
  decodeTFMessage,
  decodeTransformStamped,
  decodeWrenchStamped,
  type Stamped,
  type StampedPose,
  sameFrame,
  typeName,
  wrenchIn,
} from './messages.ts'
import { decodeColour, decodeDepth } from './pictures.ts'
import type { Profile } from './profile.ts'
import {
  RateMeter,
  type RequiredStream,
  requiredStreams,
  type StreamName,
  type StreamState,
} from './recorded-streams.ts'
import { TransformTree } from './transform-tree.ts'

/** What watching needs of a connection. */
export interface Listening {
  /** Messages as they arrive, until the answer is called; `type` as that version of ROS calls it. */
  subscribe(topic: string, type: string, onMessage: (message: unknown) => void): () => void
  /** time on the ROS side, s */
  now(): number
}

interface Watched {
  readonly required: RequiredStream
  readonly meter: RateMeter
  newest: number | undefined
  problem: string | undefined
}

/** A colour or a depth picture. */
interface Half {
  stamp: number
  message: unknown
}

/** As for a robot that is driven. */
const { leastConfidence: LEAST_CONFIDENCE } = PoseGateConfig.parse({})
/** A depth and a colour picture of the same moment, s. */
const SAME_MOMENT = 0.02
/** Pictures that wait for their other half. */
const MOST_HALVES = 5

export class WatchedRobot {
  readonly #profile: Profile
  readonly #listening: Listening
  readonly #joiner: FrameJoiner
  readonly #watched: ReadonlyMap<StreamName, Watched>
  readonly #tree = new TransformTree()
  readonly #depths: Half[] = []
  readonly #colours: Half[] = []
  readonly #endings: (() => void)[] = []
  #info: unknown

  /** Subscribes at once. `pictureRate`: Hz, at most. Throws a RangeError when `rgbd` is asked of a profile without a camera. */
  constructor(
    profile: Profile,
    listening: Listening,
    { rgbd, pictureRate }: { rgbd: boolean; pictureRate?: number | undefined },
  ) {
    this.#profile = profile
    this.#listening = listening
    const blank = (required: RequiredStream): Watched => ({
      required,
      meter: new RateMeter(),
      newest: undefined,
      problem: undefined,
    })
    this.#watched = new Map(requiredStreams(profile, { rgbd }).map((required) => [required.name, blank(required)]))
    this.#joiner = new FrameJoiner({
      cameraInBase: () => this.cameraInBase,
      hasWrench: profile.wrench !== undefined,
      hasPictures: rgbd,
      pictureInterval: pictureRate && 1 / pictureRate,
      staleAfter: profile.limits.staleAfter,
      poseStaleAfter: profile.limits.poseStaleAfter,
    })
    this.#subscribeAll(rgbd)
  }

  /** As the profile says, or else the transforms; undefined as long as neither does. */
  get cameraInBase(): Pose | undefined {
    const { cameraInBase, frames } = this.#profile
    return cameraInBase ?? this.#tree.find(frames.base, frames.camera)?.pose
  }

  /** Why poses of the source did not become frames, and how often. */
  get dropped(): ReadonlyMap<string, number> {
    return this.#joiner.dropped
  }

  /** The frames that are complete since the last call. */
  frames() {
    return this.#joiner.take(this.#listening.now())
  }

  /** Passes over the frames that {@link frames} would give, without the work of their pictures. */
  skip(): void {
    this.#joiner.skip(this.#listening.now())
  }

  /** Of everything that a recording needs, as it is now. */
  streams(): StreamState[] {
    const now = this.#listening.now()
    return [...this.#watched.values()].map(({ required, meter, newest, problem }) => ({
      ...required,
      rate: meter.rate(now),
      age: newest === undefined ? undefined : now - newest,
      problem,
    }))
  }

  /** Unsubscribes. */
  close(): void {
    for (const end of this.#endings.splice(0)) end()
  }

  #subscribeAll(rgbd: boolean): void {
    const { ee, objects, wrench, command, guard, camera, frames } = this.#profile
    const joiner = this.#joiner
    // Transforms first: what is read from them below must find them there.
    if (this.#needsTransforms()) {
      for (const topic of ['/tf', '/tf_static']) {
        this.#subscribe(topic, 'tf2_msgs/TFMessage', (message) =>
          this.#tree.add(decodeTFMessage(message), topic === '/tf_static'),
        )
      }
    }
    this.#watch('ee', ee.topic, ee.type, (message) => {
      const found = this.#eeIn(message)
      if (found) joiner.ee(found.stamp, found.pose)
      return found?.stamp
    })
    for (const name of ['source', 'target'] as const) {
      const { topic, type, id } = objects[name]
      this.#watch(name, topic, type, (message) => {
        const found = decodeObjectPose(type, message, id)
        // What its tracker itself calls lost is nothing to learn from: the stream goes stale, which is told.
        if (!found || found.confidence < LEAST_CONFIDENCE) return undefined
        expectFrame(found, frames.camera)
        if (name === 'source') joiner.source(found.stamp, found.pose, this.#listening.now())
        else joiner.target(found.stamp, found.pose)
        return found.stamp
      })
    }
    if (wrench) {
      this.#watch('wrench', wrench.topic, wrench.type, (message) => {
        const found = decodeWrenchStamped(message)
        expectFrame(found, wrench.frame)
        joiner.wrench(found.stamp, wrenchIn(this.#inEe(wrench.frame), found.wrench))
        return found.stamp
      })
    }
    // Whoever demonstrates may do it without commands, by hand: they are taken when they come.
    if (command.kind === 'pose') {
      this.#subscribe(guard?.command ?? command.topic, command.type, (message) => {
        const found = decodePoseStamped(message)
        expectFrame(found, frames.base)
        joiner.command(found.stamp, found.pose)
      })
    }
    if (rgbd && camera) this.#subscribePictures(camera)
  }

  #needsTransforms(): boolean {
    const { ee, wrench, frames, cameraInBase } = this.#profile
    return (
      ee.type === 'tf2_msgs/TFMessage' ||
      (wrench !== undefined && !sameFrame(wrench.frame, frames.ee)) ||
      cameraInBase === undefined
    )
  }

  #eeIn(message: unknown): { stamp: number; pose: Pose } | undefined {
    const { ee, frames } = this.#profile
    if (ee.type === 'tf2_msgs/TFMessage') {
      const found = this.#tree.find(frames.base, frames.ee)
      return found && Number.isFinite(found.stamp) ? found : undefined
    }
    const read: (message: unknown) => StampedPose & { childFrame?: string } =
      ee.type === 'geometry_msgs/PoseStamped' ? decodePoseStamped : decodeTransformStamped
    const { stamp, frame, pose, childFrame } = read(message)
    expectFrame({ frame }, frames.base)
    if (childFrame !== undefined) expectFrame({ frame: childFrame }, frames.ee)
    return { stamp, pose }
  }

  /** Where the wrench's frame is in the end effector's. */
  #inEe(frame: string): Pose {
    const { ee } = this.#profile.frames
    if (sameFrame(frame, ee)) return identityPose()
    const found = this.#tree.find(ee, frame)
    if (!found) throw new RangeError(`no transform tells where ${frame} is in ${ee}`)
    return found.pose
  }

  #subscribePictures(camera: NonNullable<Profile['camera']>): void {
    const { colour, depth, info } = camera
    // None of the three alone is a picture: what counts is a pair whose focal length is known.
    const half = (halves: Half[]) => (message: unknown) => {
      keep(halves, this.#halfOf(message))
      return this.#pairPictures(camera)
    }
    this.#watch('pictures', colour.topic, colour.type, half(this.#colours))
    this.#watch('pictures', depth.topic, depth.type, half(this.#depths))
    this.#watch('pictures', info.topic, info.type, (message) => {
      this.#info = message
      return undefined
    })
  }

  #halfOf(message: unknown): Half {
    const header = decodeHeader((message as { header?: unknown } | null)?.header)
    expectFrame(header, this.#profile.frames.camera)
    return { stamp: header.stamp, message }
  }

  /**
   * Joins colour and depth as soon as both halves are there; they are unpacked when they are needed. The stamp of the newest
   * pair, if there was one. Throws a RangeError that says what is missing.
   */
  #pairPictures(camera: NonNullable<Profile['camera']>): number | undefined {
    let newest: number | undefined
    for (const colour of [...this.#colours]) {
      const depth = this.#depths.find(({ stamp }) => Math.abs(stamp - colour.stamp) <= SAME_MOMENT)
      if (!depth) continue
      this.#colours.splice(0, this.#colours.indexOf(colour) + 1)
      this.#depths.splice(0, this.#depths.indexOf(depth) + 1)
      if (this.#info === undefined) {
        throw new RangeError(`no camera info has come on ${camera.info.topic}: its focal length is not known`)
      }
      this.#joiner.picture(colour.stamp, () => this.#unpack(camera, colour.message, depth.message))
      newest = colour.stamp
    }
    for (const [halves, other] of [
      [this.#colours, camera.depth],
      [this.#depths, camera.colour],
    ] as const) {
      if (halves.length === MOST_HALVES) throw new RangeError(`nothing of the same moment comes on ${other.topic}`)
    }
    return newest
  }

  /** Undefined, with a word in the stream's state, for a picture that is wrong. */
  #unpack({ colour, depth, rectified }: NonNullable<Profile['camera']>, rgb: unknown, z: unknown): Rgbd | undefined {
    try {
      const { intrinsics } = decodeCameraInfo(this.#info, { rectified })
      return checkRgbd({ intrinsics, rgb: decodeColour(colour.type, rgb).rgb, depth: decodeDepth(depth.type, z).depth })
    } catch (error) {
      this.#note('pictures', error)
      return undefined
    }
  }

  /** Subscribes to a topic whose rate and age are told; `take` returns a message's stamp if it was about that stream. */
  #watch(name: StreamName, topic: string, type: string, take: (message: unknown) => number | undefined): void {
    const watched = this.#watched.get(name)
    this.#endings.push(
      this.#listening.subscribe(topic, typeName(type, this.#profile.ros), (message) => {
        try {
          const stamp = take(message)
          if (stamp === undefined || !watched) return
          watched.meter.count(this.#listening.now())
          watched.newest = stamp
          watched.problem = undefined
        } catch (error) {
          this.#note(name, error)
        }
      }),
    )
  }

  /** Subscribes to a topic that a recording can do without. */
  #subscribe(topic: string, type: string, take: (message: unknown) => void): void {
    this.#endings.push(
      this.#listening.subscribe(topic, typeName(type, this.#profile.ros), (message) => {
        try {
          take(message)
        } catch (error) {
          if (!(error instanceof RangeError)) throw error
        }
      }),
    )
  }

  /** A message that is wrong is not taken, and its stream says why. */
  #note(name: StreamName, error: unknown): void {
    if (!(error instanceof RangeError)) throw error
    const watched = this.#watched.get(name)
    if (watched) watched.problem = error.message
  }
}

function keep(halves: Half[], half: Half): void {
  halves.push(half)
  if (halves.length > MOST_HALVES) halves.shift()
}

function expectFrame({ frame }: Pick<Stamped, 'frame'>, expected: string): void {
  if (!sameFrame(frame, expected)) {
    throw new RangeError(`expected the frame "${expected}", as the profile says, got "${frame}"`)
  }
}
