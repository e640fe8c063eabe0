// The data folder as the server's `Shelf`: what lies in it, and the calls that look at it or change it.
import { mkdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { explain, UserError } from '../../cli/errors.ts'
import { openDataset } from '../../demos/index.ts'
import type { CheckpointEntry, DatasetEntry, Job, Library } from '../protocol/library.ts'
import type { EpisodeTrack } from '../protocol/track.ts'
import type { Handlers, LibraryCall, Shelf } from '../server/backend.ts'
import { makeNews } from '../server/news.ts'
import { createCheckpointEntries } from './checkpoint-entries.ts'
import { createDatasetEntries } from './dataset-entries.ts'
import { openDesk } from './desk.ts'
import { evaluatedTrack } from './evaluated-track.ts'
import {
  createEvaluations,
  evaluatedEpisodes,
  evaluationEntry,
  evaluationPath,
  freeEvaluationName,
  putAwayEvaluations,
} from './evaluations.ts'
import { createTurns } from './in-turn.ts'
import { insideFolder } from './inside-folder.ts'
import { evaluateRequest, resumeRequest, trainRequest } from './job-requests.ts'
import { createJobs } from './jobs.ts'
import { curvesOf } from './metrics-log.ts'
import { otherParts } from './other-parts.ts'
import { createRecent } from './recent.ts'
import { scanFolder } from './scan-folder.ts'
import { throttled } from './throttled.ts'
import { bringBack, episodePath, moveToTrash, replaceKeeping, scratchPath } from './trash.ts'

export interface ShelfOptions {
  /** need not be there yet */
  folder: string
  /** what a person should know; nothing is said twice */
  log(text: string): void
}

/** How often the folder is looked at for what others did to it, ms. */
const LOOK_EVERY = 5000
/** At most four times a second, ms. */
const JOBS_EVERY = 250
/** Of changes, and of simulations. */
const MOST_WAITING = 8
/** A library that takes longer to read is told when it is read, ms. */
const PATIENCE = 2000

/** Resolves when the folder has been read, or after two seconds: then the rest is told to `onLibrary` as it is read. */
export async function openShelf({ folder: asked, log }: ShelfOptions, desk = openDesk()): Promise<Shelf> {
  const folder = resolve(asked)
  const evaluations = createEvaluations(folder)
  const datasets = createDatasetEntries(folder, desk)
  const checkpoints = createCheckpointEntries(folder, evaluations)
  const libraryNews = makeNews<Library>()
  const jobsNews = makeNews<Job[]>()
  const closing = new AbortController()
  let library: Library = { folder: asked, datasets: [], checkpoints: [], warnings: [] }
  let logged = new Set<string>()

  const tellJobs = throttled(() => jobsNews.tell(jobs.list), JOBS_EVERY)
  const jobs = createJobs({
    folder,
    onChange: () => tellJobs.call(),
    onOver(job) {
      if (job.state === 'failed' || closing.signal.aborted) log(`${job.checkpoint}: ${job.message}`)
      void look()
    },
  })

  const publish = (next: Library) => {
    if (closing.signal.aborted || JSON.stringify(next) === JSON.stringify(library)) return
    library = next
    libraryNews.tell(library)
  }

  async function readLibrary(): Promise<void> {
    const found = await scanFolder(folder)
    const warnings = [...found.warnings]
    const read = async <T>(id: string, task: () => Promise<T>): Promise<T[]> => {
      try {
        return [await task()]
      } catch (error) {
        warnings.push(`${id}: ${inWords(error, folder)}`)
        return []
      }
    }
    const listed: CheckpointEntry[] = []
    for (const id of found.checkpoints) {
      for (const { entry, warnings: others } of await read(id, () => checkpoints.read(id))) {
        listed.push(entry)
        warnings.push(...others)
      }
    }
    publish({ ...library, checkpoints: listed })
    const sets: DatasetEntry[] = []
    for (const [i, id] of found.datasets.entries()) {
      sets.push(...(await read(id, () => datasets.read(id))))
      // Those that have not been read this time are shown as they were.
      const rest = found.datasets
        .slice(i + 1)
        .flatMap((other) => library.datasets.find((one) => one.id === other) ?? [])
      publish({ ...library, datasets: [...sets, ...rest] })
    }
    // What could not be read because it is being closed is nobody's fault.
    if (closing.signal.aborted) return
    publish({ folder: asked, datasets: sets, checkpoints: listed, warnings })
    for (const warning of warnings) if (!logged.has(warning)) log(warning)
    logged = new Set(warnings)
  }

  // One look at a time; whoever asks during one gets another that begins after it.
  let looking: Promise<void> | undefined
  let next: Promise<void> | undefined
  function look(): Promise<void> {
    if (closing.signal.aborted) return Promise.resolve()
    if (looking) {
      next ??= looking.then(() => {
        next = undefined
        return look()
      })
      return next
    }
    looking = readLibrary()
      .catch((error) => {
        if (!closing.signal.aborted) log(`the data folder cannot be read: ${explain(error)}`)
      })
      .finally(() => {
        looking = undefined
      })
    return looking
  }

  // What changes files is done one after the other.
  const inTurn = createTurns(MOST_WAITING, 'too much is being changed at once: try again in a moment')
  const change = async (task: () => Promise<void>): Promise<null> => {
    await inTurn(task)
    await look()
    return null
  }

  async function findDataset(id: string): Promise<DatasetEntry> {
    await look()
    const found = library.datasets.find((one) => one.id === id)
    if (!found) throw new UserError(`there is no dataset ${id}${among(library.datasets)}`)
    return found
  }

  async function findCheckpoint(id: string): Promise<CheckpointEntry> {
    await look()
    const found = library.checkpoints.find((one) => one.id === id)
    if (!found) throw new UserError(`there is no checkpoint ${id}${among(library.checkpoints)}`)
    return found
  }

  /** A dataset that was recorded anew has the name of the one that the episode was deleted from. */
  async function mustBelong(deleted: string, dataset: string): Promise<void> {
    const place = await insideFolder(folder, dataset)
    const [made, gone] = await Promise.all([stat(join(place, 'dataset.json')), stat(deleted)])
    if (made.mtimeMs < gone.ctimeMs) return
    const { info } = await openDataset(place)
    const [its, ours] = otherParts(info, await desk.ask('metadata', deleted)) ?? []
    if (its === undefined) return
    throw new UserError(
      `${dataset} is a dataset of ${its} by now, and the deleted episode of ${ours}: it is kept in ${deleted}`,
    )
  }

  const isBusy = (kind: 'train' | 'eval', checkpoint: string) =>
    jobs.list.some((job) => job.kind === kind && job.checkpoint === checkpoint && isUnderWay(job))
  const refuseInTraining = (checkpoint: string) => {
    if (isBusy('train', checkpoint))
      throw new UserError(`${checkpoint} is being trained: evaluate it when that is over`)
  }
  const refuseInEvaluation = (checkpoint: string) => {
    if (isBusy('eval', checkpoint)) throw new UserError(`${checkpoint} is being evaluated: go on when that is over`)
  }

  const simulate = createTurns(MOST_WAITING, 'too many episodes are being simulated: wait for one of them')
  const replays = createRecent<EpisodeTrack>(8)

  const handlers: Handlers<LibraryCall> = {
    async readEpisode(id) {
      return desk.ask('track', await episodePath(folder, id), id.dataset)
    },
    async thumbnail(id) {
      const path = await episodePath(folder, id)
      const known = datasets.thumbnail(id)
      return known === undefined ? desk.ask('thumbnail', path) : known
    },
    deleteEpisode: (id) => change(() => moveToTrash(folder, id)),
    restoreEpisode: (id) =>
      change(() =>
        bringBack(folder, id, {
          isPartOf: (part, whole) => desk.ask('isPartOf', part, whole),
          mustBelong: (file) => mustBelong(file, id.dataset),
        }),
      ),
    trimEpisode: ({ from, to, frames, ...id }) =>
      change(async () => {
        const cut = await scratchPath(folder, id)
        await desk.ask('trim', await episodePath(folder, id), cut, [from, to], frames)
        await replaceKeeping(folder, id, cut)
      }),

    async train(args) {
      const dataset = await findDataset(args.dataset)
      const request = await trainRequest(folder, args, dataset)
      jobs.mustBeFree('train')
      await putAwayEvaluations(folder, args.checkpoint)
      return { job: jobs.start(request) }
    },
    async resumeTraining({ checkpoint, dataset }) {
      const request = await resumeRequest(folder, await findCheckpoint(checkpoint), await findDataset(dataset))
      jobs.mustBeFree('train')
      refuseInEvaluation(checkpoint)
      // A training that is refused leaves the checkpoint as it was, and what was measured of it true.
      const onBegun = () =>
        void change(() => putAwayEvaluations(folder, checkpoint)).catch((error) => log(explain(error)))
      return { job: jobs.start({ ...request, onBegun }) }
    },
    async curves({ checkpoint }) {
      await insideFolder(folder, checkpoint)
      const metrics = await checkpoints.metrics(checkpoint)
      if (metrics.length === 0) await findCheckpoint(checkpoint)
      return curvesOf(metrics)
    },
    async evaluate(args) {
      const entry = await findCheckpoint(args.checkpoint)
      refuseInTraining(entry.id)
      const results = await evaluationPath(folder, entry.id, await freeEvaluationName(folder, entry.id, args))
      const request = await evaluateRequest(folder, args, entry, results)
      jobs.mustBeFree('eval')
      await mkdir(dirname(results), { recursive: true })
      return { job: jobs.start(request) }
    },
    async evaluation({ checkpoint, name }) {
      const results = await evaluations.read(checkpoint, name)
      return { entry: evaluationEntry(name, results), episodes: evaluatedEpisodes(results) }
    },
    async evaluatedEpisode({ checkpoint, name, index }) {
      const results = await evaluations.read(checkpoint, name)
      const path = await insideFolder(folder, checkpoint)
      const files = [await evaluationPath(folder, checkpoint, name), `${path}/policy.onnx`]
      return replays.get(files, `${checkpoint} ${name} ${index}`, () =>
        simulate(() => evaluatedTrack(`${checkpoint}, ${name}`, path, results, index, closing.signal)),
      )
    },
    async stopJob({ job }) {
      jobs.stop(job)
      return null
    },
  }

  const timer = setInterval(() => void look(), LOOK_EVERY)
  await Promise.race([look(), sleep(PATIENCE, undefined, { ref: false })])

  return {
    get library() {
      return library
    },
    get jobs() {
      return jobs.list
    },
    onLibrary: libraryNews.subscribe,
    onJobs: jobsNews.subscribe,
    handlers: speaking(handlers, folder),
    refresh: look,
    async close() {
      clearInterval(timer)
      closing.abort(new UserError('the studio is closing'))
      await jobs.stopAll()
      await inTurn(async () => {})
      tellJobs.cancel()
      await desk.close()
    },
  }
}

/** What a person did wrong, or the disk, is a UserError whose paths begin in the data folder. Anything else is a bug. */
function speaking<H extends Record<string, (args: never) => Promise<unknown>>>(handlers: H, folder: string): H {
  const wrapped = Object.entries(handlers).map(([name, handler]) => [
    name,
    async (args: never) => {
      try {
        return await handler(args)
      } catch (error) {
        throw isBug(error) ? error : new UserError(inWords(error, folder), { cause: error })
      }
    },
  ])
  return Object.fromEntries(wrapped) as H
}

const SPEAKING = new Set(['UserError', 'EpisodeError', 'DatasetError', 'CheckpointError'])

const isBug = (error: unknown): boolean => !(error instanceof Error) || !(SPEAKING.has(error.name) || 'code' in error)

const inWords = (error: unknown, folder: string): string => explain(error).replaceAll(`${folder}/`, '')

const among = (entries: readonly { id: string }[]): string =>
  entries.length > 0 ? `; there are ${entries.map(({ id }) => id).join(', ')}` : ', nor any other yet'

const isUnderWay = ({ state }: Job): boolean => state === 'running' || state === 'stopping'
