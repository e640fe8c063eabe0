// Practice pictures for a policy that learns from pictures where the part is: the simulator renders them.
import { setImmediate } from 'node:timers/promises'
import type { DatasetInfo } from '../demos/index.ts'
import type { View } from '../perception/index.ts'
import { type CameraOptions, practiceViews, type Task } from '../sim/index.ts'
import { Random } from '../tensor/random.ts'
import { Interrupted } from './errors.ts'
import { fitOf } from './parts.ts'
import { startProgress } from './terminal.ts'

export interface Practice {
  task: Task
  dataset: DatasetInfo
  /** as the demonstrations' */
  camera: CameraOptions
  count: number
  seed: number
}

/** Yields the pictures as they are rendered, with a progress bar. Throws Interrupted after Ctrl-C. */
export async function* practise(
  { task, dataset, camera, count, seed }: Practice,
  signal: AbortSignal,
): AsyncGenerator<View, void, void> {
  const progress = startProgress('practice pictures', count)
  let done = 0
  try {
    for (const view of practiceViews(task, fitOf(dataset), camera, count, new Random(seed).fork('practice'))) {
      yield view
      progress.update(++done)
      // Rendering never waits for anything: without this, Ctrl-C would not be heard.
      await setImmediate()
      if (signal.aborted) throw new Interrupted('stopped before training began')
    }
  } finally {
    progress.stop()
  }
}
