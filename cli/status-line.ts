// A line at the foot of the terminal that is written over, with others that stay above it.

export interface StatusLine {
  /** replaces the line */
  show(text: string): void
  /** a line that stays */
  tell(text: string): void
  /** takes the line away */
  stop(): void
}

/** Time between lines where there is no terminal to write over, ms. */
const LINE_EVERY = 10_000

/** On stderr; `now` in ms. */
export function startStatusLine(
  out: { write(text: string): unknown; isTTY?: boolean; columns?: number } = process.stderr,
  now: () => number = Date.now,
): StatusLine {
  return out.isTTY ? overwritten(out) : appended(out, now)
}

function overwritten(out: { write(text: string): unknown; columns?: number }): StatusLine {
  let shown = ''
  // To the line's start, and clear it.
  const clear = '\r\x1b[2K'
  return {
    show(text) {
      // A line that wraps could not be written over. Some terminals say that they have no columns.
      shown = text.slice(0, Math.max(1, (out.columns || 80) - 1))
      out.write(clear + shown)
    },
    tell: (text) => out.write(`${clear}${text}\n${shown}`),
    stop() {
      shown = ''
      out.write(clear)
    },
  }
}

function appended(out: { write(text: string): unknown }, now: () => number): StatusLine {
  let last: number | undefined
  return {
    show(text) {
      if (last !== undefined && now() - last < LINE_EVERY) return
      last = now()
      out.write(`${text}\n`)
    },
    tell: (text) => out.write(`${text}\n`),
    stop() {},
  }
}
