// What a check of the contract is, and what it may use.
import type { RosVersion } from '../messages.ts'
import { ContractBroken, type Peer } from './peer.ts'

export interface Kit {
  readonly ros: RosVersion
  /** Another client; all are closed after the check. */
  open(): Promise<Peer>
  /** A name that nothing else uses. */
  fresh(name: string): string
  /** `std_msgs/String` as that version of ROS calls it. */
  type(plain: string, kind?: 'msg' | 'srv'): string
  sleep(seconds: number): Promise<void>
}

export interface Check {
  /** a sentence that is true of a rosbridge */
  name: string
  /**
   * `rule`: the bridge relies on it. `quirk`: rosbridge_suite does so, the bridge copes with it, and one that does better
   * breaks nothing. `ours`: only our own server does it.
   */
  kind: 'rule' | 'quirk' | 'ours'
  /** what has to run beside rosbridge */
  needs?: 'rosapi'
  /** it is so in that version of ROS only */
  only?: RosVersion
  /** What is worth telling, if anything. Throws a ContractBroken. */
  run(kit: Kit): Promise<string | undefined>
}

/** Throws a ContractBroken that says what was got. */
export function expectThat(condition: boolean, expected: string, got: unknown): asserts condition {
  if (!condition) throw new ContractBroken(`expected ${expected}, got ${show(got)}`)
}

/** Plain data that are equal, whatever the order of their keys. */
export function expectEqual(got: unknown, expected: unknown, what: string): void {
  expectThat(sorted(got) === sorted(expected), `${what} ${show(expected)}`, got)
}

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item) && !ArrayBuffer.isView(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : ArrayBuffer.isView(item)
        ? Array.from(item as Uint8Array)
        : item,
  )

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}
