// The newest consistent observation, out of streams that each have their own rhythm.
//
//   end effector  ─●──●──●──●──●──●      interpolated to the stamp
//   wrench        ───●────●────●──┊      its newest
//   stamp                      ┊  ┊  =   the newest for which both are known
//   object poses  ──●───────●            as they are, each with its own stamp
//   pictures      ──●───────●            the one that the object poses were seen in
//
// When either of the first two falls silent the stamp stands still, and whoever looks at its age knows.
import type { Observation, Wrench } from '../control/robot.ts'
import { type Pose, poseAt, type Rgbd } from '../geometry/index.ts'
import { type FilteredOptions, filtered, LatestPoses, type ObjectPoses, type PoseSource } from '../perception/index.ts'
import { BridgeError } from './bridge-error.ts'
import type { News } from './link-news.ts'
import type { Profile } from './profile.ts'

export interface AssemblyOptions {
  profile: Profile
  /** the robot's clock, s */
  now: () => number
  /** which reports of the tracker are believed; null: all */
  gate?: FilteredOptions['gate'] | null
  /** whether observations have pictures; `if any`: once the first has come */
  camera?: boolean | 'if any'
}

/** Poses of the end effector are kept this long, s. */
const MEMORY = 2
/** Pictures that are kept: trackers report a picture or two after it was taken. */
export const KEPT_PICTURES = 4

/** A picture that somebody else holds. */
export interface KeptPicture {
  /** when it was taken, s on the robot's clock */
  readonly stamp: number
  /** costs something when it is first read; not to be asked for the first time after `giveBack` */
  readonly rgbd: Rgbd
  /** It is of no further use. */
  giveBack(): void
}

export class Assembly {
  readonly #options: AssemblyOptions
  #latest = new LatestPoses()
  #poses: PoseSource
  #stamps: number[] = []
  #eePoses: Pose[] = []
  #wrench: { stamp: number; wrench: Wrench } | undefined
  readonly #pictures: KeptPicture[] = []
  /** by how much time was set back last, s */
  #setBack: number | undefined

  constructor(options: AssemblyOptions) {
    this.#options = options
    this.#poses = this.#filter(this.#latest)
  }

  #filter(latest: LatestPoses): PoseSource {
    const { now, gate } = this.#options
    return gate === null ? latest : filtered(latest, { now, ...(gate && { gate }) })
  }

  take({ ee, source, target, wrench }: News['values']): void {
    if (ee) this.#takeEe(ee)
    if (wrench) this.#wrench = wrench
    for (const [name, pose] of Object.entries({ source, target })) {
      if (pose) this.#latest.report(name as 'source' | 'target', pose)
    }
    // A filter has to see each report.
    if (source || target) this.#poses.latest()
  }

  get hasPictures(): boolean {
    return this.#pictures.length > 0
  }

  takePicture(picture: KeptPicture): void {
    this.#pictures.push(picture)
    if (this.#pictures.length > KEPT_PICTURES) this.#pictures.shift()?.giveBack()
  }

  /** Throws a BridgeError as long as something has not been seen at all, or not since time was set back. */
  observe(): Observation {
    const { profile, camera } = this.#options
    const newest = this.#stamps.at(-1)
    // The robot's clock, by which poses age, is known with the first value.
    const poses = newest === undefined ? undefined : this.#poses.latest()
    const lacking = [
      ...(newest === undefined ? [`a pose of the end effector on ${profile.ee.topic}`] : []),
      ...(profile.wrench && !this.#wrench ? [`a wrench on ${profile.wrench.topic}`] : []),
      ...(poses
        ? []
        : [`poses of both objects on ${profile.objects.source.topic} and ${profile.objects.target.topic}`]),
      ...(camera === true && !this.hasPictures ? [`a picture with depth on ${profile.camera?.colour.topic}`] : []),
    ]
    if (newest === undefined || !poses || lacking.length > 0) {
      const what = lacking.join('; ')
      if (this.#setBack === undefined) {
        throw new BridgeError(`nothing to observe yet: ${what} never arrived; wait until the robot is ready`)
      }
      throw new BridgeError(
        `the robot's clock was set back by ${this.#setBack.toFixed(2)} s, and since then nothing was seen: ${what}; ` +
          'start again, and have clocks that are corrected slowly (chrony without makestep)',
      )
    }
    const wrench = profile.wrench && this.#wrench
    const stamp = Math.min(newest, wrench?.stamp ?? newest)
    const observation: Observation = {
      stamp,
      source: poses.source,
      target: poses.target,
      eeInBase: this.#eeTrack(stamp),
      ...(wrench && { wrench: wrench.wrench }),
    }
    return camera && this.hasPictures ? this.#withPicture(observation, poses) : observation
  }

  /** Where the end effector was at `time`, s on the robot's clock; undefined when that is not remembered. */
  eeAt(time: number): Pose | undefined {
    const [first, last] = [this.#stamps[0], this.#stamps.at(-1)]
    if (first === undefined || last === undefined || !(time >= first && time <= last)) return undefined
    return this.#eeTrack(time)
  }

  #withPicture(observation: Observation, { source, target }: ObjectPoses): Observation {
    const seen = Math.max(source.stamp, target.stamp)
    const nearest = this.#pictures.reduce((a, b) => (Math.abs(b.stamp - seen) <= Math.abs(a.stamp - seen) ? b : a))
    return {
      ...observation,
      pictureStamp: nearest.stamp,
      // Most observations are only glanced at for their poses.
      get rgbd() {
        return nearest.rgbd
      },
    }
  }

  #eeTrack(time: number): Pose {
    return poseAt({ stamps: this.#stamps, poses: this.#eePoses }, time)
  }

  #takeEe({ stamp, pose }: { stamp: number; pose: Pose }): void {
    const last = this.#stamps.at(-1) ?? Number.NEGATIVE_INFINITY
    // The link has forgotten that it told it.
    if (stamp === last) return
    // Time was set back: what was before is of another time.
    if (stamp < last) {
      this.#setBack = last - stamp
      this.#stamps = []
      this.#eePoses = []
      this.#latest = new LatestPoses()
      this.#poses = this.#filter(this.#latest)
      for (const picture of this.#pictures.splice(0)) picture.giveBack()
    }
    this.#stamps.push(stamp)
    this.#eePoses.push(pose)
    const old = this.#stamps.findIndex((each) => each >= stamp - MEMORY)
    if (old > 0) {
      this.#stamps.splice(0, old)
      this.#eePoses.splice(0, old)
    }
  }
}
