// Colour and depth of one camera come as messages of their own: what is of the same moment makes a picture.
//
// They are kept as they came, and decoded when somebody takes the picture: that takes milliseconds.
import type { Rgbd } from '../geometry/index.ts'
import { checkRgbd } from '../perception/index.ts'
import { decodeCameraInfo, decodeHeader } from './messages.ts'
import { decodeColour, decodeDepth, NEW_ROOM, type PictureRoom } from './pictures.ts'
import type { Profile } from './profile.ts'
import { expectFrame } from './profile-reader.ts'

export type Half = 'colour' | 'depth'

/** Messages as they came. */
export interface PicturePair {
  /** of the colour, s */
  stamp: number
  colour: unknown
  depth: unknown
  info: unknown
}

/** Colour and depth this far apart are of the same moment, s. */
const SAME_MOMENT = 0.02
/** Halves that wait for their other one: drivers send them a few milliseconds apart, not more than some pictures. */
const MOST_HALVES = 5

export class PicturePairs {
  readonly camera: NonNullable<Profile['camera']>
  readonly #frame: string
  readonly #waiting: Record<Half, { stamp: number; message: unknown }[]> = { colour: [], depth: [] }
  #info: unknown
  /** pairs since there was no camera info */
  #withoutInfo = 0

  /** Throws a RangeError for a profile without a camera. */
  constructor({ name, camera, frames }: Profile) {
    if (!camera) throw new RangeError(`the profile "${name}" has no camera`)
    this.camera = camera
    this.#frame = frames.camera
  }

  /** Takes the camera’s own message, without which no pair is a picture. */
  takeInfo(message: unknown): void {
    this.#info = message
  }

  /**
   * Takes a message; returns the pair that it completes. Throws a RangeError for one without a header or of another frame,
   * and as soon as it is clear that something which pairs need does not come.
   */
  take(half: Half, message: unknown): PicturePair | undefined {
    const { stamp, frame } = decodeHeader((message as { header?: unknown } | null)?.header)
    expectFrame(frame, this.#frame)
    const otherHalf = half === 'colour' ? 'depth' : 'colour'
    const { [half]: own, [otherHalf]: others } = this.#waiting
    const found = others.findLastIndex((each) => Math.abs(each.stamp - stamp) <= SAME_MOMENT)
    const other = others[found]
    if (!other) {
      own.push({ stamp, message })
      if (own.length < MOST_HALVES) return undefined
      own.shift()
      throw new RangeError(`nothing of the same moment comes on ${this.camera[otherHalf].topic}`)
    }
    // What is older waits in vain: each topic comes in order.
    others.splice(0, found + 1)
    own.length = 0
    if (this.#info === undefined) {
      if (++this.#withoutInfo < MOST_HALVES) return undefined
      throw new RangeError(`no camera info has come on ${this.camera.info.topic}: its focal length is not known`)
    }
    const halves = { [half]: message, [otherHalf]: other.message } as Record<Half, unknown>
    return { stamp: half === 'colour' ? stamp : other.stamp, ...halves, info: this.#info }
  }

  /** The picture of a pair, in that room. Throws a RangeError that names what is wrong with it. */
  decode({ colour, depth, info }: PicturePair, room: PictureRoom = NEW_ROOM): Rgbd {
    const { intrinsics } = decodeCameraInfo(info, { rectified: this.camera.rectified })
    const { rgb } = decodeColour(this.camera.colour.type, colour, room)
    return checkRgbd({ intrinsics, rgb, depth: decodeDepth(this.camera.depth.type, depth, room).depth })
  }
}
