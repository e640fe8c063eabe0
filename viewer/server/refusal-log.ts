// Says what was refused, and does not let who is refused fill the log.

export type Refusal = 'host' | 'origin' | 'token' | 'path' | 'message' | 'seat' | 'crowd' | 'slow'

/** Lines of a kind that are said in one span, and its length, ms. The others are counted, and the count is said. */
const MOST = 5
const SPAN = 5000

/** One line a refusal, for a start. */
export function refusalLog(log: (text: string) => void): (kind: Refusal, text: string) => void {
  const spans = new Map<Refusal, number>()
  return (kind, text) => {
    const before = spans.get(kind) ?? 0
    spans.set(kind, before + 1)
    if (before < MOST) log(`refused: ${text}`)
    if (before > 0) return
    const ends = setTimeout(() => {
      const more = (spans.get(kind) ?? 0) - MOST
      if (more > 0) log(`refused: ${more} more like it (${kind})`)
      spans.delete(kind)
    }, SPAN)
    ends.unref()
  }
}

/** For a log: no control characters of who sent it, and not too much. */
export const quote = (text: string): string => {
  const whole = JSON.stringify(text)
  return whole.length > 100 ? `${whole.slice(0, 99)}…"` : whole
}

/** Lines for a terminal: what would move its cursor, or worse, is shown as a box. A file's name may hold anything. */
export const printable = (text: string): string => text.replace(/[^\P{Cc}\n\t]/gu, '\ufffd')
