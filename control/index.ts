// Control: the Robot port, what drives it, and what keeps it safe.
export { type ControllerOptions, type Cycle, control } from './controller.ts'
export { ENSEMBLE_MODES, type EnsembleMode } from './ensemble.ts'
export { Governor, type Guarded, type GuardRequest } from './governor.ts'
export { type Change, INTERVENTIONS, type Intervention, type LogEntry } from './interventions.ts'
export { Limits } from './limits.ts'
export { replay } from './replay.ts'
export type { Clock, ObjectPose, Observation, PoseCommand, Robot, Wrench } from './robot.ts'
export type { GovernorState } from './stop-latch.ts'
