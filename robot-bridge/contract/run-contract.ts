// Runs the contract against a rosbridge, whosever it is.
import { randomBytes } from 'node:crypto'
import { type RosVersion, typeName } from '../messages.ts'
import type { Check, Kit } from './check.ts'
import { Peer } from './peer.ts'

export interface CheckResult {
  name: string
  kind: Check['kind']
  /** `differs`: a quirk that this rosbridge does not have; no fault */
  state: 'ok' | 'failed' | 'differs' | 'skipped'
  /** what was found, or why it failed or was skipped */
  detail: string
  seconds: number
}

export interface ContractOptions {
  ros: RosVersion
  /** s that something which must come may take */
  patience?: number
  /** whether it is our own server, which promises more */
  ours?: boolean
  /** whether rosapi answers */
  rosapi?: boolean
  signal?: AbortSignal
}

export async function* runContract(
  url: string,
  checks: readonly Check[],
  options: ContractOptions,
): AsyncGenerator<CheckResult, void, void> {
  for (const check of checks) {
    if (options.signal?.aborted) return
    yield await runCheck(url, check, options)
  }
}

/** Does not throw. */
export async function runCheck(url: string, check: Check, options: ContractOptions): Promise<CheckResult> {
  const { name, kind } = check
  const begun = performance.now()
  const result = (state: CheckResult['state'], detail = '') => ({
    name,
    kind,
    state,
    detail,
    seconds: (performance.now() - begun) / 1e3,
  })
  const skip = reasonToSkip(check, options)
  if (skip) return result('skipped', skip)
  const peers: Peer[] = []
  const { ros, patience = 5 } = options
  const kit: Kit = {
    ros,
    async open() {
      const peer = await Peer.open(url, patience)
      peers.push(peer)
      return peer
    },
    fresh: (what) => `/contract/${what}_${randomBytes(4).toString('hex')}`,
    type: (plain, type = 'msg') => typeName(plain, ros, type),
    sleep: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1e3)),
  }
  try {
    return result('ok', await check.run(kit))
  } catch (error) {
    return result(kind === 'quirk' ? 'differs' : 'failed', error instanceof Error ? error.message : String(error))
  } finally {
    for (const peer of peers) peer.close()
  }
}

function reasonToSkip(
  { kind, needs, only }: Check,
  { ros, ours = false, rosapi = true }: ContractOptions,
): string | undefined {
  if (kind === 'ours' && !ours) return 'only our own server does this'
  if (needs === 'rosapi' && !rosapi) return 'needs the node rosapi beside rosbridge'
  if (only !== undefined && only !== ros) return `of ROS ${only} only`
  return undefined
}

export interface Found {
  /** undefined where no topic tells */
  ros: RosVersion | undefined
  rosapi: boolean
}

/** Asks a rosbridge what it is. Rejects with the system's error when nothing answers at the address. */
export async function look(url: string, patience = 5): Promise<Found> {
  const peer = await Peer.open(url, patience)
  try {
    const { values, result } = await peer.call('/rosapi/topics').catch(() => ({ values: undefined, result: false }))
    if (!result) return { ros: undefined, rosapi: false }
    const types: string[] = values.types ?? []
    const time = await peer.call('/rosapi/get_time').catch(() => undefined)
    const tells = time?.result ? Object.hasOwn(time.values.time ?? {}, 'nanosec') : types.some((t) => /\/msg\//.test(t))
    return { ros: tells ? 2 : 1, rosapi: true }
  } finally {
    peer.close()
  }
}
