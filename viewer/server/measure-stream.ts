// Measures a studio as it is started for a person: `npx tsx viewer/server/measure-stream.ts [seconds]`.
//
// Prints one JSON line for each case: the server's share of a core, how many of the frames that it sent at 60 Hz came
// late, and how long a twist takes until a frame tells of it. Linux only, as the processor's time is read from /proc.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { askForPriority } from '../../robot-bridge/thread-priority.ts'
import { decodeState } from '../protocol/state-frame.ts'

/** ms */
const PERIOD = 1000 / 60
const LATE = 1.5 * PERIOD

interface Arrival {
  /** ms */
  time: number
  sequence: number
  /** of the twist that it tells of */
  input: number
}

async function main(seconds: number): Promise<void> {
  // What is measured is when the server sends, not when this program gets its turn.
  askForPriority()
  const data = await mkdtemp(join(tmpdir(), 'tenon-measure-'))
  const tenon = fileURLToPath(new URL('../../cli/tenon.mjs', import.meta.url))
  const studio = spawn(process.execPath, [tenon, 'studio', '--port', '0', '--data', data, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pid = studio.pid as number
  try {
    const { url } = JSON.parse(String(await new Promise((resolve) => studio.stdout.once('data', resolve))))
    const ws = url.replace('http', 'ws').replace(/\/(\?|$)/, '/ws$1')
    const watcher = await watch(ws)
    await wait(3000)
    print('at rest, one watcher', await during(pid, seconds, [watcher]))
    const writer = await drive(ws)
    await wait(1000)
    print('steered at 60 Hz, two watchers', await during(pid, seconds, [watcher], writer.sent))
    const nine = await Promise.all(Array.from({ length: 9 }, () => watch(ws)))
    await wait(1000)
    print('steered at 60 Hz, eleven watchers', await during(pid, seconds, [watcher, ...nine], writer.sent))
    writer.stop()
  } finally {
    studio.kill('SIGINT')
    await new Promise((resolve) => studio.once('exit', resolve))
    await rm(data, { recursive: true })
  }
}

async function watch(ws: string): Promise<Arrival[]> {
  const arrivals: Arrival[] = []
  const socket = new WebSocket(ws, { perMessageDeflate: false })
  socket.on('message', (bytes: Buffer, isBinary) => {
    if (!isBinary) return
    const { sequence, input } = decodeState(bytes)
    arrivals.push({ time: performance.now(), sequence, input })
  })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return arrivals
}

/** To and fro by a few micrometres, so that there is something to tell. */
async function drive(ws: string): Promise<{ sent: Map<number, number>; stop(): void }> {
  const socket = new WebSocket(ws, { perMessageDeflate: false })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  const call = (id: number, name: string, args: object) => socket.send(JSON.stringify({ type: 'call', id, name, args }))
  call(1, 'claim', {})
  await wait(300)
  call(2, 'teleop', { on: true })
  await wait(300)
  const sent = new Map<number, number>()
  let sequence = 0
  const timer = setInterval(() => {
    sequence += 1
    sent.set(sequence, performance.now())
    const linear = [0, 0, 0.001 * Math.sin(sequence / 10)]
    socket.send(
      JSON.stringify({
        type: 'twist',
        sequence,
        at: performance.now() / 1000,
        frame: 'base',
        linear,
        angular: [0, 0, 0],
      }),
    )
  }, PERIOD)
  return {
    sent,
    stop() {
      clearInterval(timer)
      socket.close()
    },
  }
}

async function during(pid: number, seconds: number, watchers: Arrival[][], sent?: Map<number, number>) {
  for (const arrivals of watchers) arrivals.length = 0
  const [before, begin] = [cpuSeconds(pid), performance.now()]
  await wait(seconds * 1000)
  const cpu = (cpuSeconds(pid) - before) / ((performance.now() - begin) / 1000)
  const gaps = watchers.flatMap((arrivals) =>
    arrivals.slice(1).map(({ time }, i) => time - (arrivals[i]?.time ?? time)),
  )
  const skipped = watchers
    .map((arrivals) => (arrivals.at(-1)?.sequence ?? 0) - (arrivals[0]?.sequence ?? 0) + 1 - arrivals.length)
    .reduce((sum, missing) => sum + missing, 0)
  return {
    cpuPercent: round(100 * cpu),
    framesPerSecond: round(gaps.length / watchers.length / seconds),
    ...(sent && { latePercent: round((100 * gaps.filter((gap) => gap > LATE).length) / gaps.length) }),
    gapMs: quantiles(gaps),
    skipped,
    ...(sent && { inputMs: quantiles(delays(watchers[0] as Arrival[], sent)) }),
    load: round(loadavg()[0] as number),
  }
}

/** From a twist to the first frame that tells of it, ms. */
function delays(arrivals: readonly Arrival[], sent: ReadonlyMap<number, number>): number[] {
  const news = arrivals.filter(({ input }, i) => i > 0 && input !== arrivals[i - 1]?.input)
  return news.map(({ time, input }) => time - (sent.get(input) ?? Number.NaN)).filter(Number.isFinite)
}

/** Of the process, all threads, user and system. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function quantiles(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN)
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1) }
}

const round = (value: number): number => Math.round(10 * value) / 10

function print(title: string, result: object): void {
  process.stdout.write(`${JSON.stringify({ title, ...result })}\n`)
}

await main(Number(process.argv[2] ?? 20))
