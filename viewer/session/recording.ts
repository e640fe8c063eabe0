// Episodes recorded from the session: begun and ended by a person, and kept or discarded by a person.
//
//   off ──start──► recording ──end──► deciding ──keep, discard──► off
//
// Nothing gets lost by itself: what nobody decided about stays on disk as a .part, whose frames can be read.
import { stat } from 'node:fs/promises'
import { UserError } from '../../cli/errors.ts'
import { RunRecorder } from '../../cli/run/run-recorder.ts'
import type { Observation, Robot } from '../../control/index.ts'
import {
  createDataset,
  type DatasetInfo,
  type EpisodeMetadata,
  type EpisodeOutcome,
  EpisodeWriter,
  nextEpisodePath,
  openDataset,
} from '../../demos/index.ts'
import type { Pose, Rgbd } from '../../geometry/index.ts'
import { placeFor } from '../library/new-name.ts'
import { otherParts } from '../library/other-parts.ts'
import type { RecordingState } from '../protocol/session.ts'

/** Pictures that are kept, Hz. */
const PICTURE_RATE = 10
/** A picture belongs to a pose that was seen no further away than this, s. */
const SAME_MOMENT = 0.02

export interface RecordingStart {
  folder: string
  /** id in the folder */
  dataset: string
  pictures: boolean
  info: DatasetInfo
  settings: EpisodeMetadata['settings']
  robot: Pick<Robot, 'cameraInBase' | 'eeAt'>
}

/** How it ended; `seatedAt`: s, on the robot's clock. */
export interface RecordingEnd extends Pick<EpisodeOutcome, 'seated' | 'reason' | 'peakForceN'> {
  seatedAt: number | null
}

interface Underway {
  dataset: string
  pictures: boolean
  recordedFrom: DatasetInfo['recordedFrom']
  writer: EpisodeWriter
  recorder: RunRecorder
  /** s, of the source's poses */
  first: number | undefined
  last: number
  /** number of the newest picture that was due */
  pictured: number
  outcome: EpisodeOutcome | undefined
}

export class Recording {
  #underway: Underway | undefined

  get state(): RecordingState {
    if (!this.#underway) return { state: 'off' }
    const { dataset, pictures, recorder, first, last, outcome } = this.#underway
    const { frames } = recorder
    const seconds = Math.round(10 * (last - (first ?? last))) / 10
    return outcome
      ? { state: 'deciding', dataset, frames, seconds, outcome }
      : { state: 'recording', dataset, frames, seconds, pictures }
  }

  get isOn(): boolean {
    return this.state.state === 'recording'
  }

  /** Who moves the robot in the episode; undefined when none is being recorded. */
  get recordedFrom(): DatasetInfo['recordedFrom'] | undefined {
    return this.isOn ? this.#underway?.recordedFrom : undefined
  }

  /** Throws a UserError when one is underway, or for a dataset of something else. */
  async start({ folder, dataset, pictures, info, settings, robot }: RecordingStart): Promise<void> {
    const { state } = this.state
    if (state === 'recording') throw new UserError('an episode is being recorded already: end it first')
    if (state === 'deciding') {
      throw new UserError('the last episode waits to be kept or discarded: decide about it, then record the next')
    }
    const path = await placeFor(folder, dataset)
    await prepareDataset(path, dataset, info)
    const writer = await EpisodeWriter.create(await nextEpisodePath(path), { ...info, settings })
    this.#underway = {
      dataset,
      pictures,
      recordedFrom: info.recordedFrom,
      writer,
      recorder: new RunRecorder(writer, robot),
      first: undefined,
      last: 0,
      pictured: -1,
      outcome: undefined,
    }
  }

  /** Takes what was seen, if it is new. Throws what went wrong with writing. */
  see(observation: Observation, commandInBase: Pose): void {
    const underway = this.#underway
    if (!underway || underway.outcome) return
    const { recorder } = underway
    const { frames } = recorder
    const guarded = { eeInBase: commandInBase, interventions: [] }
    recorder.see({ observation, guarded }, underway.pictures ? (seen) => photographed(underway, seen) : undefined)
    if (recorder.frames === frames) return
    underway.first ??= observation.source.stamp
    underway.last = observation.source.stamp
  }

  /** Ends the episode underway, which waits to be decided about; resolves when it is written. One without a frame is nothing. */
  async end({ seatedAt, ...outcome }: RecordingEnd): Promise<void> {
    const underway = this.#underway
    if (!underway || underway.outcome) throw new UserError('nothing is being recorded')
    const { recorder, writer, first } = underway
    if (first === undefined) {
      this.#underway = undefined
      await writer.discard()
      throw new UserError('no frame came while it was recorded, and nothing is kept: does the tracker see the parts?')
    }
    const seatSeconds = seatedAt === null ? null : Math.max(0, seatedAt - first)
    underway.outcome = { ...outcome, seatSeconds }
    await recorder.written()
  }

  /** Gives the episode its name, which is the answer, or removes it. */
  async decide(keep: boolean): Promise<string | undefined> {
    const underway = this.#underway
    if (!underway?.outcome) {
      const why = underway ? 'end the recording first' : 'nothing is being recorded'
      throw new UserError(`there is no episode to decide about: ${why}`)
    }
    const { writer, recorder, outcome } = underway
    try {
      if (!keep) {
        await writer.discard()
        return undefined
      }
      await recorder.finish(outcome, outcome.peakForceN)
      return writer.path
    } finally {
      // A file that could not be ended cannot be later either: what is in its .part stays, and the next one can be recorded.
      this.#underway = undefined
    }
  }

  /** Nobody will decide any more: what there is stays, as a .part. */
  async leave(): Promise<string | undefined> {
    const underway = this.#underway
    this.#underway = undefined
    await underway?.recorder.written()
    await underway?.writer.leave()
    return underway?.writer.partPath
  }
}

/** The picture of what was seen, if one is due. */
function photographed(underway: Underway, observation: Observation): Rgbd | undefined {
  const { source, stamp, pictureStamp = stamp } = observation
  const due = Math.floor(source.stamp * PICTURE_RATE + 0.5 / 3)
  if (due <= underway.pictured || Math.abs(pictureStamp - source.stamp) > SAME_MOMENT) return undefined
  underway.pictured = due
  return observation.rgbd
}

/** Makes it when it is not there. Throws a UserError for one of other parts. */
async function prepareDataset(path: string, dataset: string, info: DatasetInfo): Promise<void> {
  const isThere = await stat(path).catch(() => undefined)
  if (!isThere) {
    await createDataset(path, info)
    return
  }
  const { info: there } = await openDataset(path)
  const [its, ours] = otherParts(there, info) ?? []
  if (its === undefined) return
  throw new UserError(
    `${dataset} is a dataset of ${its}, and this is ${ours}: record into another dataset, or set up the parts that it is of`,
  )
}
