// The bridge to a live arm: how soon it answers, how evenly commands leave it, and what pictures and plans do to that.
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { control, Governor } from '../../control/index.ts'
import { makePose } from '../../geometry/index.ts'
import {
  CHECKPOINT_VERSION,
  type CheckpointConfig,
  createCheckpoint,
  initialState,
  loadPolicyThread,
  PRESETS,
  policySpec,
  savePolicy,
} from '../../policy/index.ts'
import { loadProfile, type Profile, RosRobot } from '../../robot-bridge/index.ts'
import { askForPriority } from '../../robot-bridge/thread-priority.ts'
import { quantile } from '../../sim/index.ts'
import { countParameters } from '../../tensor/parameters.ts'
import { startProgress } from '../terminal.ts'
import { type PeerAnswer, type PeerQuestion, PICTURE, STEP, URGENT } from './bridge-peer-protocol.ts'

interface Quantiles {
  p50Ms: number
  p99Ms: number
}

/** Round trips of the heartbeat, and commands at the profile's rate as the other side received them. */
export interface StreamResult {
  heartbeat: Quantiles
  /** by how much the time between two commands differs from what it should be */
  commandJitter: Quantiles
  commandsPerSecond: number
  /** commands that were due and never made */
  missed: number
}

export interface PicturesResult extends StreamResult {
  /** pixels */
  size: string
  /** different ones that the controller had */
  picturesPerSecond: number
}

export interface BridgeResult {
  /** of a bare timer at the commands' rate in this process, before anything else: what this machine allows */
  timerJitter: Quantiles
  /** the arm's pose published → the command that was made from it received, while a policy plans without pause */
  reaction: Quantiles
  /** commands of a controller whose policy plans ahead */
  plain: StreamResult
  /** the same, while pictures come from a second rosbridge */
  withPictures: PicturesResult
  /** … or from the one that takes the commands */
  sharedWithPictures: PicturesResult
}

const SECONDS = 12
const PRESET = 'edge-pose'

