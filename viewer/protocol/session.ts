// What the page is told of the session: which robot, what it is doing, who drives it.
import type { EpisodeOutcome } from '../../demos/episode.ts'
import type { Mode } from './state-frame.ts'

/** How the simulated parts fit and where they start; fixed for a real robot. */
export interface Setup {
  task: string
  /** diametral clearance, mm */
  clearanceMm: number
  /** on part and receptacle, mm */
  chamferMm: number
  /** where episodes start: as the demonstrations, or beyond them */
  split: 'id' | 'ood'
  /** name of the pose noise */
  noise: string
  seed: number
}

export interface SessionState {
  /** `resets`: a simulated robot behind a bridge, which begins another episode when it is asked to */
  robot: { kind: 'sim' } | { kind: 'ros'; url: string; profile: string; resets: boolean }
  setup: Setup
  /** number of the simulated episode: with the seed it decides how it starts */
  episode: number
  mode: Mode
  /** `halts`: how often it was stopped */
  governor: { state: 'running' | 'paused' | 'stopped'; reason: string; halts: number }
  /** of a real robot; a simulated one is always armed */
  connection: {
    /** down, connecting, syncing, ready, armed, stale, fault */
    state: string
    reason: string
    roundTripMs: { p50: number; p99: number } | null
  } | null
  recording: RecordingState
  /** how the episode ended; null as long as it runs */
  verdict: Verdict | null
  /** checkpoint of the policy that drives, or drove last */
  policy: string | null
  /** a policy is being loaded, and does not drive yet */
  loading: boolean
  /** Hz, of the last seconds */
  rates: { commands: number; observations: number }
}

export interface Verdict {
  seated: boolean
  /** why it failed; `seated` when it did not */
  reason: string
  /** since whoever drives began, as is the force */
  seatSeconds: number | null
  peakForceN: number
}

export type RecordingState =
  | { state: 'off' }
  | { state: 'recording'; dataset: string; frames: number; seconds: number; pictures: boolean }
  /** ended, and waiting to be kept or discarded */
  | { state: 'deciding'; dataset: string; frames: number; seconds: number; outcome: EpisodeOutcome }

/** Who may do what: one client drives, all others watch. */
export interface Seats {
  /** of the receiver of the message */
  you: string
  /** who drives; null: nobody, the seat is free */
  writer: string | null
  watchers: number
}

/** Something a person should read; interventions of the governor among them. */
export interface LogLine {
  /** s, on the robot's clock */
  time: number
  level: 'info' | 'warning' | 'error'
  text: string
}
