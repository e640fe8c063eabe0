// The newest transforms of /tf and /tf_static, joined from one frame to another.
import { compose, identityPose, invert, type Pose } from '../geometry/index.ts'
import type { StampedTransform } from './messages.ts'

/** Where one frame is in another, and since when. */
export interface FoundTransform {
  pose: Pose
  /** s, of the oldest moving link on the way; infinite when none moves */
  stamp: number
}

interface Link {
  parent: string
  /** the child in the parent */
  pose: Pose
  stamp: number
}

/** ROS 1 writes some frames with a leading slash, which tf2 does away with. */
const plain = (frame: string) => frame.replace(/^\//, '')

const STATIC_TRANSFORMS = '/tf_static'
/** Of tf2_msgs/TFMessage. */
export const TRANSFORM_TOPICS: readonly string[] = ['/tf', STATIC_TRANSFORMS]

export class TransformTree {
  readonly #links = new Map<string, Link>()

  /** Adds what came on one of {@link TRANSFORM_TOPICS}. */
  addFrom(topic: string, transforms: readonly StampedTransform[]): void {
    this.add(transforms, topic === STATIC_TRANSFORMS)
  }

  /** Each child has one parent: the newest to arrive counts. Static transforms do not age. */
  add(transforms: readonly StampedTransform[], isStatic = false): void {
    for (const { frame, childFrame, pose, stamp } of transforms) {
      const link = { parent: plain(frame), pose, stamp: isStatic ? Number.POSITIVE_INFINITY : stamp }
      this.#links.set(plain(childFrame), link)
    }
  }

  /** All frames heard of, in alphabetical order. */
  get frames(): string[] {
    const frames = new Set<string>()
    for (const [child, { parent }] of this.#links) frames.add(child).add(parent)
    return [...frames].sort()
  }

  /** The frames above this one: its parent first. */
  ancestors(frame: string): string[] {
    return this.#chain(frame).map(({ parent }) => parent)
  }

  /** The pose of `frame` in `base`; undefined when nothing connects them. */
  find(base: string, frame: string): FoundTransform | undefined {
    const up = this.#toRoot(frame)
    const down = this.#toRoot(base)
    for (const [ancestor, fromFrame] of up) {
      const fromBase = down.get(ancestor)
      if (!fromBase) continue
      return {
        pose: compose(invert(fromBase.pose), fromFrame.pose),
        stamp: Math.min(fromBase.stamp, fromFrame.stamp),
      }
    }
    return undefined
  }

  /** Where the frame is in itself and in each of its ancestors, the nearest first. */
  #toRoot(frame: string): Map<string, FoundTransform> {
    let at: FoundTransform = { pose: identityPose(), stamp: Number.POSITIVE_INFINITY }
    const found = new Map([[plain(frame), at]])
    for (const { parent, pose, stamp } of this.#chain(frame)) {
      at = { pose: compose(pose, at.pose), stamp: Math.min(stamp, at.stamp) }
      found.set(parent, at)
    }
    return found
  }

  /** Links from the frame upwards; a loop, which no sound tree has, ends it. */
  #chain(frame: string): Link[] {
    const chain: Link[] = []
    const seen = new Set([plain(frame)])
    for (
      let link = this.#links.get(plain(frame));
      link && !seen.has(link.parent);
      link = this.#links.get(link.parent)
    ) {
      seen.add(link.parent)
      chain.push(link)
    }
    return chain
  }
}
