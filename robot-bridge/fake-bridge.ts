// A rosbridge with a healthy robot behind it, for tests: no socket, and a clock that moves only when it is told to.
//
// What a test breaks is a field; everything is plain data in JSON's form.
import { makePose, type Pose } from '../geometry/index.ts'
import { Link, type LinkOptions } from './link.ts'
import { TICK } from './link-limits.ts'
import { encodePoseStamped, encodeString, encodeWrenchStamped } from './messages.ts'
import type { Profile } from './profile.ts'
import type { Answer, Wire, WireHandlers } from './wire.ts'

/** How far the robot's clock is ahead of the link's, s. */
export const OFFSET = 1000

export interface Published {
  topic: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages of all types
  message: any
  /** on the link's clock, s */
  time: number
}

export class FakeBridge {
  now = 0
  /** whether anyone answers the telephone */
  isUp = true
  /** of each message, one way, s */
  delay = 0.001
  /** whether a message on a topic is lost, asked once each way */
  loses = () => false
  /** reads and writes nothing; what it was sent it finds when it thaws */
  isFrozen = false
  /** topics that nobody publishes any more */
  readonly silent = new Set<string>()
  /** what a topic says instead */
  readonly instead = new Map<string, (message: object) => object>()
  /** ROS's clock is set by this, s */
  clockError = 0
  readonly types: Record<string, string>
  guard = { state: 'idle', reason: 'not armed', accepted: 0, rejected: 0, stamp: 0 }
  eeInBase: Pose = makePose([0.5, 0, 0.3], [1, 0, 0, 0])
  readonly published: Published[] = []
  readonly services: { service: string; time: number }[] = []
  readonly refused = new Map<string, string>()
  dials = 0
  readonly #profile: Profile
  #handlers: WireHandlers | undefined
  /** of a connection that is half open */
  #vanished: WireHandlers | undefined
  #subscribed = new Set<string>()
  #queue: { at: number; deliver(): void }[] = []
  #frozenInbox: (() => void)[] = []
  #steps = 0

  constructor(profile: Profile) {
    this.#profile = profile
    const { ee, objects, wrench, guard, camera, stop } = profile
    const all = [ee, objects.source, objects.target, wrench, camera?.colour, camera?.depth, camera?.info, stop]
    this.types = Object.fromEntries(all.flatMap((each) => (each ? [[each.topic, each.type]] : [])))
    if (guard) this.types[guard.state] = 'std_msgs/String'
  }

