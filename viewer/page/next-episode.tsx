// Begins another episode, of a robot that can.
import { backToLive } from './replay.ts'
import { store, tell } from './studio.ts'

/** A simulated one, here or behind a bridge: a real part is brought back by hand. */
export function isReset(): boolean {
  const robot = store.session.value?.robot
  return robot?.kind === 'sim' || (robot?.kind === 'ros' && robot.resets)
}

export function NextEpisode({ testId }: { testId: string }) {
  const next = () => {
    backToLive()
    void tell('reset', {})
  }
  return (
    <button type="button" data-testid={testId} disabled={!store.drives.value} onClick={next}>
      Next episode
    </button>
  )
}
