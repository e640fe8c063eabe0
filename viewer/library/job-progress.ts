// What a child's line on stderr says of how far it is; see cli/terminal.ts.

export interface ProgressLine {
  label: string
  done: number
  total: number
  note: string
}

const PROGRESS = /^(.+) (\d+)\/(\d+) · (?:just begun|[^·]+ left)(?: · (.*))?$/

/** Undefined for a line that is not about progress. */
export function parseProgress(line: string): ProgressLine | undefined {
  const [, label, done, total, note = ''] = PROGRESS.exec(line) ?? []
  return label ? { label, done: Number(done), total: Number(total), note } : undefined
}

/**
 * s until `total`, at the pace since the first report; null before there is a pace. The child's own estimate counts steps
 * that an earlier run did.
 */
export function secondsLeft(
  first: { done: number; time: number },
  now: { done: number; time: number },
  total: number,
): number | null {
  const pace = (now.done - first.done) / (now.time - first.time)
  return pace > 0 ? (total - now.done) / pace : null
}
