// Work in other processes: `tenon train` and `tenon eval`, one of each at a time.
import { type ChildProcess, spawn } from 'node:child_process'
import { setPriority } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { EXIT, UserError } from '../../cli/errors.ts'
import { STOP } from '../../cli/hangup.ts'
import type { Job } from '../protocol/library.ts'
import { parseProgress, secondsLeft } from './job-progress.ts'

const TENON = fileURLToPath(new URL('../../cli/tenon.mjs', import.meta.url))

/** Time between the child's reports, ms. */
const REPORT_EVERY = 250
/** Time for a child to put its work away before it is killed, ms. */
export const GRACE = 20_000
/** Jobs that are over and still listed. */
const REMEMBERED = 20
/** Below the server, which has 60 states a second to send. */
const NICE = 10

export interface JobRequest {
  kind: Job['kind']
  checkpoint: string
  /** of `tenon`, with paths from the folder that jobs run in */
  args: readonly string[]
  /** steps or episodes; what is done of them already */
  total: number
  done: number
  /** what the child calls its progress; other progress is preparation. Undefined: any */
  label?: string
  /** called once, when the child has told of its first progress */
  onBegun?(): void
}

export interface Jobs {
  /** newest last */
  readonly list: Job[]
  /** Throws a UserError when a job of that kind runs. */
  mustBeFree(kind: JobRequest['kind']): void
  /** As {@link mustBeFree}. Returns the id. */
  start(request: JobRequest): string
  /** Asks it to put its work away. Throws a UserError for a job that is not there; nothing happens to one that is over. */
  stop(id: string): void
  /** Stops all, and resolves when they are over. */
  stopAll(): Promise<void>
}

interface Running {
  job: Job
  child: ChildProcess
  over: Promise<void>
}

export interface JobsOptions {
  /** where they run */
  folder: string
  /** called with every piece of news */
  onChange(): void
  /** called besides when a job has ended */
  onOver(job: Job): void
  /** ms */
  grace?: number
  /** instead of tenon itself, for tests */
  program?: string
}

export function createJobs({ folder, onChange, onOver, grace = GRACE, program = TENON }: JobsOptions): Jobs {
  const jobs: Job[] = []
  const running = new Map<string, Running>()
  let started = 0

  const stopRunning = ({ job, child }: Running) => {
    if (job.state !== 'running') return
    job.state = 'stopping'
    onChange()
    // A signal ends a process of Windows without a word.
    // One that has just ended cannot be told to, and need not be.
    if (process.platform === 'win32') child.send(STOP, () => {})
    else child.kill('SIGINT')
    const kill = setTimeout(() => child.kill('SIGKILL'), grace)
    child.once('close', () => clearTimeout(kill))
  }

  const mustBeFree = (kind: Job['kind']) => {
    const other = [...running.values()].find(({ job }) => job.kind === kind)?.job
    if (!other) return
    const work = kind === 'train' ? 'trained' : 'evaluated'
    throw new UserError(`${other.checkpoint} is being ${work}: wait until that is over, or stop it first`)
  }

  return {
    get list() {
      return jobs.map((job) => ({ ...job }))
    },
    mustBeFree,
    start(request) {
      const { kind, checkpoint, args, total, done } = request
      mustBeFree(kind)
      const job: Job = {
        id: `${kind}-${++started}`,
        kind,
        checkpoint,
        state: 'running',
        done,
        total,
        secondsLeft: null,
        message: 'starting',
      }
      const oldest = jobs.findIndex(({ id }) => !running.has(id))
      if (jobs.length >= REMEMBERED && oldest >= 0) jobs.splice(oldest, 1)
      jobs.push(job)
      const child = launch(folder, program, args)
      const over = follow(child, job, request, onChange).then(() => {
        running.delete(job.id)
        onChange()
        onOver(job)
      })
      running.set(job.id, { job, child, over })
      onChange()
      return job.id
    },
    stop(id) {
      const found = running.get(id)
      if (found) stopRunning(found)
      else if (!jobs.some((job) => job.id === id)) throw new UserError(`there is no job ${id}`)
    },
    async stopAll() {
      const all = [...running.values()]
      for (const one of all) stopRunning(one)
      await Promise.all(all.map(({ over }) => over))
    },
  }
}

function launch(folder: string, program: string, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    // Over the channel it hears when this process is gone, however that came about: nobody could stop it then.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, TENON_PROGRESS_MS: String(REPORT_EVERY) },
    // A group of its own: Ctrl-C in the server's terminal would reach it too, and our own SIGINT would be the second, at
    // which it leaves without saving.
    detached: true,
  })
  try {
    if (child.pid !== undefined) setPriority(child.pid, NICE)
  } catch {
    // Gone already, or not allowed: only a matter of pace.
  }
  return child
}

/** Keeps `job` up to date until the child has ended. */
function follow(child: ChildProcess, job: Job, request: JobRequest, onChange: () => void): Promise<void> {
  const { label } = request
  let hasBegun = false
  let first: { done: number; time: number } | undefined
  let error: string | undefined
  const hear = (line: string) => {
    // What to type next is for who has a terminal.
    if (line.trim() === '' || line.startsWith('next: ')) return
    const progress = parseProgress(line)
    if (progress && (label === undefined || progress.label === label)) {
      const now = { done: progress.done, time: Date.now() / 1000 }
      first ??= now
      if (!hasBegun) request.onBegun?.()
      hasBegun = true
      Object.assign(job, {
        done: progress.done,
        total: progress.total,
        secondsLeft: secondsLeft(first, now, progress.total),
      })
      job.message = progress.note || job.message
    } else {
      if (line.startsWith('error: ')) error = line.slice('error: '.length)
      // There is no Ctrl-C in the page.
      job.message = line.trim().replace(/ \(Ctrl-C again .*\)$/, '')
    }
    onChange()
  }
  if (child.stderr) createInterface({ input: child.stderr }).on('line', hear)
  return new Promise((resolve) => {
    child.once('error', (cause) => {
      end(job, 'failed', `tenon could not be started: ${cause.message}`)
      resolve()
    })
    child.once('close', (code, signal) => {
      if (job.state !== 'failed') conclude(job, code, signal, error)
      resolve()
    })
  })
}

function conclude(job: Job, code: number | null, signal: NodeJS.Signals | null, error: string | undefined): void {
  const asked = job.state === 'stopping'
  if (code === 0) end(job, 'done', job.message)
  else if (code === EXIT.interrupted || (asked && signal === 'SIGINT')) {
    // The page has a button for what the command line is told here.
    end(job, 'stopped', job.message.replace(/; go on with: .*$/, ''))
  } else if (asked && signal === 'SIGKILL') {
    end(job, 'stopped', 'did not stop when asked to and was killed: what it saved last is there')
  } else {
    const ended = signal ? `was ended by ${signal}` : `ended with ${code}`
    end(job, 'failed', error ?? `${ended}: ${job.message}`)
  }
}

function end(job: Job, state: Job['state'], message: string): void {
  Object.assign(job, { state, message, secondsLeft: null })
}
