// Colour and depth of one camera come as messages of their own: what is of the same moment makes a picture.
//
// They are kept as they came, and decoded when somebody takes the picture: that takes milliseconds.
import type { Rgbd } from '../geometry/index.ts'
import { checkRgbd } from '../perception/index.ts'
import { decodeCameraInfo, decodeHeader } from './messages.ts'
import { decodeColour, decodeDepth, NEW_ROOM, type PictureRoom } from './pictures.ts'
import type { Profile } from './profile.ts'
import { expectFrame } from './profile-reader.ts'

type Half = 'colour' | 'depth'

/** Messages as they came. */
export interface PicturePair {
  /** of the colour, s */
  stamp: number
  colour: unknown
  depth: unknown
  info: unknown
}

interface Waiting {
  stamp: number
  message: unknown
}

/** Colour and depth this far apart are of the same moment, s. */
const SAME_MOMENT = 0.02
/** Messages that wait for their others: depth that has to be registered comes some pictures later. */
const MOST_WAITING = 10
/** Without a pair for so long, something that pairs need does not come, s. */
const PATIENCE = 1
/** Stamps of one picture are the same but for rounding, s. */
const SAME_STAMP = 1e-4

export class PicturePairs {
  readonly camera: NonNullable<Profile['camera']>
  readonly #frame: string
  readonly #waiting: Record<Half, Waiting[]> = { colour: [], depth: [] }
  readonly #infos: (Waiting & { text: string })[] = []
  /** each picture has an info of its own: it is a window that moves over the sensor */
  #isMoving = false
  /** stamps of the last pair and of the last with a camera info; before there is one, of the first half */
  #paired: number | undefined
  #completed: number | undefined

  /** Throws a RangeError for a profile without a camera. */
  constructor({ name, camera, frames }: Profile) {
    if (!camera) throw new RangeError(`the profile "${name}" has no camera`)
    this.camera = camera
    this.#frame = frames.camera
  }

  /** Takes the camera’s own message, without which no pair is a picture. Throws a RangeError for one without a header. */
  takeInfo(message: unknown): void {
    const { header, ...info } = (message ?? {}) as { header?: unknown }
    const text = JSON.stringify(info)
    add(this.#infos, { stamp: decodeHeader(header).stamp, message, text })
    this.#isMoving = this.#infos.some((other) => other.text !== text)
  }

  /**
   * Takes a message; returns the pair that it completes. Throws a RangeError for one without a header or of another frame,
   * and once it is clear that something which pairs need does not come.
   */
  take(half: Half, message: unknown): PicturePair | undefined {
    const { stamp, frame } = decodeHeader((message as { header?: unknown } | null)?.header)
    expectFrame(frame, this.#frame)
    // Set back, the clock begins anew.
    this.#paired = Math.min(this.#paired ?? stamp, stamp)
    this.#completed = Math.min(this.#completed ?? stamp, stamp)
    const otherHalf = half === 'colour' ? 'depth' : 'colour'
    const { [half]: own, [otherHalf]: others } = this.#waiting
    const other = nearest(others, stamp, SAME_MOMENT)
    if (!other) {
      add(own, { stamp, message })
      return lacking(stamp - this.#paired, `nothing of the same moment comes on ${this.camera[otherHalf].topic}`)
    }
    this.#paired = stamp
    // What is older waits in vain: each topic comes in order.
    others.splice(0, others.indexOf(other) + 1)
    own.length = 0
    const halves = { [half]: message, [otherHalf]: other.message } as Record<Half, unknown>
    const taken = half === 'colour' ? stamp : other.stamp
    const info = nearest(this.#infos, taken, this.#isMoving ? SAME_STAMP : Number.POSITIVE_INFINITY)
    if (!info) {
      const which = this.#isMoving ? 'of the same picture ' : ''
      const problem = `no camera info ${which}comes on ${this.camera.info.topic}: its focal length is not known`
      return lacking(stamp - this.#completed, problem)
    }
    this.#completed = stamp
    return { stamp: taken, ...halves, info: info.message }
  }

  /** The picture of a pair, in that room. Throws a RangeError that names what is wrong with it. */
  decode({ colour, depth, info }: PicturePair, room: PictureRoom = NEW_ROOM): Rgbd {
    const { intrinsics } = decodeCameraInfo(info, { rectified: this.camera.rectified })
    const { rgb } = decodeColour(this.camera.colour.type, colour, room)
    return checkRgbd({ intrinsics, rgb, depth: decodeDepth(this.camera.depth.type, depth, room).depth })
  }
}

/** Throws a RangeError when it has lasted too long. */
function lacking(seconds: number, problem: string): undefined {
  if (seconds > PATIENCE) throw new RangeError(problem)
}

function add<T>(waiting: T[], one: T): void {
  waiting.push(one)
  if (waiting.length > MOST_WAITING) waiting.shift()
}

function nearest<T extends Waiting>(waiting: readonly T[], stamp: number, within: number): T | undefined {
  const off = (one: T) => Math.abs(one.stamp - stamp)
  return waiting.filter((one) => off(one) <= within).toSorted((a, b) => off(a) - off(b))[0]
}
