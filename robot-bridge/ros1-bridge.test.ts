// Our rosbridge server on a real ROS 1: what a client writes is what nodes get, and a bridge that was frozen moves no
// guarded arm. The client here is one that knows nothing of what can go wrong.
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { ROS1_PYTHON, type RosProcess, sleep } from './ros1/processes.ts'
import { COMMAND, type Obeyed, type Observed, Rig, STATE } from './ros1/rig.ts'

const BRIDGE = fileURLToPath(new URL('./ros1/bridge.ts', import.meta.url))
/** A machine that gives somebody no processor for 100 ms holds the arm before the test does: then it is tried again. */
const BUSY = { retry: 3 }
/** Tells what this client commands from poses to hold. */
const QZ = 0.03

/** Set to test a freeze of 10 s too. */
const isLong = Boolean(process.env.TENON_LONG_TESTS)

interface PoseStamped {
  header: { seq?: number; stamp: { secs: number; nsecs: number }; frame_id: string }
  pose: {
    position: { x: number; y: number; z: number }
    orientation: { x: number; y: number; z: number; w: number }
  }
}

/** As ROS 1 serialises it: little-endian uint32 seq, secs, nsecs, length, then UTF-8, then seven doubles. */
function serialised({ header, pose: { position, orientation } }: PoseStamped, seq: number): string {
  const { stamp, frame_id } = header
  const frame = Buffer.from(frame_id, 'utf8')
  const numbers = [position.x, position.y, position.z, orientation.x, orientation.y, orientation.z, orientation.w]
  const words = Buffer.from(Uint32Array.of(seq, stamp.secs, stamp.nsecs, frame.length).buffer)
  return Buffer.concat([words, frame, Buffer.from(Float64Array.from(numbers).buffer)]).toString('hex')
}

/** Writes what it is told to, whatever the state of anything. */
class Client {
  readonly #socket: WebSocket
  readonly #answers = new Map<string, (values: unknown) => void>()
  readonly heard: { topic: string; msg: Record<string, unknown> }[] = []

  static async dial(url: string): Promise<Client> {
    const socket = new WebSocket(url)
    await once(socket, 'open')
    return new Client(socket)
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data) => {
      const operation = JSON.parse(String(data))
      if (operation.op === 'publish') this.heard.push(operation)
      if (operation.op === 'service_response') this.#answers.get(operation.id)?.(operation)
    })
    socket.on('error', () => {})
  }

  send(operation: Record<string, unknown>): void {
    this.#socket.send(JSON.stringify(operation))
  }

  call(service: string): Promise<{ result: boolean; values: { success: boolean; message: string } }> {
    const id = `call ${this.#answers.size}`
    this.send({ op: 'call_service', id, service })
    return new Promise((resolve) => this.#answers.set(id, (operation) => resolve(operation as never)))
  }

  /** A command of now, 50 times a second along x, until the answer is called. */
  command(): () => void {
    let x = 0.4
    const timer = setInterval(() => {
      x += 0.0016
      const now = (performance.timeOrigin + performance.now()) / 1e3
      this.send({
        op: 'publish',
        topic: COMMAND,
        msg: {
          header: { stamp: { secs: Math.floor(now), nsecs: Math.floor((now % 1) * 1e9) }, frame_id: 'base' },
          pose: { position: { x, y: 0, z: 0.3 }, orientation: { x: 0, y: 0, z: QZ, w: Math.sqrt(1 - QZ * QZ) } },
        } satisfies PoseStamped,
      })
    }, 20)
    return () => clearInterval(timer)
  }

  close(): void {
    this.#socket.terminate()
  }
}

