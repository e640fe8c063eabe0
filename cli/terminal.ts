// Talking to the user: everything on stderr, so that stdout carries results alone.
import { Presets, SingleBar } from 'cli-progress'

export function say(text = ''): void {
  process.stderr.write(`${text}\n`)
}

/** The machine's answer: one JSON object, the last line of stdout. */
export function answer(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

export interface Progress {
  /** `done` of the total, and a note to show beside it */
  update(done: number, note?: string): void
  stop(): void
}

/** A bar with the time left on a terminal; a line now and then where there is none. */
export function startProgress(label: string, total: number): Progress {
  const begin = Date.now()
  if (!process.stderr.isTTY) return plainProgress(label, total, begin)
  const bar = new SingleBar(
    {
      format: `${label} {bar} {value}/{total} · {eta_formatted} left · {note}`,
      stream: process.stderr,
      hideCursor: true,
      etaBuffer: 50,
      clearOnComplete: false,
    },
    Presets.shades_classic,
  )
  bar.start(total, 0, { note: '' })
  return {
    update: (done, note = '') => bar.update(done, { note }),
    stop: () => bar.stop(),
  }
}

/** Time between lines where there is no terminal, ms. A program that follows them may ask for more. */
const LINE_EVERY = Number(process.env.TENON_PROGRESS_MS ?? 10_000)

function plainProgress(label: string, total: number, begin: number): Progress {
  let last: number | undefined
  /** note of the last step's line, and one that came after it and waits to be said */
  let finished: string | undefined
  let waiting: string | undefined
  const line = (done: number, note: string) => {
    const elapsed = Date.now() - begin
    // The first of many is no measure: it carries what had to be loaded before it.
    const known = last !== undefined || done === total
    const left = known ? `${duration(((elapsed / done) * (total - done)) / 1000)} left` : 'just begun'
    say(`${label} ${done}/${total} · ${left}${note ? ` · ${note}` : ''}`)
  }
  return {
    update(done, note = '') {
      const isLast = done >= total
      if (isLast && note === finished) return
      const isDue = last === undefined || Date.now() - last >= LINE_EVERY || (isLast && finished === undefined)
      if (!isDue) {
        if (isLast) waiting = note
        return
      }
      line(done, note)
      last = Date.now()
      if (isLast) [finished, waiting] = [note, undefined]
    },
    stop() {
      if (waiting !== undefined) line(total, waiting)
    },
  }
}

/** `75` → `1 min 15 s` */
export function duration(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)]
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${whole % 60} s`
}

/** `2345678` → `2.3 MB` */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`
}

/** Rows under headings, columns padded to their widest cell; numbers should come as text. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map((row) => (row[i] ?? '').length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  return [line(headings), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n')
}
