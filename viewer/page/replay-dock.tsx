// The replay under the stage: a scrubber, trim handles, and curves on the same time line.
import { signal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { Chart, type Curve, Legend } from './charts/chart.tsx'
import { newtons, seconds } from './format.ts'
import { curvesOf, gateOnFrames, moveHandle, SPEEDS } from './playback.ts'
import { reopenEpisode, restoreEpisode } from './recorded.ts'
import {
  backToLive,
  playing,
  replay,
  replayLength,
  replayTime,
  seek,
  speed,
  stepReplay,
  togglePlay,
  trim,
} from './replay.ts'
import { store, tell } from './studio.ts'
import { toast } from './toasts.ts'

const curvesShown = signal(true)

export function ReplayDock() {
  if (!replay.value) return null
  return (
    <section class="replay" aria-label="Replay" data-testid="replay">
      <ReplayHead />
      <div class="transport">
        <button type="button" class="icon" aria-label="One frame back" title="←" onClick={() => stepReplay(-1)}>
          ◂
        </button>
        <button
          type="button"
          class="icon primary"
          data-testid="play"
          aria-label={playing.value ? 'Pause the replay' : 'Play'}
          title="P"
          onClick={togglePlay}
        >
          {playing.value ? '❙❙' : '▶'}
        </button>
        <button type="button" class="icon" aria-label="One frame on" title="→" onClick={() => stepReplay(1)}>
          ▸
        </button>
        <Scrubber />
        <span class="replay-time" data-testid="replay-time">
          {replayTime.value.toFixed(2)} / {seconds(replayLength.value)}
        </span>
        <select
          aria-label="Speed"
          data-testid="replay-speed"
          value={String(speed.value)}
          onChange={({ currentTarget }) => {
            speed.value = Number(currentTarget.value)
          }}
        >
          {SPEEDS.map((times) => (
            <option key={times} value={String(times)} selected={times === speed.value}>
              {times}×
            </option>
          ))}
        </select>
      </div>
      {trim.value && <TrimBar />}
      {curvesShown.value && <ReplayCurves />}
    </section>
  )
}

function ReplayHead() {
  const shown = replay.value
  if (!shown) return null
  const { outcome, title } = shown.track
  return (
    <div class="replay-head">
      <strong class="ellipsis" data-testid="replay-title" title={title}>
        {title}
      </strong>
      {outcome && (
        <span class={`badge ${outcome.seated ? 'good' : 'bad'}`}>{outcome.seated ? 'seated' : outcome.reason}</span>
      )}
      {outcome && <span class="muted">{newtons(outcome.peakForceN)} peak</span>}
      <span class="spring" />
      {shown.source.kind === 'recorded' && !trim.value && (
        <button
          type="button"
          data-testid="trim"
          disabled={!store.drives.value}
          title={store.drives.value ? 'Cut off the beginning or the end' : 'Take the seat first'}
          onClick={() => {
            trim.value = [0, replayLength.value]
          }}
        >
          Trim
        </button>
      )}
      <button
        type="button"
        aria-pressed={curvesShown.value}
        data-testid="replay-curves"
        onClick={() => {
          curvesShown.value = !curvesShown.value
        }}
      >
        Curves
      </button>
      <button type="button" data-testid="back-to-live" onClick={backToLive}>
        Back to live
      </button>
    </div>
  )
}

function Scrubber() {
  return (
    <input
      type="range"
      class="scrubber"
      aria-label="Time of the replay, s"
      data-testid="scrubber"
      min={0}
      max={replayLength.value}
      step={0.01}
      value={replayTime.value}
      onInput={({ currentTarget }) => seek(Number(currentTarget.value))}
    />
  )
}

function TrimBar() {
  const range = trim.value
  if (!range) return null
  const length = replayLength.value
  const move = (handle: 'from' | 'to', time: number) => {
    trim.value = moveHandle(range, handle, time, length)
    seek(trim.value[handle === 'from' ? 0 : 1])
  }
  return (
    <div class="trim">
      {(['from', 'to'] as const).map((handle, i) => (
        <label key={handle}>
          <span>
            Keep {handle} {(range[i] as number).toFixed(2)} s
          </span>
          <input
            type="range"
            data-testid={`trim-${handle}`}
            min={0}
            max={length}
            step="any"
            value={range[i] as number}
            onInput={({ currentTarget }) => move(handle, Number(currentTarget.value))}
          />
        </label>
      ))}
      <button
        type="button"
        class="primary"
        data-testid="trim-apply"
        disabled={cutting.value}
        onClick={() => applyTrim(range)}
      >
        Keep this part
      </button>
      <button
        type="button"
        data-testid="trim-cancel"
        onClick={() => {
          trim.value = undefined
        }}
      >
        Cancel
      </button>
    </div>
  )
}

/** Pressed again meanwhile, the button would cut what is left. */
const cutting = signal(false)

async function applyTrim([from, to]: readonly [number, number]) {
  const { source, track } = replay.value ?? {}
  if (source?.kind !== 'recorded' || !track) return
  const { dataset, episode } = source
  cutting.value = true
  const isCut = await tell('trimEpisode', { dataset, episode, from, to, frames: track.stamps.length })
  cutting.value = false
  if (!isCut) return
  toast('info', `Episode ${episode} was trimmed.`, {
    label: 'Undo',
    run: () => void restoreEpisode(dataset, episode),
  })
  await reopenEpisode(dataset, episode)
}

function ReplayCurves() {
  const track = replay.value?.track
  const rows = useMemo(() => (track ? rowsOf(track) : []), [track])
  if (!track) return null
  return (
    <div class="replay-curves" data-testid="replay-charts">
      {rows.map((row, i) => (
        <div class="curve-row" key={row.name}>
          <div class="curve-name">
            <span>
              {row.name} <span class="unit">{row.unit}</span>
            </span>
            {row.curves.length > 1 && <Legend curves={row.curves} />}
          </div>
          <Chart
            label={`${row.name} over time`}
            testId={`replay-chart-${row.name.toLowerCase()}`}
            x={track.stamps}
            curves={row.curves}
            height={i === rows.length - 1 ? 82 : 62}
            xTicks={i === rows.length - 1}
            sync="replay"
            marker={replayTime.value}
            onPick={seek}
            {...(row.range && { yRange: row.range })}
            {...(row.least !== undefined && { yLeast: row.least })}
          />
        </div>
      ))}
    </div>
  )
}

interface Row {
  name: string
  unit: string
  curves: Curve[]
  range?: [number, number]
  /** shown from 0 to this at least */
  least?: number
}

function rowsOf(track: Parameters<typeof curvesOf>[0]): Row[] {
  const { height, offset, force } = curvesOf(track)
  const rows: Row[] = [
    {
      name: 'Part',
      unit: 'mm',
      least: 10,
      curves: [
        { label: 'height', ink: '--c1', values: height },
        { label: 'offset', ink: '--c2', values: offset },
      ],
    },
  ]
  if (force.length > 0)
    rows.push({ name: 'Force', unit: 'N', least: 1, curves: [{ label: 'force', ink: '--c3', values: force }] })
  if (track.gates.length > 0) {
    rows.push({
      name: 'Gate',
      unit: '',
      curves: [{ label: 'gate', ink: '--c4', values: gateOnFrames(track) }],
      range: [0, 1],
    })
  }
  return rows
}
