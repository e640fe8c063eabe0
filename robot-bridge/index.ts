// ROS robots: what connects to them, and what describes them.
export type { BridgeEvent } from './bridge-events.ts'
export type { ConnectionState } from './connection-state.ts'
export type { RoundTrips } from './heartbeat.ts'
export type { DropReason, LinkStatus } from './link-news.ts'
export { loadProfile, ProfileError, parseProfile, readyProfiles } from './load-profile.ts'
export { Profile } from './profile.ts'
export { BridgeError, type Latencies, RosRobot, type RosRobotOptions } from './ros-robot.ts'
export { readTls, type TlsOptions } from './transport.ts'
