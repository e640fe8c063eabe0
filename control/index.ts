// Control: the Robot port, what drives it, and what keeps it safe.
export { type ControllerOptions, type Cycle, control } from './controller.ts'
export { ENSEMBLE_MODES, type EnsembleMode } from './ensemble.ts'
export { Governor, type Guarded, INTERVENTIONS, type Limits } from './governor.ts'
export { replay } from './replay.ts'
export type { Clock, ObjectPose, Observation, PoseCommand, Robot, Wrench } from './robot.ts'
