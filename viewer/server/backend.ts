// What the server serves: a session with a robot, and a data folder. The server knows neither.
import type { Args, CallName, Result } from '../protocol/calls.ts'
import type { Job, Library } from '../protocol/library.ts'
import type { Twist } from '../protocol/messages.ts'
import type { PictureFrame } from '../protocol/picture-frame.ts'
import type { LogLine, SessionState } from '../protocol/session.ts'
import type { StateFrame } from '../protocol/state-frame.ts'
import type { PlannedChunk } from '../protocol/track.ts'

/** Carries out calls whose arguments have been checked. What a person did wrong is thrown as a UserError. */
export type Handlers<N extends CallName> = { [K in N]: (args: Args<K>) => Promise<Result<K>> }

/** Of the seats themselves the server takes care. */
export type SeatCall = 'claim' | 'release'

export type SessionCall =
  | 'stop'
  | 'pause'
  | 'resume'
  | 'rearm'
  | 'setup'
  | 'reset'
  | 'teleop'
  | 'runPolicy'
  | 'stopPolicy'
  | 'startRecording'
  | 'endRecording'
  | 'decideRecording'

export type LibraryCall = Exclude<CallName, SeatCall | SessionCall>

/** Listeners are called with news until the function that is returned is called. */
export type Subscribe<News> = (listener: (news: News) => void) => () => void

export interface Session {
  readonly state: SessionState
  readonly onState: Subscribe<SessionState>
  /** some 60 a second while something moves, a few while nothing does */
  readonly onFrame: Subscribe<StateFrame>
  readonly onPlan: Subscribe<PlannedChunk>
  readonly onLog: Subscribe<LogLine[]>
  /** of a real robot's camera; nothing is decoded while nobody listens */
  readonly onPicture: Subscribe<PictureFrame>
  readonly handlers: Handlers<SessionCall>
  /** Steers, in teleoperation. */
  steer(twist: Twist): void
  /** Whoever steered is gone: holds, and ends what they began. */
  letGo(): Promise<void>
  close(): Promise<void>
}

export interface Shelf {
  readonly library: Library
  readonly jobs: Job[]
  readonly onLibrary: Subscribe<Library>
  readonly onJobs: Subscribe<Job[]>
  readonly handlers: Handlers<LibraryCall>
  /** Something was recorded or trained elsewhere: looks again. */
  refresh(): Promise<void>
  /** Stops what is running, so that it can be resumed. */
  close(): Promise<void>
}
