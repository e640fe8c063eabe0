// A task that is asked for more often than it should be done.

/** Calls `task` at once, and not again within `interval` ms; then once for whatever came meanwhile. */
export function throttled(task: () => void, interval: number): { call(): void; cancel(): void } {
  let timer: NodeJS.Timeout | undefined
  let again = false
  const run = () => {
    again = false
    timer = setTimeout(() => {
      timer = undefined
      if (again) run()
    }, interval)
    task()
  }
  return {
    call() {
      if (timer) again = true
      else run()
    },
    cancel() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
