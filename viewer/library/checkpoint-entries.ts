// What the list of checkpoints says of each.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type CheckpointConfig, type Metrics, readCheckpointConfig } from '../../policy/index.ts'
import type { CheckpointEntry } from '../protocol/library.ts'
import type { Evaluations } from './evaluations.ts'
import { insideFolder } from './inside-folder.ts'
import { followMetrics, type MetricsLog } from './metrics-log.ts'

/** The loss of a single batch is noise: the mean of this many steps is told. */
const LOSS_OVER = 50

export interface CheckpointEntries {
  /** Throws a CheckpointError for what is none. */
  read(id: string): Promise<{ entry: CheckpointEntry; warnings: string[] }>
  metrics(id: string): Promise<readonly Metrics[]>
}

export function createCheckpointEntries(folder: string, evaluations: Evaluations): CheckpointEntries {
  const configs = new Map<string, { stamp: string; config: CheckpointConfig }>()
  const logs = new Map<string, MetricsLog>()

  async function configOf(id: string): Promise<CheckpointConfig> {
    const path = await insideFolder(folder, id)
    const { mtimeMs, size } = await stat(join(path, 'config.json'))
    const stamp = `${mtimeMs} ${size}`
    const before = configs.get(id)
    if (before?.stamp === stamp) return before.config
    const config = await readCheckpointConfig(path)
    configs.set(id, { stamp, config })
    return config
  }

  async function metrics(id: string): Promise<readonly Metrics[]> {
    const path = await insideFolder(folder, id)
    const log = logs.get(id) ?? followMetrics(join(path, 'metrics.jsonl'))
    logs.set(id, log)
    return log.read()
  }

  return {
    metrics,
    async read(id) {
      const { preset, task, clearanceMm, parameters, config } = await configOf(id)
      const lines = await metrics(id)
      const { entries, warnings } = await evaluations.list(id)
      const entry = {
        id,
        preset,
        task,
        clearanceMm,
        parameters,
        step: lines.at(-1)?.step ?? 0,
        steps: config.training.steps,
        loss: meanLoss(lines.slice(-LOSS_OVER)),
        validationLoss: lines.findLast(({ validationLoss }) => validationLoss !== undefined)?.validationLoss ?? null,
        seesPictures: config.model.image !== null,
        evaluations: entries,
      }
      return { entry, warnings }
    },
  }
}

const meanLoss = (lines: readonly Metrics[]): number | null =>
  lines.length === 0 ? null : lines.reduce((sum, { loss }) => sum + loss, 0) / lines.length
