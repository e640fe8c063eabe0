// A rosbridge server of our own: the protocol, and a ROS graph within this process for it to stand on.
export type { StatusLevel } from './client-session.ts'
export type { AdvertiseOptions, Graph, GraphPublisher, OnMessage } from './graph.ts'
export { LocalGraph, type LocalGraphOptions, wallClock } from './local-graph.ts'
export { type Fields, type ServiceType, type TypeTable, typeTable } from './message-types.ts'
export { type Message, type PopulateOptions, populate, populateFields } from './populate.ts'
export { RosbridgeServer, type RosbridgeServerOptions } from './rosbridge-server.ts'
export { realScheduler, type Scheduler } from './scheduler.ts'
