// The insertion simulator: physics, tasks, pictures, robot, demonstrator and judge.
export { type CameraOptions, SENSOR, SimCamera } from './camera.ts'
export { type EpisodeResult, quantile, type Summary, summarize, wilson95 } from './evaluation.ts'
export { Expert } from './expert.ts'
export { DEFAULT_HAND, type Hand } from './hand.ts'
export { FAILURES, type Failure, isSeated, judge, TIME_LIMIT, type Verdict } from './judge.ts'
export { simLimits } from './limits.ts'
export { practiceViews } from './practice.ts'
export { type Camera, render } from './render/index.ts'
export { CAMERA_IN_BASE, FRAME_INTERVAL, type Shot, SimRobot } from './robot.ts'
export { drawScenario, type Scenario, SPLITS, type Split } from './scenario.ts'
export {
  drawLook,
  LOOK_LEVELS,
  type Look,
  type LookLevel,
  makeScene,
  type Placement,
  placeScene,
  VIEWER_LAYER,
} from './scene/index.ts'
export { CLEARANCES_MM, findClearance, findTask, TASKS, type Task } from './tasks/index.ts'
export { warmUp } from './warm-up.ts'
export { type ContactPoint, World } from './world.ts'
