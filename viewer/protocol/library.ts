// What lies in the data folder: datasets, checkpoints, evaluations; and the work that makes them.

/** Ids are paths relative to the data folder, with `/`. */
export interface Library {
  /** as the server was given it */
  folder: string
  datasets: DatasetEntry[]
  checkpoints: CheckpointEntry[]
  /** what could not be read or was passed over, one line each */
  warnings?: string[]
}

export interface DatasetEntry {
  id: string
  task: string
  clearanceMm: number
  chamferMm: number
  recordedFrom: string
  episodes: EpisodeEntry[]
  /** what a person should know, one line each */
  warnings: string[]
  /** deleted episodes that can be brought back, newest last */
  deleted: string[]
}

export interface EpisodeEntry {
  /** file name in the dataset, `000004` */
  name: string
  frames: number
  seconds: number
  pictures: number
  /** null when the recording was not finished */
  seated: boolean | null
  reason: string
  peakForceN: number | null
  /** what may harm a policy that learns from it, one line each (quality.ts) */
  hints: string[]
}

export interface CheckpointEntry {
  id: string
  preset: string
  task: string
  clearanceMm: number
  parameters: number
  /** trained so far, and asked for */
  step: number
  steps: number
  loss: number | null
  validationLoss: number | null
  seesPictures: boolean
  evaluations: EvaluationEntry[]
}

export interface EvaluationEntry {
  /** file name in the checkpoint's folder of evaluations */
  name: string
  clearanceMm: number
  chamferMm: number
  split: string
  noise: string
  /** in words, what it has that is not asked for from the page: a bias, retries …; empty for nothing */
  others: string
  seed: number
  episodes: number
  successes: number
  wilson95: [low: number, high: number]
  failures: Record<string, number>
}

/** Work in another process. */
export interface Job {
  id: string
  kind: 'train' | 'eval'
  /** what it makes or looks at: id of the checkpoint */
  checkpoint: string
  state: 'running' | 'stopping' | 'done' | 'stopped' | 'failed'
  /** steps, or episodes */
  done: number
  total: number
  /** s; null before it can be told */
  secondsLeft: number | null
  /** last line that it said, or what went wrong */
  message: string
}

/** A training run's curves. What only validations tell has gaps. */
export interface Curves {
  steps: number[]
  loss: number[]
  validationLoss: (number | null)[]
  /** how far the gate to the picture is open, 0 to 1; gaps alone for a policy without */
  gate: (number | null)[]
  /** share of the rollouts' episodes that seated, 0 to 1 */
  success: (number | null)[]
}