export async function benchBridge(): Promise<BridgeResult> {
  const profile = await loadProfile('sim')
  const timerJitter = milliseconds(await measureTimer(profile.command.rate))
  const folder = await mkdtemp(join(tmpdir(), 'tenon-bench-'))
  const peers: Peer[] = []
  try {
    const peer = await startPeer(URGENT)
    peers.push(peer)
    const camera = await startPeer()
    peers.push(camera)
    const { predictor } = await loadPolicyThread(await untrained(join(folder, PRESET)), { threads: 1 })
    // As `tenon run` does: the threads that are there already do not get it.
    askForPriority()
    try {
      const reaction = await measureReaction(peer, profile, predictor)
      const { picturesPerSecond: _, ...plain } = await measureStream(peer, profile, predictor)
      const size = `${PICTURE.width}×${PICTURE.height}`
      const withPictures = { size, ...(await measureStream(peer, profile, predictor, camera.url)) }
      const sharedWithPictures = { size, ...(await measureStream(peer, profile, predictor, peer.url)) }
      return { timerJitter, reaction, plain, withPictures, sharedWithPictures }
    } finally {
      await predictor.dispose()
    }
  } finally {
    for (const peer of peers) peer.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

type Planner = Awaited<ReturnType<typeof loadPolicyThread>>['predictor']

/** By how much the time between two ticks differs from what it should be, s. */
async function measureTimer(rate: number): Promise<number[]> {
  const progress = startProgress('bridge, timer', SECONDS)
  const times: number[] = []
  const begin = performance.now()
  for (let tick = 1; tick <= SECONDS * rate; tick++) {
    await sleep(Math.max(0, begin + (1e3 * tick) / rate - performance.now()))
    times.push(performance.now() / 1e3)
    progress.update(Math.floor(tick / rate))
  }
  progress.stop()
  return deviations(times, rate)
}

async function measureReaction(peer: Peer, profile: Profile, predictor: Planner): Promise<Quantiles> {
  const robot = new RosRobot({ url: peer.url, profile })
  const progress = startProgress('bridge, reaction', SECONDS)
  let isOver = false
  const planning = (async () => {
    predictor.begin(0)
    while (!isOver) await predictor.predict({ sourceInTarget: makePose([0, 0, 0.05]), confidence: 1 })
  })()
  try {
    await arm(robot)
    await peer.take()
    const begin = performance.now()
    let seen: number | undefined
    while (performance.now() - begin < SECONDS * 1e3) {
      const { eeInBase } = await robot.observe()
      if (eeInBase.position[0] !== seen) {
        seen = eeInBase.position[0]
        await robot.command({ eeInBase })
        progress.update(Math.floor((performance.now() - begin) / 1e3))
      }
      await sleep(1)
    }
    const { arrived, measured } = await peer.take()
    return milliseconds(reactions(arrived, measured))
  } finally {
    isOver = true
    progress.stop()
    await robot.close()
    await planning
  }
}

/** Also when the connection stumbles just now. */
async function arm(robot: RosRobot): Promise<void> {
  await robot.ready()
  await robot.arm()
}

interface Event {
  time: number
  x: number
}

/** For each pose that was answered the time until its first command came, s. */
export function reactions(arrived: readonly Event[], measured: readonly Event[]): number[] {
  const number = ({ x }: Event) => Math.round(x / STEP)
  const published = new Map<number, number>()
  const times: number[] = []
  let next = 0
  for (const command of arrived) {
    for (; next < measured.length && (measured[next] as Event).time <= command.time; next++) {
      const pose = measured[next] as Event
      published.set(number(pose), pose.time)
    }
    const time = published.get(number(command))
    if (time === undefined) continue
    published.delete(number(command))
    times.push(command.time - time)
  }
  return times
}

async function measureStream(peer: Peer, profile: Profile, predictor: Planner, cameraUrl?: string) {
  const robot = new RosRobot({ url: peer.url, profile, ...(cameraUrl && { camera: true, cameraUrl }) })
  const governor = new Governor(profile.limits)
  const progress = startProgress(`bridge, commands${cameraUrl ? ' beside pictures' : ''}`, SECONDS)
  try {
    await robot.ready()
    const cycles = control({
      robot,
      clock: robot,
      predictor,
      governor,
      seed: 0,
      planning: 'ahead',
      commandInterval: 1 / profile.command.rate,
      planned: () => arm(robot),
    })
    let begin: number | undefined
    let missed = 0
    const pictures = new Set<number>()
    for await (const cycle of cycles) {
      // The first second is that of connecting and compiling.
      if (begin === undefined && robot.state === 'armed') {
        await peer.take()
        begin = cycle.time
      }
      if (begin === undefined) continue
      missed = cycle.missed?.commands ?? 0
      if (cycle.observation.pictureStamp !== undefined) pictures.add(cycle.observation.pictureStamp)
      progress.update(Math.floor(cycle.time - begin))
      if (cycle.time - begin >= SECONDS) break
    }
    const { roundTrip } = robot.latencies
    const { arrived } = await peer.take()
    const times = arrived.map(({ time }) => time)
    const heartbeat = roundTrip ?? { p50: Number.NaN, p99: Number.NaN }
    return {
      heartbeat: { p50Ms: heartbeat.p50 * 1e3, p99Ms: heartbeat.p99 * 1e3 },
      commandJitter: milliseconds(deviations(times, profile.command.rate)),
      commandsPerSecond: times.length / SECONDS,
      missed,
      picturesPerSecond: pictures.size / SECONDS,
    }
  } finally {
    progress.stop()
    await robot.close()
  }
}

const deviations = (times: readonly number[], rate: number): number[] =>
  times.slice(1).map((time, i) => Math.abs(time - (times[i] as number) - 1 / rate))

const milliseconds = (seconds: readonly number[]): Quantiles => ({
  p50Ms: quantile(seconds, 0.5) * 1e3,
  p99Ms: quantile(seconds, 0.99) * 1e3,
})

/** A checkpoint that has learned nothing: it plans as long as any. */
async function untrained(folder: string): Promise<string> {
  const config = PRESETS[PRESET]
  const info: CheckpointConfig = {
    formatVersion: CHECKPOINT_VERSION,
    preset: PRESET,
    config,
    normalizer: { centre: [0, 0, 0.03], scale: [0.03, 0.03, 0.06] },
    parts: null,
    task: 'square-peg',
    clearanceMm: 0.1,
    episodes: { training: 1, validation: 0 },
    seed: 0,
    parameters: countParameters(policySpec(config.model)),
  }
  await createCheckpoint(folder, info)
  await savePolicy(folder, info, initialState(config, 0))
  return folder
}

interface Peer {
  url: string
  /** What came since the last time. */
  take(): Promise<Extract<PeerAnswer, { kind: 'taken' }>>
  stop(): void
}

async function startPeer(...options: (typeof URGENT)[]): Promise<Peer> {
  const child = fork(fileURLToPath(new URL('./bridge-peer.mjs', import.meta.url)), options)
  const { url } = await answerOf(child, 'listening')
  return {
    url,
    take() {
      const taken = answerOf(child, 'taken')
      child.send({ kind: 'take' } satisfies PeerQuestion)
      return taken
    },
    stop: () => void child.kill(),
  }
}

function answerOf<K extends PeerAnswer['kind']>(child: ChildProcess, kind: K) {
  return new Promise<Extract<PeerAnswer, { kind: K }>>((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`the other side of the bridge ended with ${code}`))
    child.once('exit', onExit)
    child.once('message', (answer: PeerAnswer) => {
      child.off('exit', onExit)
      if (answer.kind === kind) resolve(answer as Extract<PeerAnswer, { kind: K }>)
      else reject(new Error(`the other side of the bridge said ${answer.kind}, expected ${kind}`))
    })
  })
}
