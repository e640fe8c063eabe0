// Frames of an episode, out of streams that come each in their own time.
//
// There is one frame for each pose of the source, with its stamp. Everything else in it is as it was then, by its own
// stamps: the end effector interpolated, the wrench and the picture the nearest, the target and the command the last
// before. A frame therefore waits until the others have come that far, but not for ever.
import type { Frame, Wrench } from '../demos/index.ts'
import { type Pose, poseAt, type Rgbd } from '../geometry/index.ts'

export interface JoinerOptions {
  /** undefined as long as it is not known; no frame is made before */
  readonly cameraInBase: () => Pose | undefined
  readonly hasWrench: boolean
  readonly hasPictures: boolean
  /** of the end effector's and the wrench's nearest sample, s */
  readonly staleAfter: number
  /** of the target's pose, s */
  readonly poseStaleAfter: number
  /** no pictures are taken in a shorter time, s */
  readonly pictureInterval?: number | undefined
}

interface Sample<T> {
  readonly stamp: number
  readonly value: T
}

/** Late messages are waited for, from when the source's pose came, s. */
const PATIENCE = 0.3
/** A picture belongs to a pose that was taken from it or nearly so, s. */
export const SAME_PICTURE = 0.02
/** A command counts as long as the robot might follow it, s. */
const COMMAND_LASTS = 1
/** Kept of each stream, s; of pictures, of which one may have megabytes, less. */
const KEPT = 3
const KEPT_PICTURES = 1.5
/** Stamps that go back by less are late messages, and left out; by more, a clock was set and all begins anew, s. */
export const CLOCK_SET_BACK = 1

/** Among the reasons for what was left out, the one of pictures instead of poses. */
export const UNJOINED = `no pose of the source within ${1000 * SAME_PICTURE} ms of the picture`

/** A pose of the source whose frame waits for the rest; or why there is none. */
type Pending = { readonly stamp: number; readonly arrived: number } & (
  | { readonly pose: Pose }
  | { readonly why: string }
)

/** Samples in the order of their stamps. */
class Stream<T> {
  samples: Sample<T>[] = []
  readonly #kept: number

  constructor(kept = KEPT) {
    this.#kept = kept
  }

  add(stamp: number, value: T): void {
    const last = this.samples.at(-1)
    if (last && stamp < last.stamp - CLOCK_SET_BACK) this.samples = []
    else if (last && stamp <= last.stamp) return
    this.samples.push({ stamp, value })
    const old = this.samples.findIndex((sample) => sample.stamp >= stamp - this.#kept)
    if (old > 0) this.samples.splice(0, old)
  }

  reaches(stamp: number): boolean {
    const last = this.samples.at(-1)
    return last !== undefined && last.stamp >= stamp
  }

  nearest(stamp: number, within: number): Sample<T> | undefined {
    let best: Sample<T> | undefined
    for (const sample of this.samples) {
      if (Math.abs(sample.stamp - stamp) > within) continue
      if (!best || Math.abs(sample.stamp - stamp) < Math.abs(best.stamp - stamp)) best = sample
    }
    return best
  }

  /** The last at or before, not older than `most`. */
  before(stamp: number, most: number): Sample<T> | undefined {
    const sample = this.samples.findLast((one) => one.stamp <= stamp)
    return sample && stamp - sample.stamp <= most ? sample : undefined
  }
}

export class FrameJoiner {
  /** Why poses of the source did not become frames, or pictures that were due no part of one, and how often. */
  readonly dropped = new Map<string, number>()
  readonly #options: JoinerOptions
  readonly #ee = new Stream<Pose>()
  readonly #target = new Stream<Pose>()
  readonly #wrench = new Stream<Wrench>()
  readonly #command = new Stream<Pose>()
  readonly #pictures = new Stream<() => Rgbd | undefined>(KEPT_PICTURES)
  #pending: Pending[] = []
  #newest = Number.NEGATIVE_INFINITY
  #lastPicture = Number.NEGATIVE_INFINITY
  /** pictures up to this stamp are accounted for; and the last due one that belonged to no pose */
  #accounted = Number.NEGATIVE_INFINITY
  #lastUnjoined = Number.NEGATIVE_INFINITY

  constructor(options: JoinerOptions) {
    this.#options = options
  }

  ee(stamp: number, pose: Pose): void {
    this.#ee.add(stamp, pose)
  }

  target(stamp: number, pose: Pose): void {
    this.#target.add(stamp, pose)
  }

  wrench(stamp: number, wrench: Wrench): void {
    this.#wrench.add(stamp, wrench)
  }

  command(stamp: number, pose: Pose): void {
    this.#command.add(stamp, pose)
  }

