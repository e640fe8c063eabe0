// Practice pictures for a policy that learns from pictures where the part is: the simulator renders them.
import type { DatasetInfo } from '../demos/index.ts'
import type { View } from '../perception/index.ts'
import type { PolicyConfig } from '../policy/index.ts'
import { practiceViews } from '../sim/index.ts'
import { Random } from '../tensor/random.ts'
import { PICTURES } from './demonstrate.ts'
import { fitOf, knownTask } from './parts.ts'
import { say, startProgress } from './terminal.ts'

/**
 * Practice pictures of a task that the simulator knows, as many as the configuration asks for: rendered with a progress bar.
 * None, with a note, for another task.
 */
export function practise(info: DatasetInfo, { model, training }: PolicyConfig, seed: number): View[] {
  const count = model.image && training.practice.share > 0 ? training.practice.pictures : 0
  if (count === 0) return []
  const task = knownTask(info)
  if (!task) {
    say(`note: the simulator does not know ${info.task}: no practice pictures, only those of the demonstrations`)
    return []
  }
  const progress = startProgress('practice pictures', count)
  const views: View[] = []
  const random = new Random(seed).fork('practice')
  for (const view of practiceViews(task, fitOf(info), PICTURES, count, random)) {
    views.push(view)
    progress.update(views.length)
  }
  progress.stop()
  return views
}
