// The studio's server.
export { isLoopback } from './access.ts'
export { printable } from './refusal-log.ts'
export { type StudioServer, type StudioServerOptions, startStudioServer } from './studio-server.ts'
