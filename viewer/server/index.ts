// The studio's server.
export { isLoopback, parseOrigin } from './access.ts'
export { printable } from './refusal-log.ts'
export { type StudioServer, type StudioServerOptions, startStudioServer } from './studio-server.ts'
