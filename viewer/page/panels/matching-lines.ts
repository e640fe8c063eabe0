// Which lines of the log are shown.
import type { LogLine } from '../../protocol/session.ts'

const LEVELS: readonly LogLine['level'][] = ['info', 'warning', 'error']

/** Newest first, at most `most`: at least that severe, with every one of the words, large or small. */
export function matchingLines<T extends LogLine>(
  lines: readonly T[],
  level: LogLine['level'],
  words: string,
  most: number,
): T[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  const matches = (line: T) => {
    const text = line.text.toLowerCase()
    return LEVELS.indexOf(line.level) >= LEVELS.indexOf(level) && wanted.every((word) => text.includes(word))
  }
  return lines.toReversed().filter(matches).slice(0, most)
}
