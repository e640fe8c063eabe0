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

/** Colour and depth this far apart may be of the same moment, s. */
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
  readonly #intervals: Readonly<Record<Half, Intervals>> = { colour: new Intervals(), depth: new Intervals() }
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
    this.#intervals[half].add(stamp)
    // Nearer to the picture before or after, it is of that one: after one lost half, all that follow would be shifted.
    const interval = Math.min(this.#intervals.colour.usual, this.#intervals.depth.usual)
    const other = nearest(others, stamp, Math.min(SAME_MOMENT, interval / 2))
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
    const colours = decodeColour(this.camera.colour.type, colour, room)
    const depths = decodeDepth(this.camera.depth.type, depth, room)
    // As many pixels may be of another shape: turned upright, say.
    const sizes = [colours, depths, intrinsics].map(({ width, height }) => `${width}×${height}`)
    if (new Set(sizes).size > 1) {
      throw new RangeError(
        `expected colour, depth and camera info of one size, got ${sizes.join(', ')} pixels; name topics of one and the ` +
          'same picture: depth that is registered to the colour, neither turned nor scaled, and its own camera info',
      )
    }
    return checkRgbd({ intrinsics, rgb: colours.rgb, depth: depths.depth })
  }
}

/** The times between the stamps of a topic. */
class Intervals {
  #last: number | undefined
  #seconds: number[] = []

  add(stamp: number): void {
    const seconds = stamp - (this.#last ?? stamp)
    this.#last = stamp
    // Not where a clock was set back.
    if (seconds > 0) this.#seconds = [...this.#seconds.slice(1 - MOST_WAITING), seconds]
  }

  /** The median of the last few, s: messages get lost, and stamps shake; infinite as long as there is none. */
  get usual(): number {
    const sorted = this.#seconds.toSorted((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)] ?? Number.POSITIVE_INFINITY
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
