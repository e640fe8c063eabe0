// The contract of a rosbridge: what the bridge may assume of it, as checks that run against any.
import type { Check } from './check.ts'
import { FRAMES, SERVICES } from './services.ts'
import { SUBSCRIPTIONS } from './subscriptions.ts'
import { TOPICS } from './topics.ts'

export const CONTRACT: readonly Check[] = [...TOPICS, ...SUBSCRIPTIONS, ...SERVICES, ...FRAMES]

export type { Check } from './check.ts'
export { type CheckResult, type ContractOptions, look, runCheck, runContract } from './run-contract.ts'
