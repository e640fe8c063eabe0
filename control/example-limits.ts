// Limits for tests, as an arm's profile has them.
import type { Limits } from './limits.ts'

export const exampleLimits: Limits = {
  workspace: { low: [0.2, -0.3, 0], high: [0.8, 0.3, 0.5] },
  tilt: { axisInEe: [0, 0, 1], axisInBase: [0, 0, 1], angle: 0.5 },
  speed: 0.1,
  angularSpeed: 1,
  acceleration: 1,
  angularAcceleration: 10,
  jerk: 20,
  angularJerk: 200,
  contactZone: { low: [-0.01, -0.01, -0.03], high: [0.01, 0.01, 0.01], speed: 0.01 },
  reach: { translation: 0.02, rotation: 0.1 },
  creep: { speed: 0.02, until: 0.005 },
  force: 25,
  torque: 5,
  retract: 0.002,
  staleAfter: 0.2,
  poseStaleAfter: 0.5,
  planStaleAfter: 1,
  poseJump: { translation: 0.03, rotation: 0.5 },
}
