// Messages over the WebSocket. Text is JSON, as below; binary is a StateFrame, or a picture of a real robot's camera.
import { z } from 'zod'
import { CALLS, type CallName } from './calls.ts'
import type { Job, Library } from './library.ts'
import type { LogLine, Seats, SessionState } from './session.ts'
import type { PlannedChunk } from './track.ts'

/** Said first; a page of another version asks to be loaded anew. */
export const PROTOCOL_VERSION = 3

/** Far more than any hand wants, m/s or rad/s, and far less than what reckoning with it makes infinite. */
const speed = z.number().min(-1000).max(1000)
const vec3 = z.tuple([speed, speed, speed])

/** How fast the end effector should move now. Whoever steers says so 30 to 60 times a second: silence means zero. */
export const Twist = z.strictObject({
  type: z.literal('twist'),
  /** counts up */
  sequence: z
    .int()
    .min(0)
    .max(2 ** 32 - 1),
  /** when it was made, by the sender's clock, s: a network that stalls brings late what nobody wants any more */
  at: z.number().nonnegative(),
  /** whose axes; turning is about the tip of the held part */
  frame: z.enum(['base', 'target', 'ee']),
  /** m/s */
  linear: vec3,
  /** rad/s */
  angular: vec3,
})
export type Twist = z.infer<typeof Twist>

/** `args` are checked against {@link CALLS} by name. */
const Request = z.strictObject({
  type: z.literal('call'),
  id: z.int().nonnegative(),
  name: z.enum(Object.keys(CALLS) as [CallName, ...CallName[]]),
  args: z.unknown(),
})
/** Which pictures of a real robot's camera are wanted, Hz; 0: none. */
const Pictures = z.strictObject({ type: z.literal('pictures'), rate: z.number().min(0).max(30) })

export const ClientMessage = z.discriminatedUnion('type', [Twist, Request, Pictures])
export type ClientMessage = z.infer<typeof ClientMessage>

export type ServerMessage =
  /** `run`: other after each start of the studio, which names its clients anew */
  | { type: 'hello'; version: number; run: string }
  | { type: 'session'; session: SessionState }
  | { type: 'seats'; seats: Seats }
  | { type: 'library'; library: Library }
  | { type: 'jobs'; jobs: Job[] }
  | { type: 'plan'; chunk: PlannedChunk }
  | { type: 'log'; lines: LogLine[] }
  | { type: 'answer'; id: number; value: unknown }
  | { type: 'refusal'; id: number; error: string }
  /** the connection is alive: a page hears no pings */
  | { type: 'beat' }

/** Close codes: why the server ends a connection. */
export const CLOSE = { badToken: 4001, badMessage: 4002, goingAway: 1001 } as const