  /** `unpack` is called at most once, and only for a picture that becomes part of a frame. */
  picture(stamp: number, unpack: () => Rgbd | undefined): void {
    this.#pictures.add(stamp, unpack)
  }

  /** `arrived`: on the clock of {@link take}. */
  source(stamp: number, pose: Pose, arrived: number): void {
    if (stamp < this.#newest - CLOCK_SET_BACK) this.#startAnew()
    else if (stamp <= this.#newest) return
    this.#newest = stamp
    this.#pending.push({ stamp, pose, arrived })
  }

  /** In place of a pose of the source or the target that is not to be recorded: it is counted when its turn comes. */
  leaveOut(stamp: number, why: string, arrived: number): void {
    this.#pending.push({ stamp, why, arrived })
  }

  /** The frames that are complete, or have waited long enough by `now`. */
  take(now: number): Frame[] {
    const frames: Frame[] = []
    for (let next = this.#next(now); next; next = this.#next(now)) {
      const frame = 'pose' in next ? this.#frame(next.stamp, next.pose) : this.#drop(next.why)
      if (frame) frames.push(frame)
      // Why its picture is none is told of the pose.
      else this.#accounted = next.stamp + SAME_PICTURE
    }
    return frames
  }

  /** Lets go of what {@link take} would return, without unpacking a picture. */
  skip(now: number): void {
    for (let next = this.#next(now); next; next = this.#next(now)) this.#accounted = next.stamp + SAME_PICTURE
  }

  #next(now: number) {
    const [first] = this.#pending
    if (!first || !(this.#isComplete(first.stamp) || now - first.arrived > PATIENCE)) return undefined
    return this.#pending.shift()
  }

  #isComplete(stamp: number): boolean {
    const { hasWrench, hasPictures } = this.#options
    return (
      this.#ee.reaches(stamp) &&
      (!hasWrench || this.#wrench.reaches(stamp)) &&
      (!hasPictures || this.#pictures.reaches(stamp))
    )
  }

  #frame(stamp: number, sourceInCamera: Pose): Frame | undefined {
    const { staleAfter, poseStaleAfter } = this.#options
    const cameraInBase = this.#options.cameraInBase()
    const target = this.#target.before(stamp, poseStaleAfter)
    if (!cameraInBase) return this.#drop('the camera’s place in the base was not known')
    if (!target) return this.#drop('the target was not seen at that time')
    if (!this.#ee.nearest(stamp, staleAfter)) return this.#drop('the end effector’s pose was missing at that time')
    const wrench = this.#wrench.nearest(stamp, staleAfter)?.value
    const commandInBase = this.#command.before(stamp, COMMAND_LASTS)?.value
    const rgbd = this.#pictureOf(stamp)
    const { samples } = this.#ee
    return {
      stamp,
      sourceInCamera,
      targetInCamera: target.value,
      eeInBase: poseAt({ stamps: samples.map((one) => one.stamp), poses: samples.map(({ value }) => value) }, stamp),
      cameraInBase,
      ...(commandInBase ? { commandInBase } : {}),
      ...(wrench ? { wrench } : {}),
      ...(rgbd ? { rgbd } : {}),
    }
  }

  #pictureOf(stamp: number): Rgbd | undefined {
    this.#countUnjoined(stamp - SAME_PICTURE)
    const picture = this.#pictures.nearest(stamp, SAME_PICTURE)
    if (!picture || !this.#isDue(picture.stamp, this.#lastPicture)) return undefined
    this.#lastPicture = picture.stamp
    return picture.value()
  }

  #isDue(stamp: number, last: number): boolean {
    // Of a camera at another rate, the picture next to when one is due.
    return stamp > last && stamp - last >= (this.#options.pictureInterval ?? 0) - SAME_PICTURE / 2
  }

  /** Counts the pictures before `stamp` that were due, and that no pose was near. */
  #countUnjoined(stamp: number): void {
    // Those before the first pose of all are nobody's loss.
    const begin = this.#accounted === Number.NEGATIVE_INFINITY ? stamp : this.#accounted
    for (const picture of this.#pictures.samples) {
      if (picture.stamp <= begin || picture.stamp >= stamp) continue
      if (!this.#isDue(picture.stamp, Math.max(this.#lastPicture, this.#lastUnjoined))) continue
      this.#lastUnjoined = picture.stamp
      this.#drop(UNJOINED)
    }
    this.#accounted = Math.max(this.#accounted, stamp)
  }

  #drop(why: string): undefined {
    this.dropped.set(why, (this.dropped.get(why) ?? 0) + 1)
    return undefined
  }

  #startAnew(): void {
    this.#pending = []
    this.#lastPicture = Number.NEGATIVE_INFINITY
    this.#accounted = Number.NEGATIVE_INFINITY
    this.#lastUnjoined = Number.NEGATIVE_INFINITY
  }
}
