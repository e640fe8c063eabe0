// The newest transforms of /tf and /tf_static, joined from one frame to another.
import { compose, identityPose, invert, type Pose } from '../geometry/index.ts'
import type { StampedTransform } from './messages.ts'

/** Where one frame is in another, and since when. */
export interface FoundTransform {
  pose: Pose
  /**
   * s, of the oldest link on the way that was ever seen to move: others, sent separately and seldom, are no older for it. As long
   * as none has moved, of the oldest; infinite when all are static.
   */
  stamp: number
}

interface Link {
  parent: string
  /** the child in the parent */
  pose: Pose
  stamp: number
  /** it was elsewhere before */
  hasMoved: boolean
}

/** A pose, and the oldest stamps on its way: of the links that have moved, and of those that have not; infinite without any. */
interface Joined {
  pose: Pose
  moved: number
  resting: number
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
      const [parent, child] = [plain(frame), plain(childFrame)]
      const known = this.#links.get(child)
      const hasMoved = known?.parent === parent && (known.hasMoved || !isSame(known.pose, pose))
      this.#links.set(child, { parent, pose, stamp: isStatic ? Number.POSITIVE_INFINITY : stamp, hasMoved })
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
      const moved = Math.min(fromBase.moved, fromFrame.moved)
      const resting = Math.min(fromBase.resting, fromFrame.resting)
      return {
        pose: compose(invert(fromBase.pose), fromFrame.pose),
        stamp: Number.isFinite(moved) ? moved : resting,
      }
    }
    return undefined
  }

  /** Where the frame is in itself and in each of its ancestors, the nearest first. */
  #toRoot(frame: string): Map<string, Joined> {
    let at: Joined = { pose: identityPose(), moved: Number.POSITIVE_INFINITY, resting: Number.POSITIVE_INFINITY }
    const found = new Map([[plain(frame), at]])
    for (const { parent, pose, stamp, hasMoved } of this.#chain(frame)) {
      at = {
        pose: compose(pose, at.pose),
        moved: hasMoved ? Math.min(stamp, at.moved) : at.moved,
        resting: hasMoved ? at.resting : Math.min(stamp, at.resting),
      }
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

const isSame = (a: Pose, b: Pose): boolean =>
  a.position.every((number, i) => number === b.position[i]) &&
  a.orientation.every((number, i) => number === b.orientation[i])
