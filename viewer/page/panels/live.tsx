// Live: the connection to a real robot, and the log.
import { askToArm, isReal } from '../arm.ts'
import { hertz, milliseconds } from '../format.ts'
import { isReset, NextEpisode } from '../next-episode.tsx'
import { store, tell } from '../studio.ts'
import { Log } from './log.tsx'
import { SeatNote } from './seat-note.tsx'

export function LivePanel() {
  return (
    <>
      {isReal() && <SeatNote to="arm the robot" />}
      {isReal() && <RobotConnection />}
      <PauseControls />
      <Log />
    </>
  )
}

const STATES: Record<string, { tone: string; means: string }> = {
  down: { tone: 'bad', means: 'Not connected; it is tried again by itself.' },
  connecting: { tone: 'warn', means: 'Connecting to rosbridge.' },
  syncing: { tone: 'warn', means: 'Waiting for fresh states and steady heartbeats.' },
  ready: { tone: 'good', means: 'Listening. Commands do not reach the robot until it is armed.' },
  armed: { tone: 'active', means: 'Commands reach the robot.' },
  stale: { tone: 'bad', means: 'What the robot says is too old: nothing is sent.' },
  fault: { tone: 'bad', means: 'A fault is latched: look for its cause, then arm again.' },
}

function RobotConnection() {
  const session = store.session.value
  const connection = session?.connection
  if (session?.robot.kind !== 'ros' || !connection) return null
  const { state, reason, roundTripMs } = connection
  const known = STATES[state] ?? { tone: 'warn', means: '' }
  return (
    <section class="group" aria-label="Robot">
      <div class="row">
        <h2>{session.robot.profile}</h2>
        <span class="spring" />
        <span class={`badge ${known.tone}`} data-testid="connection-state">
          {state}
        </span>
      </div>
      <p class="small">{known.means}</p>
      {reason && (
        <p
          class={known.tone === 'warn' || known.tone === 'bad' ? 'hint' : 'muted small'}
          data-testid="connection-reason"
        >
          {reason}
        </p>
      )}
      <dl class="numbers">
        <Fact name="Address" value={session.robot.url} />
        <Fact name="Holds the part of" value={`${session.setup.task}, ${session.setup.clearanceMm} mm`} />
        <Fact
          name="Round trip"
          value={roundTripMs ? `${milliseconds(roundTripMs.p50)}, 99 %: ${milliseconds(roundTripMs.p99)}` : '–'}
        />
        <Fact name="Observations" value={hertz(session.rates.observations)} />
        <Fact name="Commands" value={hertz(session.rates.commands)} />
      </dl>
      {state !== 'armed' && (
        <button
          type="button"
          class="wide"
          data-testid="arm"
          disabled={!store.drives.value || (state !== 'ready' && state !== 'fault')}
          title={store.drives.value ? 'Only a robot that is ready can be armed' : 'Take the seat first'}
          onClick={askToArm}
        >
          Arm the robot…
        </button>
      )}
      {isReset() && <NextEpisode testId="robot-next" />}
    </section>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function PauseControls() {
  const governor = store.session.value?.governor
  if (!governor) return null
  const isPaused = governor.state === 'paused'
  return (
    <section class="group" aria-label="Governor">
      <div class="row">
        <h2>Governor</h2>
        <span class="badge" data-testid="governor-state">
          {governor.state}
        </span>
        <span class="spring" />
        {isPaused ? (
          <button
            type="button"
            data-testid="resume-live"
            disabled={!store.drives.value}
            onClick={() => tell('resume', {})}
          >
            Resume
          </button>
        ) : (
          <button
            type="button"
            data-testid="pause"
            disabled={governor.state !== 'running'}
            onClick={() => tell('pause', {})}
          >
            Pause
          </button>
        )}
      </div>
      {governor.reason && <p class="small muted">{governor.reason}</p>}
    </section>
  )
}
