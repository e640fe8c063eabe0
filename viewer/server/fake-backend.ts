// A session and a shelf for tests of the server: they do nothing, remember what was asked of them, and tell what they are
// made to tell.
import { makePose } from '../../geometry/index.ts'
import { CALLS, type CallName } from '../protocol/calls.ts'
import { exampleSession } from '../protocol/example-session.ts'
import type { Job, Library } from '../protocol/library.ts'
import type { Twist } from '../protocol/messages.ts'
import type { PictureFrame } from '../protocol/picture-frame.ts'
import type { LogLine, SessionState } from '../protocol/session.ts'
import type { StateFrame } from '../protocol/state-frame.ts'
import type { PlannedChunk } from '../protocol/track.ts'
import type { Handlers, LibraryCall, Session, SessionCall, Shelf, Subscribe } from './backend.ts'

const SESSION_CALLS: readonly SessionCall[] = [
  'stop',
  'pause',
  'resume',
  'rearm',
  'setup',
  'reset',
  'teleop',
  'runPolicy',
  'stopPolicy',
  'startRecording',
  'endRecording',
  'decideRecording',
]
const SEAT_CALLS: readonly CallName[] = ['claim', 'release']

export const fakeFrame = (sequence: number): StateFrame => ({
  mode: 'idle',
  recording: false,
  armed: true,
  intervened: false,
  sequence,
  input: 0,
  stamp: sequence / 60,
  eeInBase: makePose([0.5, 0, 0.5]),
  commandInBase: undefined,
  sourceInBase: makePose([0.5, 0, 0.4]),
  targetInBase: makePose([0.5, 0, 0]),
  trackedSourceInTarget: makePose([0, 0, 0.4]),
  wrench: { force: [0, 0, 1], torque: [0, 0, 0] },
  gate: undefined,
  contacts: [],
})

export interface FakeBackend {
  session: Session
  shelf: Shelf
  /** what the session is made to tell */
  tell: {
    state(state: SessionState): void
    frame(frame: StateFrame): void
    plan(chunk: PlannedChunk): void
    log(lines: LogLine[]): void
    picture(picture: PictureFrame): void
    library(library: Library): void
    jobs(jobs: Job[]): void
  }
  /** carried out, in this order */
  calls: { name: CallName; args: unknown }[]
  steered: Twist[]
  /** how often the robot was let go of */
  letGos(): number
  listeners: { frames(): number; pictures(): number; states(): number }
  /** What a call answers instead of null; it may throw. */
  answer(name: CallName, handler: (args: never) => Promise<unknown>): void
}

export function fakeBackend(): FakeBackend {
  const [state, frame, plan] = [news<SessionState>(), news<StateFrame>(), news<PlannedChunk>()]
  const [log, picture, library, jobs] = [news<LogLine[]>(), news<PictureFrame>(), news<Library>(), news<Job[]>()]
  const calls: FakeBackend['calls'] = []
  const steered: Twist[] = []
  const answers = new Map<CallName, (args: never) => Promise<unknown>>()
  let letGos = 0

  const handlersOf = (names: readonly CallName[]) =>
    Object.fromEntries(
      names.map((name) => [
        name,
        async (args: never) => {
          calls.push({ name, args })
          return (await answers.get(name)?.(args)) ?? null
        },
      ]),
    )
  const shelfCalls = (Object.keys(CALLS) as CallName[]).filter(
    (name) => !SEAT_CALLS.includes(name) && !(SESSION_CALLS as readonly CallName[]).includes(name),
  )

  const session: Session = {
    state: exampleSession,
    onState: state.subscribe,
    onFrame: frame.subscribe,
    onPlan: plan.subscribe,
    onLog: log.subscribe,
    onPicture: picture.subscribe,
    handlers: handlersOf(SESSION_CALLS) as unknown as Handlers<SessionCall>,
    steer: (twist) => void steered.push(twist),
    async letGo() {
      letGos += 1
    },
    async close() {},
  }
  const shelf: Shelf = {
    library: { folder: 'runs', datasets: [], checkpoints: [] },
    jobs: [],
    onLibrary: library.subscribe,
    onJobs: jobs.subscribe,
    handlers: handlersOf(shelfCalls) as unknown as Handlers<LibraryCall>,
    async refresh() {},
    async close() {},
  }
  return {
    session,
    shelf,
    tell: {
      state: state.tell,
      frame: frame.tell,
      plan: plan.tell,
      log: log.tell,
      picture: picture.tell,
      library: library.tell,
      jobs: jobs.tell,
    },
    calls,
    steered,
    letGos: () => letGos,
    listeners: { frames: frame.count, pictures: picture.count, states: state.count },
    answer: (name, handler) => void answers.set(name, handler),
  }
}

function news<News>(): { subscribe: Subscribe<News>; tell(news: News): void; count(): number } {
  const listeners = new Set<(news: News) => void>()
  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tell: (told) => {
      for (const listener of listeners) listener(told)
    },
    count: () => listeners.size,
  }
}
