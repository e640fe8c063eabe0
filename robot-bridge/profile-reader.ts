// What messages on a profile's topics say, in the profile's frames, with the transforms that some of them need.
import type { Wrench } from '../control/robot.ts'
import { compose, identityPose, type Pose } from '../geometry/index.ts'
import type { TrackedPose } from '../perception/index.ts'
import { EquivalentPoses } from './equivalent-poses.ts'
import {
  decodeObjectPose,
  decodePoseStamped,
  decodeTFMessage,
  decodeTransformStamped,
  decodeWrenchStamped,
  type Stamped,
  type StampedPose,
  sameFrame,
  wrenchIn,
} from './messages.ts'
import type { Profile } from './profile.ts'
import { TRANSFORM_TOPICS, TransformTree } from './transform-tree.ts'

type ObjectName = keyof Profile['objects']

/** For `nearestSymmetric`. */
const orderOf = ({ symmetry = 1 }: Profile['objects'][ObjectName]): number =>
  symmetry === 'round' ? Number.POSITIVE_INFINITY : symmetry

export class ProfileReader {
  readonly #profile: Profile
  readonly #tree: TransformTree
  readonly #equivalent: EquivalentPoses

  /** `tree`: where transforms are gathered. */
  constructor(profile: Profile, tree = new TransformTree()) {
    this.#profile = profile
    this.#tree = tree
    const { source, target } = profile.objects
    this.#equivalent = new EquivalentPoses({ source: orderOf(source), target: orderOf(target) })
  }

  /** Topics of tf2_msgs/TFMessage to subscribe to before all others: what is read from transforms must find them. */
  get transformTopics(): readonly string[] {
    const { ee, wrench, frames, cameraInBase } = this.#profile
    const isElsewhere = wrench !== undefined && !sameFrame(wrench.frame, frames.ee)
    const isNeeded = ee.type === 'tf2_msgs/TFMessage' || isElsewhere || cameraInBase === undefined
    return isNeeded ? TRANSFORM_TOPICS : []
  }

  /**
   * Takes a message of one of {@link transformTopics}, but for what is wrong in it. Throws a RangeError for one that is none,
   * and for a wrong transform of a frame that matters here.
   */
  takeTransforms(topic: string, message: unknown): void {
    const { sound, wrong } = decodeTFMessage(message)
    this.#tree.addFrom(topic, sound)
    for (const { childFrame, problem } of wrong) if (this.#matters(childFrame)) throw problem
  }

  /** Whether it is, or carries, a frame of the profile. One without a name may be any. */
  #matters(frame: unknown): boolean {
    if (typeof frame !== 'string') return true
    const { frames, wrench } = this.#profile
    const named = [...Object.values(frames), ...(wrench ? [wrench.frame] : [])]
    return named.some((own) => [own, ...this.#tree.ancestors(own)].some((each) => sameFrame(each, frame)))
  }

  /** The camera in the base, as the transforms say. */
  get cameraInBase(): Pose | undefined {
    const { base, camera } = this.#profile.frames
    return this.#tree.find(base, camera)?.pose
  }

  /** The end effector in the base; undefined as long as no transform tells. Throws a RangeError for one of other frames. */
  ee(message: unknown): { stamp: number; pose: Pose } | undefined {
    const { ee, frames } = this.#profile
    if (ee.type === 'tf2_msgs/TFMessage') {
      const found = this.#tree.find(frames.base, frames.ee)
      return found && Number.isFinite(found.stamp) ? { stamp: found.stamp, pose: found.pose } : undefined
    }
    const read: (message: unknown) => StampedPose & { childFrame?: string } =
      ee.type === 'geometry_msgs/PoseStamped' ? decodePoseStamped : decodeTransformStamped
    const { stamp, frame, pose, childFrame } = read(message)
    expectFrame(frame, frames.base)
    if (childFrame !== undefined) expectFrame(childFrame, frames.ee, 'child_frame_id')
    return { stamp, pose }
  }

  /**
   * Where the part is; undefined when the message is not about that object. Of poses that look alike it is the one meant; see
   * {@link EquivalentPoses}. Throws a RangeError for a pose in another frame.
   */
  object(name: ObjectName, message: unknown): TrackedPose | undefined {
    const found = this.#report(name, message)
    if (!found) return undefined
    expectFrame(found.frame, this.#profile.frames.camera)
    return { pose: this.#equivalent[name](found.pose), stamp: found.stamp, confidence: found.confidence }
  }

  /** As {@link object}, in whatever frame it is, which is told. */
  objectAnywhere(name: ObjectName, message: unknown): Stamped | undefined {
    const found = this.#report(name, message)
    if (!found) return undefined
    if (sameFrame(found.frame, this.#profile.frames.camera)) this.#equivalent[name](found.pose)
    return { stamp: found.stamp, frame: found.frame }
  }

  #report(name: ObjectName, message: unknown) {
    const { type, id, partInTracked } = this.#profile.objects[name]
    const found = decodeObjectPose(type, message, id)
    return found && partInTracked ? { ...found, pose: compose(found.pose, partInTracked) } : found
  }

  /**
   * The wrench on the part, at the end effector's origin and in its frame; undefined as long as no transform tells where it is
   * measured. Throws a RangeError for one of another frame.
   */
  wrench(message: unknown): { stamp: number; wrench: Wrench } | undefined {
    const { stamp, frame, wrench } = decodeWrenchStamped(message)
    if (this.#profile.wrench) expectFrame(frame, this.#profile.wrench.frame)
    const sensorInEe = this.#inEe(frame)
    const onPart = this.#profile.wrench?.reversed ? opposite(wrench) : wrench
    return sensorInEe && { stamp, wrench: wrenchIn(sensorInEe, onPart) }
  }

  /** Which transform a stream waits for, in words; undefined when it needs none, or it is there. */
  lacks(stream: string): string | undefined {
    const { ee, wrench, frames } = this.#profile
    if (stream === 'ee' && ee.type === 'tf2_msgs/TFMessage' && !this.#tree.find(frames.base, frames.ee)) {
      return `no transform tells where ${frames.ee} is in ${frames.base}`
    }
    if (stream === 'wrench' && wrench && !this.#inEe(wrench.frame)) {
      return `no transform tells where ${wrench.frame} is in ${frames.ee}`
    }
    return undefined
  }

  #inEe(frame: string): Pose | undefined {
    const { ee } = this.#profile.frames
    return sameFrame(frame, ee) ? identityPose() : this.#tree.find(ee, frame)?.pose
  }
}

/** What acts on the part, of what the arm exerts. */
const opposite = ({ force: [x, y, z], torque: [a, b, c] }: Wrench): Wrench => ({
  force: [-x, -y, -z],
  torque: [-a, -b, -c],
})

/** Throws a RangeError for a frame that is not the profile's. */
export function expectFrame(got: string, expected: string, field = 'header.frame_id'): void {
  if (sameFrame(got, expected)) return
  throw new RangeError(`${field}: expected "${expected}", as the profile says, got "${got}"`)
}

/** Throws a RangeError for a joystick without the profile's buttons: one that it does not have never stops the arm. */
export function expectButtons(buttons: readonly boolean[], joystick: NonNullable<Profile['joystick']>): void {
  const missing = (['stop', 'pause', 'record'] as const).filter((name) => (joystick[name] ?? 0) >= buttons.length)
  if (missing.length === 0) return
  const named = missing.map((name) => `${name} at ${joystick[name] ?? 0}`).join(', ')
  throw new RangeError(`buttons: expected the profile's ${named}, counted from 0, got ${buttons.length} buttons`)
}
