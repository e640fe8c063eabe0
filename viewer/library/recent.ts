// Answers that take long, kept as long as the files that they come from stay as they are.
import { stat } from 'node:fs/promises'

export interface Recent<T> {
  /** The answer of `task`, or the one from before if none of the files has changed since. Failures are not kept. */
  get(files: readonly string[], key: string, task: () => Promise<T>): Promise<T>
}

/** Keeps the `most` that were asked for last. */
export function createRecent<T>(most: number): Recent<T> {
  const kept = new Map<string, { stamp: string; answer: Promise<T> }>()
  return {
    async get(files, key, task) {
      const stamp = (await Promise.all(files.map(stampOf))).join(' ')
      const before = kept.get(key)
      const answer = before?.stamp === stamp ? before.answer : task()
      // The newest last.
      kept.delete(key)
      kept.set(key, { stamp, answer })
      for (const oldest of kept.keys()) {
        if (kept.size <= most) break
        kept.delete(oldest)
      }
      return answer.catch((error) => {
        if (kept.get(key)?.answer === answer) kept.delete(key)
        throw error
      })
    },
  }
}

const stampOf = (file: string): Promise<string> =>
  stat(file).then(
    ({ size, mtimeMs, ino }) => `${size} ${mtimeMs} ${ino}`,
    () => 'none',
  )
