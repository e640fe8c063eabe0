// What the robot feels and where the part is, ten times a second.
import { poseDistance } from '../../../geometry/index.ts'
import type { StateFrame } from '../../protocol/state-frame.ts'
import { degrees, millimetres, newtons } from '../format.ts'
import { placeOf } from '../part-place.ts'
import { store } from '../studio.ts'

/** More than this fails an episode, N; the governor of an arm may stop sooner. */
const MOST_FORCE = 60

export function LiveReadOut() {
  const { frame } = store.readOut.value
  const place = frame && placeOf(frame)
  const force = frame?.wrench && Math.hypot(...frame.wrench.force)
  return (
    <section class="group" aria-label="Force and place">
      <ForceBar force={force} />
      <dl class="numbers">
        <ReadOut name="Over the mouth" testId="height" value={millimetres(place?.height)} />
        <ReadOut name="Beside the axis" testId="offset" value={millimetres(place?.offset)} />
        <ReadOut
          name="Beside it, x and y"
          testId="beside"
          value={`${millimetres(place?.x)}, ${millimetres(place?.y)}`}
        />
        <ReadOut
          name="Turned about x, y, z"
          testId="turned"
          value={place ? place.turned.map(degrees).join(', ') : '–'}
        />
        <ReadOut name="Command leads by" testId="lead" value={millimetres(leadOf(frame))} />
        <ReadOut name="Governor" testId="governor" value={governorWord(frame)} />
      </dl>
    </section>
  )
}

function ForceBar({ force }: { force: number | undefined }) {
  const share = Math.min(1, (force ?? 0) / MOST_FORCE)
  const tone = share > 0.75 ? 'bad' : share > 0.4 ? 'warn' : 'good'
  return (
    <div class="force">
      <span class="force-label">Force</span>
      <meter class={tone} min={0} max={MOST_FORCE} value={force ?? 0} aria-label="Force, N" />
      <span data-testid="force">{newtons(force)}</span>
    </div>
  )
}

function ReadOut({ name, value, testId }: { name: string; value: string; testId: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-testid={testId}>{value}</dd>
    </div>
  )
}

const leadOf = (frame: StateFrame | undefined) =>
  frame?.commandInBase && poseDistance(frame.eeInBase, frame.commandInBase).translation

function governorWord(frame: StateFrame | undefined): string {
  const governor = store.session.value?.governor
  if (!governor) return '–'
  if (governor.state !== 'running') return governor.state
  return frame?.intervened ? 'intervenes' : 'lets through'
}
