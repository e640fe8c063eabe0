// npm run contract: checks a live rosbridge against what the bridge assumes of one. It publishes on topics of its own only.
import { Command } from 'commander'
import { type CheckResult, CONTRACT, look, runContract } from '../robot-bridge/contract/index.ts'
import { LocalGraph, RosbridgeServer } from '../robot-bridge/server/index.ts'
import { UserError } from './errors.ts'
import { interruption } from './interrupt.ts'
import { jsonOption, number } from './options.ts'
import { answer, say } from './terminal.ts'

export interface ContractCommandOptions {
  url?: string
  patience: number
  only?: string
  json?: boolean
}

const MARKS: Record<CheckResult['state'], string> = { ok: '✓', failed: '✗', differs: '≠', skipped: '–' }

export function contractCommand(): Command {
  return new Command('contract')
    .description('check a rosbridge against what tenon assumes of one: messages, stamps, encodings, queues, services')
    .option('--url <address>', 'ws://HOST:9090 of a live rosbridge; left out, our own server')
    .option('--patience <s>', 'how long something that must come may take', number({ low: 0.1, high: 600 }), 5)
    .option('--only <text>', 'checks whose name has that in it')
    .addOption(jsonOption())
    .action(async (options: ContractCommandOptions) => {
      const own = options.url ? undefined : await RosbridgeServer.listen({ graph: new LocalGraph(), port: 0 })
      try {
        await checkContract(options.url ?? own?.url ?? '', own !== undefined, options)
      } finally {
        await own?.close()
      }
    })
}

async function checkContract(url: string, ours: boolean, options: ContractCommandOptions): Promise<void> {
  const { patience, only = '' } = options
  const checks = CONTRACT.filter(({ name }) => name.toLowerCase().includes(only.toLowerCase()))
  if (checks.length === 0) throw new UserError(`no check has "${only}" in its name`)
  const { ros, rosapi } = await look(url, patience).catch((error: Error) => {
    throw new UserError(`${url}: ${error.message}; check the address, and that rosbridge runs there`)
  })
  say(`${url}: ROS ${ros ?? '1 (nothing tells, so it is taken for that)'}${rosapi ? '' : ', without rosapi'}`)
  const results: CheckResult[] = []
  const running = { ros: ros ?? 1, rosapi, ours, patience, signal: interruption() } as const
  for await (const result of runContract(url, checks, running)) {
    results.push(result)
    say(`${MARKS[result.state]} ${result.name}${result.detail && `\n    ${result.detail}`}`)
  }
  const count = (state: CheckResult['state']) => results.filter((result) => result.state === state).length
  const failed = count('failed')
  say(`\n${count('ok')} hold, ${failed} are broken, ${count('differs')} quirks differ, ${count('skipped')} skipped`)
  if (options.json) answer({ url, ros: running.ros, ok: failed === 0, results })
  if (failed > 0)
    throw new UserError(`${failed} of ${results.length} checks failed: this rosbridge is not to be relied on`)
}
