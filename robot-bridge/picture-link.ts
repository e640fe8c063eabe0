// Pictures of a profile's camera, by a connection of their own: a megabyte on its way would make heartbeats and poses wait.
//
// Colour and depth of the same moment are joined and kept as they came; only the newest counts, and only when it is taken
// is it decoded. No socket, thread or timer here, as in link.ts: picture-worker.ts runs it, because decoding takes
// milliseconds, which the thread that commands does not have.
import type { Rgbd } from '../geometry/index.ts'
import { checkRgbd } from '../perception/index.ts'
import { backOff } from './back-off.ts'
import { decodeCameraInfo, decodeHeader, sameFrame, typeName } from './messages.ts'
import { decodeColour, decodeDepth, NEW_ROOM, type PictureRoom } from './pictures.ts'
import type { Profile } from './profile.ts'
import type { Dial, Wire } from './wire.ts'

type Camera = NonNullable<Profile['camera']>

export interface StampedPicture {
  /** when it was taken, s on the robot's clock */
  stamp: number
  rgbd: Rgbd
}

/** Messages as they came. */
interface RawPicture {
  stamp: number
  colour: unknown
  depth: unknown
  info: unknown
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

/** Colour and depth this far apart are of the same moment, s. */
const SAME_MOMENT = 0.02
/** Halves that wait for their other one: drivers send them a few milliseconds apart, not more than some pictures. */
const MOST_HALVES = 5
/** Without any message, the connection is given up, s. */
const SILENCE = 3

type Half = 'colour' | 'depth'

export class PictureLink {
  readonly #options: PictureLinkOptions
  readonly #camera: Camera
  readonly #halves: Record<Half, { stamp: number; message: unknown }[]> = { colour: [], depth: [] }
  #wire: Wire | undefined
  #connections = 0
  #failures = 0
  #dialAt = 0
  #heardAt = 0
  #info: unknown
  #newest: RawPicture | undefined
  #stamp: number | undefined

  /** Throws a RangeError for a profile without a camera. */
  constructor(options: PictureLinkOptions) {
    const { camera, name } = options.profile
    if (!camera) throw new RangeError(`the profile "${name}" has no camera`)
    this.#options = options
    this.#camera = camera
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
  take(room = NEW_ROOM): StampedPicture | undefined {
    const raw = this.#newest
    this.#newest = undefined
    if (!raw) return undefined
    try {
      const rgbd = decodePicture(raw, this.#camera, room)
      this.#stamp = raw.stamp
      this.#failures = 0
      return { stamp: raw.stamp, rgbd }
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
    for (const half of ['colour', 'depth'] as const) {
      const { topic, type } = this.#camera[half]
      // cbor: base64 costs a third more, and a copy. For CameraInfo, rosbridge of ROS 1 delivers nothing in cbor.
      this.#wire?.subscribe(topic, typeName(type, profile.ros), { compression: 'cbor', throttle })
    }
    this.#wire?.subscribe(this.#camera.info.topic, typeName(this.#camera.info.type, profile.ros), { throttle })
  }

  #lose(reason: string): void {
    const wire = this.#wire
    this.#wire = undefined
    wire?.terminate()
    this.#options.onProblem(`pictures: ${reason}`)
    this.#dialAt = this.#options.now() + backOff(this.#failures++, this.#options.random())
  }

  #received(topic: string, message: unknown): void {
    const { colour, depth, info } = this.#camera
    this.#heardAt = this.#options.now()
    try {
      if (topic === info.topic) this.#info = message
      else if (topic === colour.topic) this.#halfCame('colour', message)
      else if (topic === depth.topic) this.#halfCame('depth', message)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#options.onProblem(`${topic}: ${error.message}`)
    }
  }

  #halfCame(half: Half, message: unknown): void {
    const { stamp, frame } = decodeHeader((message as { header?: unknown } | null)?.header)
    const { camera } = this.#options.profile.frames
    if (!sameFrame(frame, camera)) throw new RangeError(`header.frame_id: expected ${camera}, got "${frame}"`)
    const halves = this.#halves[half]
    halves.push({ stamp, message })
    if (halves.length > MOST_HALVES) halves.shift()
    const others = this.#halves[half === 'colour' ? 'depth' : 'colour']
    const other = others.findLast((each) => Math.abs(each.stamp - stamp) <= SAME_MOMENT)
    if (!other || this.#info === undefined) return
    const [first, second] = half === 'colour' ? [message, other.message] : [other.message, message]
    this.#newest = { stamp: half === 'colour' ? stamp : other.stamp, colour: first, depth: second, info: this.#info }
    for (const kept of Object.values(this.#halves)) kept.splice(0, kept.length)
  }
}

/** Throws a RangeError that names what is wrong with it. */
function decodePicture({ colour, depth, info }: RawPicture, camera: Camera, room: PictureRoom): Rgbd {
  const { intrinsics } = decodeCameraInfo(info, { rectified: camera.rectified })
  const { rgb } = decodeColour(camera.colour.type, colour, room)
  const rgbd = { intrinsics, rgb, depth: decodeDepth(camera.depth.type, depth, room).depth }
  checkRgbd(rgbd)
  return rgbd
}
