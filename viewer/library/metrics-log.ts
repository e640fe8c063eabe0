// A training run's metrics.jsonl, followed as it grows: only what is new is read.
import { open, stat } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import type { Metrics } from '../../policy/index.ts'
import type { Curves } from '../protocol/library.ts'

export interface MetricsLog {
  /** Lines so far, the same array with more in it or a new one when the file was replaced. Empty for no file. */
  read(): Promise<readonly Metrics[]>
}

export function followMetrics(path: string): MetricsLog {
  let lines: Metrics[] = []
  let at = { file: '', size: 0 }
  let decoder = new StringDecoder('utf8')
  let rest = ''
  let reading: Promise<void> = Promise.resolve()
  const readNew = async () => {
    const { ino, birthtimeMs, size } = await stat(path).catch(() => ({ ino: 0, birthtimeMs: 0, size: 0 }))
    // A number alone is soon given to another file.
    const file = `${ino} ${birthtimeMs}`
    if (file !== at.file || size < at.size) {
      // Resuming writes the file anew, and so do rollouts.
      lines = []
      rest = ''
      decoder = new StringDecoder('utf8')
      at = { file, size: 0 }
    }
    if (size === at.size) return
    const handle = await open(path)
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(size - at.size), 0, size - at.size, at.size)
      at = { file, size: at.size + bytesRead }
      const whole = (rest + decoder.write(buffer.subarray(0, bytesRead))).split('\n')
      rest = whole.pop() ?? ''
      for (const line of whole) lines.push(...parse(line))
    } finally {
      await handle.close()
    }
  }
  return {
    async read() {
      reading = reading.then(readNew, readNew)
      await reading
      return lines
    },
  }
}

/** A line that a crash cut short says nothing. */
function parse(line: string): Metrics[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as Metrics]
  } catch {
    return []
  }
}

/** At most this many points are drawn. */
const MOST_POINTS = 1000

/** Equal runs of steps become one point: the last step, the mean loss, and what the last validation among them told, if any. */
export function curvesOf(metrics: readonly Metrics[], most = MOST_POINTS): Curves {
  const run = Math.max(1, Math.ceil(metrics.length / most))
  const curves: Curves = { steps: [], loss: [], validationLoss: [], gate: [], success: [] }
  for (let from = 0; from < metrics.length; from += run) {
    const lines = metrics.slice(from, from + run)
    const last = <K extends keyof Metrics>(key: K) => lines.findLast((line) => line[key] !== undefined)?.[key]
    const rollouts = last('rollouts')
    curves.steps.push((lines.at(-1) as Metrics).step)
    curves.loss.push(lines.reduce((sum, { loss }) => sum + loss, 0) / lines.length)
    curves.validationLoss.push(last('validationLoss') ?? null)
    curves.gate.push(last('gate') ?? null)
    curves.success.push(rollouts ? rollouts.successes / rollouts.episodes : null)
  }
  return curves
}
