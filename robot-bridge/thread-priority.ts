// The priority of the calling thread.
import { getPriority, setPriority } from 'node:os'

/**
 * Asks that this thread runs before others of this machine that are busy. Linux grants it to root and to whom
 * `CAP_SYS_NICE` or `ulimit -e` allow it; elsewhere, and for others, nothing changes. Returns whether it was granted.
 */
export function askForPriority(): boolean {
  // Only Linux takes 0 for the calling thread; others mean the whole process.
  if (process.platform !== 'linux') return false
  try {
    setPriority(0, URGENT)
    return true
  } catch {
    return false
  }
}

/** Gives up what the calling thread has from the one that started it: a thread begins with the priority of its maker. */
export function resignPriority(): void {
  if (process.platform === 'linux') setPriority(0, Math.max(USUAL, getPriority(0)))
}

/** of −20 (most) to 19 */
const URGENT = -10
const USUAL = 0
