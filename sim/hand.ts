// The simulated hand: an impedance controller that pulls the held part towards a target pose.
import type { Vec3 } from '../geometry/index.ts'

export interface Hand {
  /** kg */
  mass: number
  /** moment of inertia about any axis through the centre of compliance, kg·m² */
  inertia: number
  /** N/m */
  stiffness: number
  /** N·m/rad */
  rotationalStiffness: number
  /** fraction of critical damping */
  dampingRatio: number
  /** the spring pulls with no more than this, N */
  maxForce: number
  /** the spring turns with no more than this, N·m */
  maxTorque: number
  /** point of the source frame about which the spring acts, m: near the tip, as in a remote centre of compliance */
  complianceCentre: Vec3
}

/** The hand of every task, method and figure. Chosen by experiment: docs/architecture.md tells how. */
export const DEFAULT_HAND: Hand = {
  mass: 0.5,
  inertia: 1e-3,
  stiffness: 1500,
  rotationalStiffness: 8,
  dampingRatio: 1,
  maxForce: 30,
  maxTorque: 0.5,
  complianceCentre: [0, 0, 0.01],
}
