// Replays events to the guard's rules, to those in TypeScript and to those in Python, and tells what each did.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Guard, type GuardEvent, type GuardedPose, type GuardState, type GuardTime, guardSettings } from '../guard.ts'

export interface TimedEvent {
  now: GuardTime
  event: GuardEvent
}

/** What an event led to. */
export interface Done {
  send: GuardedPose | undefined
  reply: { success: boolean; message: string } | undefined
  state: GuardState
}

export function replayHere(events: readonly TimedEvent[]): Done[] {
  const guard = new Guard(guardSettings('base'))
  return events.map(({ now, event }) => {
    const { send, reply } = guard.handle(event, now)
    return { send, reply, state: guard.state }
  })
}

/** The version of the Python that is there, if any. */
export const PYTHON = spawnSync('python3', ['--version'], { encoding: 'utf8' }).stdout?.trim() || undefined

/** Each run in a guard of its own. */
export function replayInPython(runs: readonly (readonly TimedEvent[])[]): Done[][] {
  const script = fileURLToPath(new URL('./replay.py', import.meta.url))
  const input = JSON.stringify(
    runs.map((events) => events.map(toList)),
    (_, value) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value),
  )
  const { status, stdout, stderr, error } = spawnSync('python3', [script], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error(`replay.py ended with ${status}: ${error ?? stderr}`)
  type Row = [PoseList | null, [boolean, string] | null, GuardState]
  return (JSON.parse(stdout) as Row[][]).map((rows) =>
    rows.map(([send, reply, state]) => ({
      send: send ? fromList(send) : undefined,
      reply: reply ? { success: reply[0], message: reply[1] } : undefined,
      state,
    })),
  )
}

type PoseList = [number, string, GuardedPose['pose']['position'], GuardedPose['pose']['orientation']]

const poseList = ({ stamp, frame, pose }: GuardedPose): PoseList => [stamp, frame, pose.position, pose.orientation]

const fromList = ([stamp, frame, position, orientation]: PoseList): GuardedPose => ({
  stamp,
  frame,
  pose: { position, orientation },
})

function toList({ now, event }: TimedEvent): unknown[] {
  const head = [now.ros, now.steady, event.kind]
  switch (event.kind) {
    case 'command':
      return [...head, poseList(event.command), event.publisher]
    case 'measured':
      return [...head, poseList(event.measured)]
    case 'stop':
      return [...head, event.active]
    case 'publishers':
      return [...head, event.count]
    default:
      return head
  }
}
