// A real arm over rosbridge, as a session drives it: watched until somebody arms it.
import { UserError } from '../../cli/errors.ts'
import { insertionFor } from '../../cli/run/insertion.ts'
import { overBridge } from '../../cli/run/live-robot.ts'
import { nextEpisode } from '../../cli/run/run-ros.ts'
import { VerdictWatch } from '../../cli/run/verdict.ts'
import type { Limits } from '../../control/index.ts'
import { Insertion } from '../../control/insertion.ts'
import { compose, makePose, relative } from '../../geometry/index.ts'
import type { Profile, RosRobot } from '../../robot-bridge/index.ts'
import { findTask } from '../../sim/tasks/index.ts'
import type { SessionState, Setup } from '../protocol/session.ts'
import type { Commanded, Ended, Glance, Station } from './station.ts'

/** What counts as seated has to stay so, s. */
const SEATED_FOR = 0.5
/** A policy that has moved for so long gives up, s. */
const LIMIT = 60

/** States in which what was measured before says nothing. */
const GONE: ReadonlySet<string> = new Set(['down', 'connecting'])

export interface RosStationOptions {
  robot: RosRobot
  profile: Profile
  url: string
  /** which parts it holds */
  setup: Setup
}

export class RosStation implements Station {
  readonly identity: SessionState['robot']
  readonly robot: Station['robot']
  readonly limits: Limits
  readonly commandInterval: number
  readonly isStreamed = true
  readonly policySeed: number
  readonly setup: Setup
  readonly #ros: RosRobot
  readonly #services: Profile['episode']
  #episode = 0
  #insertion: Insertion
  #seatedSince: number | undefined
  /** of a robot that knows better than what is felt, while somebody drives */
  #knows: ReturnType<typeof watchForSeat> | undefined
  #peakForceN = 0

  constructor({ robot, profile, url, setup }: RosStationOptions) {
    this.#services = profile.episode
    this.identity = { kind: 'ros', url, profile: profile.name, resets: profile.episode !== undefined }
    this.robot = overBridge(robot)
    this.limits = profile.limits
    this.commandInterval = 1 / profile.command.rate
    this.policySeed = setup.seed
    this.setup = setup
    this.#ros = robot
    this.#insertion = this.#watchSeat()
  }

  get connection(): SessionState['connection'] {
    const { state, status, latencies } = this.#ros
    const { roundTrip } = latencies
    const milliseconds = (seconds: number) => Math.round(1e4 * seconds) / 10
    return {
      state,
      reason: [status.reason, ...status.waitingFor].filter(Boolean).join('; '),
      roundTripMs:
        roundTrip && !GONE.has(state) ? { p50: milliseconds(roundTrip.p50), p99: milliseconds(roundTrip.p99) } : null,
    }
  }

  get episode(): number {
    return this.#episode
  }

  get hasPictures(): boolean {
    return this.#ros.hasPictures
  }

  get peakForceN(): number {
    return this.#peakForceN
  }

  async glance(): Promise<Glance | undefined> {
    const observation = await this.#ros.observe().catch(() => undefined)
    if (!observation) return undefined
    const { stamp, source, target, eeInBase, wrench } = observation
    if (wrench) this.#peakForceN = Math.max(this.#peakForceN, Math.hypot(...wrench.force))
    const { cameraInBase } = this.#ros
    return {
      stamp,
      eeInBase,
      sourceInBase: compose(cameraInBase, source.pose),
      targetInBase: compose(cameraInBase, target.pose),
      trackedSourceInTarget: relative(target.pose, source.pose),
      wrench,
      contacts: [],
      observation,
    }
  }

  listen(tell: Parameters<Station['listen']>[0]): () => void {
    return this.#ros.onEvent(({ kind, message, repeats }) => {
      const level = kind === 'state' || kind === 'status' || kind === 'clock' ? 'info' : 'warning'
      tell(level, repeats > 0 ? `${message} (${repeats} more times)` : message)
    })
  }

  commanded({ observation, believed, wanted, eeInBase, insertion }: Commanded): void {
    if (believed) {
      const planned = relative(believed.targetInBase, compose(wanted, believed.sourceInEe))
      this.#insertion.update(observation, believed, planned, eeInBase)
    }
    const { phase } = insertion ?? this.#insertion.status
    if (phase !== 'seated') this.#seatedSince = undefined
    else this.#seatedSince ??= observation.stamp
  }

  judge({ stamp }: Glance, seconds: number, isTimed: boolean): Ended | undefined {
    // That it has failed is for whoever drives to say: its own time runs from when it was armed.
    if (this.#knows?.isSeated) return { seated: true, reason: 'seated', seatedAt: stamp }
    if (this.#seatedSince !== undefined && stamp - this.#seatedSince >= SEATED_FOR) {
      return { seated: true, reason: 'seated', seatedAt: this.#seatedSince }
    }
    if (isTimed && seconds > LIMIT) return { seated: false, reason: `not seated within ${LIMIT} s`, seatedAt: null }
    return undefined
  }

  async change(): Promise<void> {
    throw new UserError('a real robot holds what it holds: parts are set up in the simulator only')
  }

  async reset(episode: number): Promise<void> {
    if (!this.#services) {
      throw new UserError('a real robot is not reset from here: bring the part back by hand or in teleoperation')
    }
    if (episode !== this.#episode + 1) {
      throw new UserError('a robot behind a bridge begins its next episode and no other: ask for that')
    }
    await this.#ros.stop('another episode begins')
    await nextEpisode(this.#ros, this.#services.reset)
    this.#episode = episode
  }

  begin(): void {
    this.#insertion = this.#watchSeat()
    this.#seatedSince = undefined
    this.#peakForceN = 0
    void this.#knows?.stop()
    this.#knows = undefined
    const services = this.#services
    if (services) this.#knows = watchForSeat(() => this.#ros.trigger(services.verdict))
  }

  rest(): void {}

  wake(): void {}

  async close(): Promise<void> {
    await this.#knows?.stop()
    await this.#ros.close()
  }

  #watchSeat(): Insertion {
    const { task, clearanceMm, chamferMm } = this.setup
    const fit = { clearance: clearanceMm / 1e3, chamfer: chamferMm / 1e3 }
    return new Insertion(insertionFor(makePose([0, 0, -findTask(task).depth]), {}, fit, this.limits))
  }
}

/** `isSeated`: it was not when this began, and is now. */
function watchForSeat(ask: () => Promise<string>) {
  const watch = new VerdictWatch(ask)
  void watch.look()
  return {
    get isSeated() {
      return watch.wasOver === false && watch.ended?.seated === true
    },
    stop: () => watch.stop(),
  }
}
