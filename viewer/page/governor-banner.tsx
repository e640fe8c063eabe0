// What holds the robot, and the way on: never by a key alone, and only for who drives.
import { askToArm, isReal } from './arm.ts'
import { statusOf } from './status.ts'
import { store, tell } from './studio.ts'

export function GovernorBanner() {
  const { link, session, drives } = store
  if (link.value !== 'open') return <LinkBanner />
  const governor = session.value?.governor
  if (!governor || governor.state === 'running') return null
  const isStopped = governor.state === 'stopped'
  const wayOn = !isStopped
    ? { word: 'Resume', go: () => void tell('resume', {}) }
    : isReal()
      ? { word: 'Arm the robot…', go: askToArm }
      : { word: 'Release the stop', go: () => void tell('rearm', { halts: governor.halts }) }
  return (
    <div class={`banner ${isStopped ? 'bad' : 'warn'}`} role="status" data-testid="governor-banner">
      <span>
        <strong>{isStopped ? 'Stopped' : 'Paused'}.</strong> {governor.reason}
      </span>
      <button
        type="button"
        data-testid={isStopped ? 'rearm' : 'resume'}
        disabled={!drives.value}
        title={drives.value ? undefined : 'Take the seat first'}
        onClick={wayOn.go}
      >
        {wayOn.word}
      </button>
    </div>
  )
}

function LinkBanner() {
  const { word, reason, tone } = statusOf(store.link.value, store.session.value, undefined)
  if (store.link.value === 'connecting' && !store.session.value) return null
  return (
    <div class={`banner ${tone}`} role="status" data-testid="link-banner">
      <span>
        <strong>{word}.</strong> {reason}
      </span>
      {store.link.value === 'outdated' && (
        <button type="button" data-testid="reload" onClick={() => location.reload()}>
          Load anew
        </button>
      )}
    </div>
  )
}
