// The session of Tenon Studio: what is driven, and by whom.
import type { Profile, RosRobot } from '../../robot-bridge/index.ts'
import { realScheduler, type Scheduler } from '../../robot-bridge/server/scheduler.ts'
import type { Setup } from '../protocol/session.ts'
import type { Session } from '../server/backend.ts'
import { RosStation } from './ros-station.ts'
import { StudioSession } from './session.ts'
import { openSimStation } from './sim-station.ts'

export interface SimSessionOptions {
  setup: Setup
  /** of the data: ids of datasets and checkpoints are relative to it */
  folder: string
  /** of tests */
  time?: Scheduler
}

/** The simulator, in this process. Throws a UserError for a setup that is none. */
export async function createSimSession({ setup, folder, time = realScheduler }: SimSessionOptions): Promise<Session> {
  return new StudioSession(await openSimStation(setup, time), folder, time)
}

export interface RosSessionOptions {
  robot: RosRobot
  profile: Profile
  /** where it was connected to, to be shown */
  url: string
  folder: string
  /** which parts the robot holds */
  setup?: Setup
}

/** Parts of an arm of which nobody has said what it holds. */
const UNSAID: Setup = { task: 'square-peg', clearanceMm: 0.1, chamferMm: 0.5, split: 'id', noise: 'none', seed: 0 }

/** A real arm: watched only, until `rearm` is called. Closing the session closes the robot's connection. */
export async function createRosSession({
  robot,
  profile,
  url,
  folder,
  setup = UNSAID,
}: RosSessionOptions): Promise<Session> {
  return new StudioSession(new RosStation({ robot, profile, url, setup }), folder, realScheduler)
}
