import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { encode } from 'cbor2'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import type { LiveCheck } from '../robot-bridge/check-live.ts'
import type { FakeTopic } from '../robot-bridge/fake-graph.ts'
import { HEALTHY_SERVICES, HEALTHY_TOPICS, poseIn, type } from '../robot-bridge/fake-system.ts'
import { encodeTime } from '../robot-bridge/messages.ts'
import { jsonForm } from '../robot-bridge/pictures.ts'
import { tenon, testFolder } from './child.ts'

// Each spawns a process, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000 })

const folder = await testFolder()
const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

const now = () => (performance.timeOrigin + performance.now()) / 1e3

/** A rosbridge whose topics publish by the clock on the wall; returns its address. */
async function serve(topics: Record<string, FakeTopic>): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  const timers = new Set<NodeJS.Timeout>()
  const publish = (socket: WebSocket, topic: string, cbor: boolean) => {
    const { rate = 0, latency = 0.005, message } = topics[topic] as FakeTopic
    if (rate === 0 || !message) return
    let index = 0
    const timer = setInterval(() => {
      const sent = { op: 'publish', topic, msg: message(now() - latency, index++) }
      socket.send(cbor ? encode(sent) : JSON.stringify(jsonForm(sent)))
    }, 1e3 / rate)
    timers.add(timer)
    socket.once('close', () => clearInterval(timer))
  }
  const answers: Record<string, (args: Record<string, string>) => object> = {
    '/rosapi/topics': () => ({ topics: Object.keys(topics), types: Object.values(topics).map(({ type }) => type) }),
    '/rosapi/services': () => ({ services: HEALTHY_SERVICES }),
    '/rosapi/publishers': ({ topic = '' }) => ({ publishers: topic === '/tenon/stop' ? ['/button'] : [] }),
    '/rosapi/get_time': () => ({ time: encodeTime(now(), 1) }),
  }
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const operation = JSON.parse(String(data))
      const { op, id, service, topic, compression } = operation as Record<string, string>
      if (op === 'subscribe') publish(socket, topic as string, compression === 'cbor')
      if (op !== 'call_service') return
      const values = answers[service as string]?.(operation.args)
      socket.send(JSON.stringify({ op: 'service_response', id, service, values, result: values !== undefined }))
    })
  })
  ends.push(() => {
    for (const timer of timers) clearInterval(timer)
    for (const client of server.clients) client.terminate()
    server.close()
  })
  await once(server, 'listening')
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What a busy machine may spoil: it shares its processor with other tests. */
const TIMING = /round trip|silent for|messages a second|in the median/

const doctor = (url: string, ...more: string[]) => [
  'doctor',
  '--robot',
  'ros',
  '--url',
  url,
  '--profile',
  'sim',
  ...more,
]

describe('tenon doctor --robot ros', () => {
  it('finds a system that is as its profile says in order', async () => {
    const url = await serve(HEALTHY_TOPICS)
    const { code, stdout, stderr } = await tenon(folder, ...doctor(url, '--seconds', '2', '--json'))
    const { checks, profile } = JSON.parse(stdout) as { checks: LiveCheck[]; profile: string }
    expect(profile).toBe('sim')
    expect(checks.length).toBeGreaterThan(15)
    const wrong = checks.filter(({ state, detail }) => state !== 'ok' && !TIMING.test(detail))
    expect(wrong).toEqual([])
    const allOk = checks.every(({ state }) => state === 'ok')
    expect(code).toBe(allOk ? 0 : 1)
    if (!allOk) return
    expect(stderr).toMatch(/✓ wrench {13}\/tenon\/wrench: [\d.]+ Hz, 5\.0 N, 1\.00 N·m/)
    expect(stderr).toContain('The system is as its profile says.')
  })

  it('names each thing that is broken and what to do, and fails', async () => {
    const { '/tenon/target_pose': _, ...others } = HEALTHY_TOPICS
    const ee = HEALTHY_TOPICS['/tenon/ee_pose'] as FakeTopic
    const wrench = HEALTHY_TOPICS['/tenon/wrench'] as FakeTopic
    const url = await serve({
      ...others,
      '/tenon/ee_pose': { ...ee, message: poseIn('world'), rate: 4 },
      '/tenon/wrench': type('geometry_msgs/Wrench'),
      '/tenon/source_pose': { ...ee, message: poseIn('camera'), latency: 5 },
      '/tenon/guard': { ...wrench, type: 'std_msgs/String', message: () => ({ data: '{"state":"armed"}' }) },
    })
    const { code, stdout, stderr } = await tenon(folder, ...doctor(url, '--seconds', '2', '--json'))
    expect(code).toBe(1)
    const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: LiveCheck[] }
    expect(ok).toBe(false)
    const failed = checks.filter(({ state }) => state === 'failed').map(({ name, detail }) => `${name}: ${detail}`)
    for (const message of [
      /^target: \/tenon\/target_pose: expected a topic of type geometry_msgs\/PoseStamped, got none; topics of that type: /,
      /^wrench: \/tenon\/wrench: expected geometry_msgs\/WrenchStamped, got geometry_msgs\/Wrench$/,
      /^end effector: \/tenon\/ee_pose: [\d.]+ messages a second, expected at least 20$/,
      /^source: \/tenon\/source_pose: (4[89]|[5-9]\d)\d\d ms old on arrival in the median, expected at most 1000 ms$/,
      /^end effector: \/tenon\/ee_pose: header\.frame_id: expected base, got world$/,
      /^guard: expected a guard that lets nothing through yet, got one that is armed/,
    ]) {
      expect(failed).toContainEqual(expect.stringMatching(message))
    }
    expect(stderr).toContain('→ have its node use that frame, or correct frames in the profile')
    expect(stderr).toMatch(/error: \d+ of \d+ checks failed/)
  })

  it('says what it lacks, and that nobody is there', async () => {
    const lacking = await tenon(folder, 'doctor', '--robot', 'ros', '--url', 'ws://127.0.0.1:9')
    expect(lacking).toMatchObject({ code: 1, stdout: '' })
    expect(lacking.stderr).toContain('error: --robot ros needs --url and --profile')
    const alone = await tenon(folder, ...doctor('ws://127.0.0.1:9'))
    expect(alone.stderr).toMatch(
      /^error: ws:\/\/127\.0\.0\.1:9: .*; check the address, and that rosbridge runs there\n$/,
    )
  })
})
