// What the link tells of itself and of the robot.
import type { Pose } from '../geometry/index.ts'
import type { BridgeEvent } from './bridge-events.ts'
import type { ConnectionState } from './connection-state.ts'
import type { GuardState } from './guard-state.ts'
import type { RoundTrips } from './heartbeat.ts'
import type { StreamName, StreamValues } from './robot-streams.ts'

export type DropReason = 'not armed' | 'no credit' | 'late' | 'congested' | 'invalid'

/** What became of the commands, since the beginning; those said again are not counted. */
export interface CommandCounts {
  sent: number
  dropped: Readonly<Partial<Record<DropReason, number>>>
}

export interface LinkStatus extends CommandCounts {
  state: ConnectionState
  /** why it is in that state */
  reason: string
  /** what keeps it from being ready, in words */
  waitingFor: readonly string[]
  /** s to add to the link's clock for the robot's; undefined before the first heartbeat */
  offset?: number
  /** of the heartbeat, the last ten seconds */
  roundTrips?: RoundTrips
  guard?: GuardState
  /** as the transforms say */
  cameraInBase?: Pose
}

/** What changed since it was asked for last. */
export interface News {
  status: LinkStatus
  values: { [Name in StreamName]?: StreamValues[Name] }
  events: BridgeEvent[]
}
