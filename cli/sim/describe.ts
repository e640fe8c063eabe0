// What the status line of `tenon sim` says.
import type { ArmStatus } from './simulated-arm.ts'

export interface Running extends ArmStatus {
  clients: number
  /** of the wall time that passed lately, how much was simulated, 0 to 1 */
  keptUp: number
}

/** `episode 3 seated 4.2 s · guard armed, obeys … · 2 clients · 2.1 N · 100 % of real time` */
export function describe({ verdict, guard, clients, keptUp }: Running): string {
  const { state, episode, seconds, failure, peakForceN } = verdict
  const how = failure ? `: ${failure}` : ''
  const when = state === 'waiting' ? '' : ` ${seconds.toFixed(1)} s`
  return [
    `episode ${episode} ${state}${how}${when}`,
    `guard ${guard.state}, ${guard.reason}`,
    `${clients} ${clients === 1 ? 'client' : 'clients'}`,
    `peak ${peakForceN.toFixed(1)} N`,
    `${Math.round(100 * keptUp)} % of real time`,
  ].join(' · ')
}
