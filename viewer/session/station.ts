// What a session drives: the simulator, or a real arm. The session knows no more of it than this.
import type { LiveRobot } from '../../cli/run/live-robot.ts'
import type { Believed, InsertionStatus, Limits, Observation, Wrench } from '../../control/index.ts'
import type { Pose } from '../../geometry/index.ts'
import type { LogLine, SessionState, Setup } from '../protocol/session.ts'
import type { Contact } from '../protocol/state-frame.ts'

/** What is to be seen of it now. */
export interface Glance {
  /** s, on the robot's clock */
  stamp: number
  eeInBase: Pose
  /** the truth, of a simulator; else as the tracker says */
  sourceInBase: Pose
  targetInBase: Pose
  trackedSourceInTarget: Pose
  wrench: Wrench | undefined
  contacts: Contact[]
  observation: Observation
}

/** What a station is told of a command that was made. */
export interface Commanded {
  observation: Observation
  /** of a hand */
  believed?: Believed
  /** of the end effector */
  wanted: Pose
  eeInBase: Pose
  /** what the policy's controller felt, when a policy drives */
  insertion?: InsertionStatus | undefined
}

export interface Ended {
  seated: boolean
  reason: string
  /** s, on the robot's clock; null when it is not seated */
  seatedAt: number | null
}

export interface Station {
  readonly identity: SessionState['robot']
  readonly robot: LiveRobot
  readonly limits: Limits
  /** between commands, s */
  readonly commandInterval: number
  /** as long as it is armed it has to hear a command all the time, if only to stay where it is */
  readonly isStreamed: boolean
  readonly setup: Setup
  readonly episode: number
  readonly connection: SessionState['connection']
  /** largest force since the episode began, N */
  readonly peakForceN: number
  /** what decides a policy's noise in this episode */
  readonly policySeed: number
  readonly hasPictures: boolean
  /** Undefined as long as something was not seen at all. */
  glance(): Promise<Glance | undefined>
  /** Calls with what a person should read of it, until the answer is called. */
  listen(tell: (level: LogLine['level'], text: string) => void): () => void
  /** Looks at a command that was made. */
  commanded(what: Commanded): void
  /** How the episode ended; `seconds` it has been driven for, `isTimed`: there is only so much time. */
  judge(glance: Glance, seconds: number, isTimed: boolean): Ended | undefined
  /** Other parts. Throws a UserError. */
  change(setup: Setup): Promise<void>
  /** Another episode. Throws a UserError. */
  reset(episode: number): Promise<void>
  /** Whoever drives begins: of a robot without episodes, this is one. */
  begin(): void
  /** Nothing moves: it need not live time until it is commanded. */
  rest(): void
  wake(): void
  close(): Promise<void>
}
