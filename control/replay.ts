// Open-loop replay: a path decided from the first observation, and followed without looking again.
import { poseAt, relative, type Track } from '../geometry/index.ts'
import type { Cycle } from './controller.ts'
import type { Governor } from './governor.ts'
import { Pace } from './pace.ts'
import type { Clock, Observation, Robot } from './robot.ts'

export interface ReplayOptions {
  robot: Robot
  clock: Clock
  governor: Governor
  /** end-effector poses in the base, stamped from 0 on, for what is seen at the start */
  path(first: Observation): Track
  /** time between commands, s */
  commandInterval?: number
}

/** Like `control`, but blind after the first observation; past its end the path's last pose is held. */
export async function* replay(options: ReplayOptions): AsyncGenerator<Cycle, never, void> {
  const { robot, clock, governor, commandInterval = 1 / 60 } = options
  const path = options.path(await robot.observe())
  const begin = clock.now()
  const pace = new Pace(clock, commandInterval)
  try {
    for (;;) {
      // The governor, unlike the replay, may look: it has to know where contact is, and how hard.
      const observation = await robot.observe()
      const sourceInTarget = relative(observation.target.pose, observation.source.pose)
      const now = clock.now()
      const wanted = poseAt(path, now - begin + commandInterval)
      const guarded = governor.guard({ wanted, observation, sourceInTarget, now, plannedAt: now })
      await robot.command({ eeInBase: guarded.eeInBase })
      yield { time: now, observation, sourceInTarget, guarded }
      await pace.next()
    }
  } finally {
    await robot.stop('the replay was left')
  }
}
