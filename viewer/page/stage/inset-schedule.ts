// When an inset may be drawn: each some ten times a second, and all together in at most a third of the time. Pure.
export interface InsetSchedule<Name> {
  /** Whose turn it is at `now`, s: of those that are stale the one that waits longest; undefined when it is too early. */
  next(stale: readonly Name[], now: number): Name | undefined
  /** It was drawn, from `began` to `ended`, s. */
  drawn(name: Name, began: number, ended: number): void
}

/** s */
const INTERVAL = 0.1
/** Of the time. */
const SHARE = 1 / 3

export function makeInsetSchedule<Name>(interval = INTERVAL, share = SHARE): InsetSchedule<Name> {
  const begun = new Map<Name, number>()
  let restUntil = Number.NEGATIVE_INFINITY
  const since = (name: Name) => begun.get(name) ?? Number.NEGATIVE_INFINITY
  return {
    next(stale, now) {
      if (now < restUntil) return undefined
      const due = stale.filter((name) => now - since(name) >= interval - 1e-3)
      return due.length === 0 ? undefined : due.reduce((a, b) => (since(b) < since(a) ? b : a))
    },
    drawn(name, began, ended) {
      begun.set(name, began)
      // What took c may come again after c / share: the rest of that time belongs to others.
      restUntil = began + (ended - began) / share
    },
  }
}
