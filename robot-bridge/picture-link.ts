// Pictures of a profile's camera, by a connection of their own: a megabyte on its way would make heartbeats and poses wait.
//
// Colour and depth of the same moment are joined and kept as they came; only the newest counts, and only when it is taken
// is it decoded. No socket, thread or timer here, as in link.ts: picture-worker.ts runs it, because decoding takes
// milliseconds, which the thread that commands does not have.
import type { Rgbd } from '../geometry/index.ts'
import { backOff } from './back-off.ts'
import { typeName } from './messages.ts'
import { type PicturePair, PicturePairs } from './picture-pairs.ts'
import type { PictureRoom } from './pictures.ts'
import type { Profile } from './profile.ts'
import type { Dial, Wire } from './wire.ts'

export interface StampedPicture {
  /** when it was taken, s on the robot's clock */
  stamp: number
  rgbd: Rgbd
}

export interface PictureLinkOptions {
  profile: Profile
  dial: Dial
  /** a clock that only goes forward, s */
  now: () => number
  /** 0 to 1 */
  random: () => number
  /** Hz; as many as come when left out */
  rate?: number
  /** something is wrong with what arrives, or with the connection */
  onProblem: (message: string) => void
}

/** Without any message, the connection is given up, s. */
const SILENCE = 3

export class PictureLink {
  readonly #options: PictureLinkOptions
  readonly #pairs: PicturePairs
  #wire: Wire | undefined
  #connections = 0
  #failures = 0
  #dialAt = 0
  #heardAt = 0
  #newest: PicturePair | undefined
  #stamp: number | undefined

  /** Throws a RangeError for a profile without a camera. */
  constructor(options: PictureLinkOptions) {
    this.#options = options
    this.#pairs = new PicturePairs(options.profile)
    this.#dialAt = options.now()
  }

  /** Call it every 10 ms or so. */
  tick(): void {
    const now = this.#options.now()
    if (!this.#wire) {
      if (now >= this.#dialAt) this.#dial(now)
    } else if (now - this.#heardAt > SILENCE) this.#lose(`no picture for ${SILENCE} s`)
  }

  /** of the last picture that could be decoded, s on the robot's clock; undefined before there is one */
  get stamp(): number | undefined {
    return this.#stamp
  }

  /** The newest picture, once, in that room; undefined when there is none, or what came cannot be decoded, which is told. */
  take(room?: PictureRoom): StampedPicture | undefined {
    const pair = this.#newest
    this.#newest = undefined
    if (!pair) return undefined
    try {
      const rgbd = this.#pairs.decode(pair, room)
      this.#stamp = pair.stamp
      this.#failures = 0
      return { stamp: pair.stamp, rgbd }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#options.onProblem(`pictures: ${error.message}`)
      return undefined
    }
  }

  close(): void {
    this.#dialAt = Number.POSITIVE_INFINITY
    const wire = this.#wire
    this.#wire = undefined
    wire?.close()
  }

  #dial(now: number): void {
    const connection = ++this.#connections
    const isCurrent = () => connection === this.#connections && this.#wire !== undefined
    this.#heardAt = now
    this.#wire = this.#options.dial({
      opened: () => isCurrent() && this.#opened(),
      closed: (reason) => isCurrent() && this.#lose(reason),
      message: (topic, message) => isCurrent() && this.#received(topic, message),
      malformed: (reason) => isCurrent() && this.#options.onProblem(reason),
      status: (level, message) => isCurrent() && this.#options.onProblem(`${level}: ${message}`),
    })
  }

  #opened(): void {
    const { profile, rate } = this.#options
    this.#heardAt = this.#options.now()
    const throttle = rate === undefined ? 0 : Math.floor(1e3 / rate)
    const { camera } = this.#pairs
    for (const half of ['colour', 'depth'] as const) {
      const { topic, type } = camera[half]
      // cbor: base64 costs a third more, and a copy. For CameraInfo, rosbridge of ROS 1 delivers nothing in cbor.
      this.#wire?.subscribe(topic, typeName(type, profile.ros), { compression: 'cbor', throttle })
    }
    this.#wire?.subscribe(camera.info.topic, typeName(camera.info.type, profile.ros), { throttle })
  }

  #lose(reason: string): void {
    const wire = this.#wire
    this.#wire = undefined
    wire?.terminate()
    this.#options.onProblem(`pictures: ${reason}`)
    this.#dialAt = this.#options.now() + backOff(this.#failures++, this.#options.random())
  }

  #received(topic: string, message: unknown): void {
    const { colour, depth, info } = this.#pairs.camera
    this.#heardAt = this.#options.now()
    try {
      if (topic === info.topic) this.#pairs.takeInfo(message)
      else if (topic === colour.topic) this.#newest = this.#pairs.take('colour', message) ?? this.#newest
      else if (topic === depth.topic) this.#newest = this.#pairs.take('depth', message) ?? this.#newest
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#options.onProblem(`${topic}: ${error.message}`)
    }
  }
}
