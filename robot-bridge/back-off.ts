// How long to wait before dialling again.

const FIRST = 0.1
const LONGEST = 2

/**
 * Seconds before attempt number `failures` + 1: 0.1 s doubled with each failure, 2 s at most, of which `random` (0 to 1)
 * takes away up to half, so that clients that lost the same server do not come back in step.
 */
export function backOff(failures: number, random: number): number {
  const longest = Math.min(LONGEST, FIRST * 2 ** Math.min(failures, 10))
  return longest * (1 - random / 2)
}
