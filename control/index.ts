// Control: the Robot port, what drives it, and what keeps it safe.
export { type ControllerOptions, type Cycle, control } from './controller.ts'
export { ENSEMBLE_MODES, type EnsembleMode } from './ensemble.ts'
export { Governor, type Guarded, INTERVENTIONS, type Limits } from './governor.ts'
export type { InsertionOptions, InsertionStatus } from './insertion.ts'
export { DEFAULT_WITHDRAW, type RecoveryMode, type RecoveryOptions, type SearchOptions, searchFor } from './recover.ts'
export { replay } from './replay.ts'
export type { Clock, ObjectPose, Observation, PoseCommand, Robot, Wrench } from './robot.ts'
export { DEFAULT_SEAT, type SeatOptions, type SeatPhase } from './seat.ts'
