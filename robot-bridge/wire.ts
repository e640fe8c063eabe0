// One connection to a rosbridge, from dialling to its end: the port between what decides and what does.

export type Answer = { ok: true; values: unknown } | { ok: false; message: string }

/** What happens on a wire. Each is called later than the call that made the wire. */
export interface WireHandlers {
  opened(): void
  /** the end, also of a connection that never opened; called once */
  closed(reason: string): void
  message(topic: string, message: unknown): void
  /** something arrived that is no message of rosbridge */
  malformed(reason: string): void
  /** the bridge says something about what was asked of it */
  status(level: string, message: string): void
}

export interface Wire {
  /** `type` as that version of ROS calls it; each topic once */
  subscribe(topic: string, type: string, options?: SubscribeOptions): void
  advertise(topic: string, type: string): void
  /** False when it was dropped: the wire is not open, or does not carry away what it was given. Nothing is kept. */
  publish(topic: string, message: object): boolean
  /** `done` is never called when no answer comes: time-outs are the caller's. */
  call(service: string, type: string, args: object, done: (answer: Answer) => void): void
  /** Says goodbye; `closed` follows. */
  close(): void
  /** Ends it here and now, whatever the other side does; `closed` follows. */
  terminate(): void
}

export interface SubscribeOptions {
  compression?: 'none' | 'cbor'
  /** least time between two messages, ms; a whole number */
  throttle?: number
  /** messages that may wait on the bridge; more push out the oldest. Default: the newest alone */
  queue?: number
}

/** Dials at once. */
export type Dial = (handlers: WireHandlers) => Wire
