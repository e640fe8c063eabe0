// A policy and a simulated robot run against each other for long: memory stays flat, and every command is accounted for.
// A third of a minute here; `npm run soak` takes an hour.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { saveTinyPolicy } from '../policy/example-policy.ts'
import { startTenon, testFolder } from './child.ts'
import type { RunResult } from './run/report.ts'
import type { SimResult } from './sim/sim.ts'

const MINUTES = Number(process.env.TENON_SOAK_MINUTES ?? 0.3)
/** What may come on top after the first third of the time, MB: heaps breathe, and a leak of a frame's size shows in a minute. */
const GROWTH_MB = 50
/** Episodes are short, so that resets are among what is done again and again, s. */
const EPISODE = 4

/** MB that a process holds; NaN when it is gone, or the system has no /proc. */
async function memoryOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

test.skipIf(process.platform !== 'linux')(
  `${MINUTES} minutes over the bridge: memory is flat, and every command was sent or its loss has a reason`,
  { timeout: (MINUTES + 3) * 60_000, retry: 2 },
  async () => {
    const folder = await testFolder()
    await saveTinyPolicy(join(folder, 'tiny'))
    const server = startTenon(folder, 'sim', '--rosbridge', '0', '--noise', 'tracker', '--json')
    let said = ''
    server.child.stderr?.on('data', (text: string) => {
      said += text
    })
    await server.said('Ctrl-C ends it')
    const url = /ws:\S+/.exec(said)?.[0] as string
    const client = startTenon(
      folder,
      ...['run', '--checkpoint', 'tiny', '--robot', 'ros', '--url', url, '--profile', 'sim', '--yes', '--json'],
      ...['--episodes', '1000', '--rearm', '1000', '--seconds', String(EPISODE)],
    )
    await client.said('episode 1 of 1000:')

    const samples: { server: number; client: number }[] = []
    const end = performance.now() + MINUTES * 60_000
    while (performance.now() < end) {
      samples.push({ server: await memoryOf(server.child.pid), client: await memoryOf(client.child.pid) })
      await sleep(Math.max(500, MINUTES * 60))
    }
    client.child.kill('SIGINT')
    const ran = JSON.parse((await client.ended).stdout) as RunResult
    server.child.kill('SIGINT')
    const served = JSON.parse((await server.ended).stdout) as SimResult

    const third = Math.floor(samples.length / 3)
    for (const side of ['server', 'client'] as const) {
      const sizes = samples.map((sample) => sample[side])
      const growth = median(sizes.slice(-third)) - median(sizes.slice(third, 2 * third))
      expect(growth, `${side}, MB: ${sizes.map(Math.round).join(' ')}`).toBeLessThan(GROWTH_MB)
    }
    let sent = 0
    for (const { commands, timing, reason } of ran.results) {
      const lost = Object.values(commands?.dropped ?? {}).reduce((sum, count) => sum + count, 0)
      expect(commands?.made, reason).toBe((commands?.sent ?? 0) + lost)
      expect(timing.missedCommands).toBeGreaterThanOrEqual(0)
      sent += commands?.sent ?? 0
    }
    expect(sent).toBeGreaterThan(MINUTES * 60 * 20)
    // Some are said twice.
    expect(served.commands.accepted + served.commands.rejected).toBeGreaterThanOrEqual(sent)
    if (MINUTES >= 1) reportSoak(ran, served, samples)
  },
)

/** For who waited an hour. */
function reportSoak(ran: RunResult, served: SimResult, samples: readonly { server: number; client: number }[]): void {
  const sum = (count: (result: RunResult['results'][0]) => number) =>
    ran.results.reduce((total, result) => total + count(result), 0)
  const memory = (side: 'server' | 'client') =>
    `${side} ${[0.34, 0.67, 1].map((share) => samples[Math.ceil(share * samples.length) - 1]?.[side].toFixed(0)).join(', ')} MB`
  process.stdout.write(
    [
      `${ran.episodes} episodes, ${ran.successes} seated, ${sum(({ commands }) => commands?.made ?? 0)} commands`,
      `missed ${sum(({ timing }) => timing.missedCommands)} commands and ${sum(({ timing }) => timing.latePlans)} plans`,
      `dropped ${JSON.stringify(ran.results.flatMap(({ commands }) => Object.entries(commands?.dropped ?? {})))}`,
      `guard accepted ${served.commands.accepted}, rejected ${served.commands.rejected}`,
      `not simulated ${served.slippedSeconds.toFixed(2)} s of ${served.seconds.toFixed(0)} s`,
      `after one, two and three thirds: ${memory('server')}; ${memory('client')}`,
      '',
    ].join('\n'),
  )
}