  readonly dial = (handlers: WireHandlers): Wire => {
    this.dials++
    this.#subscribed = new Set()
    this.#handlers = handlers
    const isUp = this.isUp
    this.#later(() => (isUp ? handlers.opened() : handlers.closed('connection refused')))
    const end = () => {
      if (this.#handlers === handlers) this.#handlers = undefined
    }
    return {
      subscribe: (topic) => void this.#subscribed.add(topic),
      advertise: () => {},
      publish: (topic, message) => {
        if (this.#handlers !== handlers) return this.#vanished === handlers
        const sent = structuredClone(message)
        if (!this.loses()) this.#inbox(() => this.#receive(topic, sent))
        return true
      },
      call: (service, _type, _args, done) => {
        if (this.#handlers === handlers) this.#inbox(() => this.#serve(service, done))
      },
      close: end,
      terminate: end,
    }
  }

  /** The server dies: connections break. */
  kill(): void {
    this.isUp = false
    const handlers = this.#handlers
    this.#handlers = undefined
    this.#queue = []
    handlers?.closed('the server closed the connection')
  }

  /** The other side of the socket is gone, and nobody says so; who dials again gets through. */
  vanish(): void {
    this.#vanished = this.#handlers
    this.#handlers = undefined
  }

  thaw(): void {
    this.isFrozen = false
    for (const receive of this.#frozenInbox.splice(0)) receive()
  }

  /** What someone else on the ROS side publishes. */
  say(topic: string, message: unknown): void {
    if (this.isFrozen || !this.#subscribed.has(topic) || this.loses()) return
    const handlers = this.#handlers
    const copy = structuredClone(message)
    this.#later(() => {
      if (this.#handlers === handlers) handlers?.message(topic, copy)
    })
  }

  malformed(reason: string): void {
    this.#handlers?.malformed(reason)
  }

  /** The robot's time, s. */
  get robotNow(): number {
    return this.now + OFFSET + this.clockError
  }

  /** Lets time pass, in steps of 1 ms: deliveries, the robot's publishing at 50 Hz, and the link's tick. */
  run(link: Link, seconds: number, each: () => void = () => {}): void {
    for (let left = Math.round(seconds * 1e3); left > 0; left--) {
      this.#steps++
      this.now = this.#steps / 1e3
      const due = this.#queue.filter(({ at }) => at <= this.now + 1e-9)
      this.#queue = this.#queue.filter(({ at }) => at > this.now + 1e-9)
      for (const { deliver } of due) deliver()
      if (this.#steps % 20 === 0) this.#speak()
      each()
      if (this.#steps % (TICK * 1e3) === 0) link.tick()
    }
  }

  /** Messages of that topic published by the link. */
  sentOn(topic: string): Published[] {
    return this.published.filter((each) => each.topic === topic)
  }

  #later(deliver: () => void): void {
    this.#queue.push({ at: this.now + this.delay, deliver })
  }

  #inbox(receive: () => void): void {
    this.#later(() => {
      if (this.isFrozen) this.#frozenInbox.push(receive)
      else receive()
    })
  }

  #speak(): void {
    const { ee, objects, wrench, guard, frames } = this.#profile
    const stamp = this.robotNow
    const tell = (topic: string | undefined, message: object) => {
      if (topic === undefined || this.silent.has(topic)) return
      this.say(topic, this.instead.get(topic)?.(message) ?? message)
    }
    tell(ee.topic, encodePoseStamped({ stamp, frame: frames.base, pose: this.eeInBase }, 1))
    const inCamera = { stamp, frame: frames.camera }
    tell(objects.source.topic, encodePoseStamped({ ...inCamera, pose: makePose([0, 0, 0.4]) }, 1))
    tell(objects.target.topic, encodePoseStamped({ ...inCamera, pose: makePose([0, 0, 0.5]) }, 1))
    const none = { force: [0, 0, 1] as [number, number, number], torque: [0, 0, 0] as [number, number, number] }
    tell(wrench?.topic, encodeWrenchStamped({ stamp, frame: wrench?.frame ?? '', wrench: none }, 1))
    tell(guard?.state, encodeString(JSON.stringify(this.guard)))
  }

  #receive(topic: string, message: object): void {
    this.published.push({ topic, message, time: this.now })
    const isBeat = topic.startsWith('/tenon/heartbeat_')
    const secs = Math.floor(this.robotNow)
    const stamp = { secs, nsecs: Math.round((this.robotNow - secs) * 1e9) }
    // As rosbridge does: a Header without a stamp gets the time.
    this.say(topic, isBeat ? { ...message, stamp } : message)
  }

  #serve(service: string, done: (answer: Answer) => void): void {
    this.services.push({ service, time: this.now })
    const handlers = this.#handlers
    const answer = (values: object) =>
      this.#later(() => {
        if (this.#handlers === handlers) done({ ok: true, values })
      })
    if (service === '/rosapi/topics') {
      answer({ topics: Object.keys(this.types), types: Object.values(this.types) })
      return
    }
    const name = service.split('/').at(-1) ?? ''
    const refusal = this.refused.get(name)
    if (!refusal && name === 'arm') this.guard = { ...this.guard, state: 'armed', reason: 'armed by its service' }
    if (!refusal && name === 'disarm') this.guard = { ...this.guard, state: 'idle', reason: 'disarmed by its service' }
    answer({ success: !refusal, message: refusal ?? '' })
  }
}

/** A link to that bridge, with a commanding thread that is alive as long as `isAlive`. */
export function linkTo(bridge: FakeBridge, profile: Profile, options: Partial<LinkOptions> = {}) {
  const link = new Link({
    profile,
    dial: bridge.dial,
    now: () => bridge.now,
    random: () => 0,
    client: 'test',
    ...options,
  })
  const operator = { isAlive: true, isCommanding: false, wanted: bridge.eeInBase, interval: 0.02 }
  let [next, nextCommand] = [0, 0]
  /** Runs everything: the operator's thread shows that it is alive, and commands, 50 times a second unless told otherwise. */
  const run = (seconds: number) =>
    bridge.run(link, seconds, () => {
      if (!operator.isAlive || bridge.now < next) return
      next = bridge.now + 0.0199
      link.alive()
      if (!operator.isCommanding || bridge.now < nextCommand) return
      nextCommand = bridge.now + operator.interval - 0.0001
      link.command({ eeInBase: operator.wanted, made: bridge.now })
    })
  /** Until armed and commanding; throws an Error when that fails. */
  const arm = () => {
    let failure: string | undefined = 'no answer'
    link.arm((reason) => {
      failure = reason
    })
    run(0.01 + 2 * bridge.delay)
    if (failure !== undefined) throw new Error(failure)
    operator.isCommanding = true
    run(0.2)
  }
  return { link, operator, run, arm }
}
