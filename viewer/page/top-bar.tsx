// The bar at the top: which robot, what it does, who drives, and STOP.
import { confirmThen } from './controls/question.tsx'
import { hertz, milliseconds } from './format.ts'
import { seatWord, statusOf } from './status.ts'
import { ask, giveBackSeat, stop, store } from './studio.ts'
import { theme, toggleTheme } from './theme.ts'

export function TopBar() {
  return (
    <header class="top-bar">
      <div class="top-bar-facts">
        <RobotName />
        <StatusChip />
        <Rates />
        <span class="spring" />
        <Seat />
        <button
          type="button"
          class="quiet icon"
          data-testid="theme"
          aria-label={`Switch to ${theme.value === 'dark' ? 'light' : 'dark'} colours`}
          title="Light or dark"
          onClick={toggleTheme}
        >
          {theme.value === 'dark' ? '☀' : '☾'}
        </button>
      </div>
      <button
        type="button"
        class="stop"
        data-testid="stop"
        aria-keyshortcuts="Space Escape"
        title="Holds the robot still at once. Everybody may press it. Space bar from everywhere except while you write in a text; Escape there too."
        onClick={() => stop('STOP button')}
      >
        STOP
        <small>space bar</small>
      </button>
    </header>
  )
}

function RobotName() {
  const session = store.session.value
  const robot = session?.robot
  const name = robot === undefined ? 'Tenon Studio' : robot.kind === 'sim' ? 'Simulator' : robot.profile
  const fit = session && `${session.setup.task} · ${session.setup.clearanceMm} mm`
  return (
    <div class="robot-name" title={robot?.kind === 'ros' ? robot.url : undefined}>
      <strong data-testid="robot">{name}</strong>
      <span data-testid="task">{fit ?? 'no session yet'}</span>
    </div>
  )
}

function StatusChip() {
  const { word, tone, reason } = statusOf(store.link.value, store.session.value, oldness())
  return (
    <output class={`chip ${tone}`} data-testid="status" title={reason}>
      <span class="dot" aria-hidden="true" />
      {word}
    </output>
  )
}

/** Whole seconds, so that the chip is not drawn ten times a second. */
const oldness = () => {
  const { silent } = store.readOut.value
  return silent === undefined ? undefined : Math.floor(silent)
}

function Rates() {
  const { rate, missed, latency, framesPerSecond } = store.readOut.value
  const session = store.session.value
  const roundTrip = session?.connection?.roundTripMs
  const title = [
    `States: ${hertz(rate)}, ${missed} left out in two seconds.`,
    `Drawn: ${hertz(framesPerSecond)}.`,
    `Commands: ${hertz(session?.rates.commands)}, observations: ${hertz(session?.rates.observations)}.`,
    `From your hand to the state that shows it: ${milliseconds(latency)}.`,
  ].join('\n')
  return (
    <dl class="rates" title={title}>
      <div>
        <dt>state</dt>
        <dd data-testid="state-rate">{hertz(rate)}</dd>
      </div>
      <div class="minor">
        <dt>drawn</dt>
        <dd data-testid="draw-rate">{hertz(framesPerSecond)}</dd>
      </div>
      <div>
        <dt>{roundTrip ? 'round trip' : 'input'}</dt>
        <dd data-testid="latency">{milliseconds(roundTrip ? roundTrip.p50 : latency)}</dd>
      </div>
    </dl>
  )
}

function Seat() {
  const seats = store.seats.value
  const connected = store.link.value === 'open'
  const others = seats ? seats.watchers : 0
  return (
    <div class="seat">
      <span class="seat-word">
        <span data-testid="seat">{connected ? seatWord(seats) : 'Not connected'}</span>
        <small data-testid="watchers">{`${others} watching`}</small>
      </span>
      {store.drives.value ? (
        <button type="button" data-testid="release" onClick={giveBackSeat}>
          Give back
        </button>
      ) : (
        <button type="button" class="primary" data-testid="claim" disabled={!connected || !seats} onClick={takeSeat}>
          {seats?.writer ? 'Take over' : 'Take the seat'}
        </button>
      )}
    </div>
  )
}

export function takeSeat(): void {
  if (!store.seats.value?.writer) return void ask('claim', {})
  confirmThen('Another page drives. Take the seat from it? The robot holds still.', 'Take over', () => {
    void ask('claim', { force: true })
  })
}
