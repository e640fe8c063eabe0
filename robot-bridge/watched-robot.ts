// A robot that is only watched: its topics are read and joined to frames, nothing is ever published.
import type { Pose, Rgbd } from '../geometry/index.ts'
import { PoseGate, PoseGateConfig } from '../perception/index.ts'
import { FrameJoiner } from './frame-joiner.ts'
import { decodePoseStamped, typeName } from './messages.ts'
import { type PicturePair, PicturePairs } from './picture-pairs.ts'
import type { Profile } from './profile.ts'
import { expectFrame, ProfileReader } from './profile-reader.ts'
import {
  RateMeter,
  type RequiredStream,
  requiredStreams,
  type StreamName,
  type StreamState,
} from './recorded-streams.ts'

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

/** As for a robot that is driven. */
const { leastConfidence: LEAST_CONFIDENCE } = PoseGateConfig.parse({})
/**
 * A hand that leads the arm is faster than a governor lets a policy be, and trackers of a few reports a second show it in steps:
 * m/s and rad/s that are no outlier. What glitches by less stays in the episode.
 */
const HAND_LED = { translationRate: 1, rotationRate: 6 }
/** Between looks at whether pictures can be used, s. */
const LOOK_EVERY = 1

export class WatchedRobot {
  readonly #profile: Profile
  readonly #listening: Listening
  readonly #joiner: FrameJoiner
  readonly #watched: ReadonlyMap<StreamName, Watched>
  readonly #reader: ProfileReader
  readonly #endings: (() => void)[] = []
  /** the last picture that was looked at cannot be used */
  #isWrong = false
  /** s on the robot's clock */
  #lookedAt = Number.NEGATIVE_INFINITY

  /**
   * Subscribes at once. `pictureRate`: Hz, at most. `gated: false` takes every pose: a marker that is carried from place to place
   * jumps. Throws a RangeError when `rgbd` is asked of a profile without a camera.
   */
  constructor(
    profile: Profile,
    listening: Listening,
    { rgbd, pictureRate, gated = true }: { rgbd: boolean; pictureRate?: number | undefined; gated?: boolean },
  ) {
    this.#profile = profile
    this.#listening = listening
    this.#reader = new ProfileReader(profile)
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
    this.#subscribeAll(rgbd, gated)
  }

  /** As the profile says, or else the transforms; undefined as long as neither does. */
  get cameraInBase(): Pose | undefined {
    return this.#profile.cameraInBase ?? this.#reader.cameraInBase
  }

  /** Why poses of the objects did not become frames or go into one, and how often. */
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

  #subscribeAll(rgbd: boolean, gated: boolean): void {
    const { ee, objects, wrench, command, guard, frames } = this.#profile
    const [joiner, reader] = [this.#joiner, this.#reader]
    for (const topic of reader.transformTopics) {
      this.#subscribe(topic, 'tf2_msgs/TFMessage', (message) => reader.takeTransforms(topic, message))
    }
    this.#watch('ee', ee.topic, ee.type, (message) => {
      const found = reader.ee(message) ?? this.#lacking('ee')
      if (found) joiner.ee(found.stamp, found.pose)
      return found?.stamp
    })
    for (const name of ['source', 'target'] as const) {
      const { topic, type } = objects[name]
      const gate = gated ? new PoseGate(HAND_LED) : undefined
      this.#watch(name, topic, type, (message) => {
        const found = reader.object(name, message)
        // What its tracker itself calls lost is nothing to learn from: the stream goes stale, which is told.
        if (!found || found.confidence < LEAST_CONFIDENCE) return undefined
        const { stamp, pose } = found
        const now = this.#listening.now()
        const verdict = gate?.update(found, now)
        if (verdict === 'outlier' || verdict === 'invalid') {
          const why = verdict === 'outlier' ? 'pose was an outlier' : 'stamp was ahead of the robot’s clock'
          joiner.leaveOut(Math.min(stamp, now), `the ${name}’s ${why}`, now)
          return undefined
        }
        if (verdict === 'old') return undefined
        if (name === 'source') joiner.source(stamp, pose, now)
        else joiner.target(stamp, pose)
        return stamp
      })
    }
    if (wrench) {
      this.#watch('wrench', wrench.topic, wrench.type, (message) => {
        const found = reader.wrench(message) ?? this.#lacking('wrench')
        if (found) joiner.wrench(found.stamp, found.wrench)
        return found?.stamp
      })
    }
    // Whoever demonstrates may do it without commands, by hand: they are taken when they come.
    if (command.kind === 'pose') {
      this.#subscribe(guard?.command ?? command.topic, command.type, (message) => {
        const found = decodePoseStamped(message)
        expectFrame(found.frame, frames.base)
        joiner.command(found.stamp, found.pose)
      })
    }
    if (rgbd) this.#subscribePictures(new PicturePairs(this.#profile))
  }

  /** Throws a RangeError with the transform that the stream waits for, if it does. */
  #lacking(stream: StreamName): undefined {
    const lack = this.#reader.lacks(stream)
    if (lack !== undefined) throw new RangeError(lack)
  }

  /** None of its three topics alone is a picture: what counts is a pair whose focal length is known. */
  #subscribePictures(pairs: PicturePairs): void {
    for (const half of ['colour', 'depth'] as const) {
      const { topic, type } = pairs.camera[half]
      this.#watch('pictures', topic, type, (message) => {
        const pair = pairs.take(half, message)
        if (!pair) return undefined
        const seen = this.#lookAt(pairs, pair)
        // Unpacked when it is needed: that takes milliseconds.
        this.#joiner.picture(pair.stamp, () => seen ?? this.#unpack(pairs, pair))
        return pair.stamp
      })
    }
    const { topic, type } = pairs.camera.info
    this.#watch('pictures', topic, type, (message) => {
      pairs.takeInfo(message)
      return undefined
    })
  }

  /** What nobody records is looked at all the same, once a second, and each after one that was wrong. Throws a RangeError. */
  #lookAt(pairs: PicturePairs, pair: PicturePair): Rgbd | undefined {
    const now = this.#listening.now()
    if (!this.#isWrong && Math.abs(now - this.#lookedAt) < LOOK_EVERY) return undefined
    this.#lookedAt = now
    this.#isWrong = true
    const seen = pairs.decode(pair)
    this.#isWrong = false
    return seen
  }

  /** Undefined, with a word in the stream's state, for a picture that is wrong. */
  #unpack(pairs: PicturePairs, pair: PicturePair): Rgbd | undefined {
    try {
      return pairs.decode(pair)
    } catch (error) {
      this.#isWrong = true
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
          // A message on other links of the arm repeats what is known.
          if (!watched || stamp === undefined || stamp === watched.newest) return
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
