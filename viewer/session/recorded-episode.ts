// The episode of the session that is recorded: of what, by whom, with which force, and how it ended.
import { relative } from 'node:path'
import { UserError } from '../../cli/errors.ts'
import { type DatasetInfo, FORMAT_VERSION } from '../../demos/index.ts'
import type { Pose } from '../../geometry/index.ts'
import type { LogLine, RecordingState } from '../protocol/session.ts'
import type { EpisodeWatch } from './episode-watch.ts'
import { PeakForce } from './peak-force.ts'
import { Recording } from './recording.ts'
import type { Glance, Station } from './station.ts'

type RecordedFrom = DatasetInfo['recordedFrom']

interface Start {
  dataset: string
  pictures: boolean
  recordedFrom: RecordedFrom
  /** somebody drives already */
  isDriven: boolean
  /** the policy that drives, if one does */
  checkpoint: string | undefined
}

export class RecordedEpisode {
  readonly #station: Station
  readonly #folder: string
  readonly #watch: EpisodeWatch
  readonly #tell: (level: LogLine['level'], text: string) => void
  readonly #recording = new Recording()
  #peak: PeakForce

  constructor(
    station: Station,
    folder: string,
    watch: EpisodeWatch,
    tell: (level: LogLine['level'], text: string) => void,
  ) {
    this.#station = station
    this.#folder = folder
    this.#watch = watch
    this.#peak = new PeakForce(station)
    this.#tell = tell
  }

  get state(): RecordingState {
    return this.#recording.state
  }

  get isOn(): boolean {
    return this.#recording.isOn
  }

  /** Who moves the robot in it; undefined when none is being recorded. */
  get recordedFrom(): RecordedFrom | undefined {
    return this.#recording.recordedFrom
  }

  /** Throws a UserError when it cannot be recorded. */
  async start({ dataset, pictures, recordedFrom, isDriven, checkpoint }: Start): Promise<void> {
    const { setup, episode, identity, robot, hasPictures, isStreamed } = this.#station
    const { verdict } = this.#watch
    if (verdict && !isStreamed) {
      throw new UserError(`the episode is over (${verdict.reason}): begin another one with reset, then record it`)
    }
    if (pictures && !hasPictures) {
      throw new UserError('no picture has come from this robot: record without pictures, or start its camera')
    }
    const { task, clearanceMm, chamferMm, seed, noise, split } = setup
    const where = identity.kind === 'ros' ? { url: identity.url, profile: identity.profile } : { episode, split }
    await this.#recording.start({
      folder: this.#folder,
      dataset,
      pictures,
      info: { formatVersion: FORMAT_VERSION, task, clearanceMm, chamferMm, seed, noise, recordedFrom },
      settings: { ...where, ...(checkpoint !== undefined && { checkpoint }) },
      robot,
    })
    // Who drives on has begun it: what the force sensor said then, when the part hung free, is its zero.
    if (isStreamed && (verdict || !isDriven)) this.#watch.begin()
    this.#peak = new PeakForce(this.#station)
    this.#tell('info', `recording into ${dataset}`)
  }

  /** Takes what was seen, if one is being recorded. Throws what went wrong with writing. */
  see(glance: Glance, commandInBase: Pose | undefined): void {
    if (!this.isOn) return
    this.#peak.see(glance)
    this.#recording.see(glance.observation, commandInBase ?? glance.eeInBase)
  }

  /** `why`: unless it ended by itself. Throws a UserError when none is being recorded. */
  async end(why: string): Promise<void> {
    const { verdict, seatedAt } = this.#watch
    await this.#recording.end({
      seated: verdict?.seated ?? false,
      reason: verdict?.reason ?? why,
      seatedAt,
      peakForceN: this.#peak.newtons,
    })
    const { state } = this.#recording
    if (state.state === 'deciding') this.#tell('info', `recorded ${state.seconds} s: ${state.outcome.reason}; keep it?`)
  }

  async decide(keep: boolean): Promise<void> {
    const path = await this.#recording.decide(keep)
    this.#tell('info', path ? `kept ${relative(this.#folder, path)}` : 'the recording is discarded')
  }

  /** Nobody will decide any more. */
  async leave(): Promise<void> {
    const part = await this.#recording.leave()
    if (part) this.#tell('warning', `nobody decided about the last recording: it is left in ${part}`)
  }
}