describe.skipIf(!ROS1_PYTHON)(`our rosbridge on ROS 1${ROS1_PYTHON ? '' : ' (skipped: no rospy)'}`, () => {
  const endings: (() => unknown)[] = []
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end()
  })

  const listening = (bridge: RosProcess) =>
    bridge.said('where it listens', (line: { url: string }) => Boolean(line.url))

  /** A guarded arm, our bridge, and a client that has advertised the command topic. */
  async function bridged(): Promise<{ rig: Rig; bridge: RosProcess; client: Client }> {
    const rig = await Rig.start()
    endings.push(() => rig.end())
    const bridge = rig.ros.node(BRIDGE)
    const { url } = await listening(bridge)
    const client = await Client.dial(url)
    endings.push(() => client.close())
    client.send({ op: 'advertise', topic: COMMAND, type: 'geometry_msgs/PoseStamped' })
    return { rig, bridge, client }
  }

  /** Asks the guard through the bridge until it says yes, since it must have heard of the arm first. */
  async function armThrough(client: Client): Promise<void> {
    for (let tries = 0; ; tries++) {
      const { result, values } = await client.call(`${STATE}/arm`)
      if (result && values.success) return
      if (tries === 100) throw new Error(values.message)
      await sleep(0.1)
    }
  }

  /** The same, and then half a second of commands that the arm has obeyed. */
  async function commanded() {
    const { rig, bridge, client } = await bridged()
    endings.push(client.command())
    await rig.observer.said('a command', ({ topic }: Observed) => topic === COMMAND)
    await armThrough(client)
    await rig.arm.said('an obeyed command', ({ qz }: Obeyed) => qz === QZ)
    await sleep(0.5)
    return { rig, bridge, client }
  }

  it('a pose that a client writes is what nodes get, byte for byte', async () => {
    const { rig, client } = await bridged()
    const poses = [
      pose([0.1, 1 / 3, -2 / 3], [0, 0, 0, 1], { secs: 1, nsecs: 999_999_999 }, 'base'),
      pose([5e-324, 1.7976931348623157e308, -1e-9], [0.5, -0.5, 0.5, -0.5], { secs: 2 ** 32 - 1, nsecs: 1 }, ''),
      pose(
        [0.30000000000000004, 123456.789, 0],
        [1, 0, 0, 0],
        { secs: 1764051873, nsecs: 250_000_001 },
        'Grundgestell μ',
      ),
    ]
    // Until the observer has connected, what is written is lost.
    const first = poses[0] as PoseStamped
    let written = 0
    const publish = (msg: PoseStamped) => {
      written++
      client.send({ op: 'publish', topic: COMMAND, msg })
    }
    const writing = setInterval(() => publish(first), 50)
    await rig.observer
      .said('a first command', ({ topic }: Observed) => topic === COMMAND)
      .finally(() => clearInterval(writing))
    const from = written
    for (const msg of poses) publish(msg)
    const last = serialised(poses.at(-1) as PoseStamped, from + poses.length)
    await rig.observer.said('the last pose', ({ bytes }: Observed) => bytes === last)
    const commands = (rig.observer.lines as readonly Observed[]).filter(({ topic }) => topic === COMMAND)
    expect(commands.slice(-poses.length).map(({ bytes }) => bytes)).toEqual(
      poses.map((msg, i) => serialised(msg, from + i + 1)),
    )
    expect(new Set(commands.map(({ publisher }) => publisher))).toEqual(new Set(['/rosbridge_websocket']))
  })

  it('a client hears what nodes say', async () => {
    const { client } = await bridged()
    client.send({ op: 'subscribe', topic: STATE })
    client.send({ op: 'subscribe', topic: '/arm/pose', type: 'geometry_msgs/PoseStamped' })
    for (let tries = 0; tries < 100 && client.heard.length < 20; tries++) await sleep(0.1)
    const state = client.heard.find(({ topic }) => topic === STATE)
    expect(JSON.parse(String(state?.msg.data))).toMatchObject({ state: 'idle', accepted: 0 })
    const measured = client.heard.find(({ topic }) => topic === '/arm/pose')
    expect(measured?.msg).toMatchObject({
      header: { frame_id: 'base', stamp: { secs: expect.any(Number), nsecs: expect.any(Number) } },
      pose: { position: { x: 0.4, y: 0, z: 0.3 }, orientation: { x: 0, y: 0, z: 0, w: 1 } },
    })
    const { values } = await client.call('/rosapi/topics')
    expect(values).toMatchObject({ topics: expect.arrayContaining([COMMAND, STATE, '/arm/target']) })
  })

  it.each([3, ...(isLong ? [10] : [])])(
    'a bridge that was frozen for %d s moves an arm that is not guarded, and not one that is',
    BUSY,
    async (seconds) => {
      const { rig, bridge, client } = await commanded()
      const unguarded = rig.unguardedArm()
      await unguarded.said('an obeyed command', () => true)

      bridge.child.kill('SIGSTOP')
      await sleep(0.3)
      const heldSince = Date.now() / 1e3
      await sleep(seconds)
      const thawedAt = Date.now() / 1e3
      bridge.child.kill('SIGCONT')
      const stale = ({ at, stamp, qz }: Obeyed) => qz === QZ && at - stamp > 0.3
      await unguarded.said('a stale command obeyed', stale)
      await sleep(1)
      const piledUp = (unguarded.lines as readonly Obeyed[]).filter((line) => line.at > thawedAt && stale(line))
      expect(piledUp.length, 'stale commands did come out of the bridge').toBeGreaterThan(10 * seconds)
      expect(rig.obeyed.filter(({ at, qz }) => at > heldSince && qz === QZ)).toEqual([])
      expect(rig.obeyed.filter(stale)).toEqual([])
      const holds = rig.obeyed.filter(({ at }) => at > heldSince)
      expect(holds.length).toBeGreaterThan(10 * seconds)
      expect(new Set(holds.map(({ x }) => x)).size, 'one pose is held').toBe(1)

      const armedAt = Date.now() / 1e3
      await armThrough(client)
      await rig.arm.said('a command obeyed again', ({ at, qz }: Obeyed) => at > armedAt && qz === QZ)
    },
  )

  it('kill −9 of the bridge is silence, and the arm is held in time', BUSY, async () => {
    const { rig, bridge } = await commanded()
    bridge.child.kill('SIGKILL')
    const { last, hold } = await rig.held()
    expect(hold.at - last.at).toBeGreaterThan(0.09)
    expect(hold.at - last.at).toBeLessThan(0.25)
  })
})

function pose(
  [x, y, z]: [number, number, number],
  [qx, qy, qz, qw]: [number, number, number, number],
  stamp: { secs: number; nsecs: number },
  frame_id: string,
): PoseStamped {
  return { header: { stamp, frame_id }, pose: { position: { x, y, z }, orientation: { x: qx, y: qy, z: qz, w: qw } } }
}
