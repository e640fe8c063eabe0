// Before anything moves: whether policy and robot fit together, and what would happen first.

import { distanceToBox } from '../../control/bounds.ts'
import type { Believed, Observation, Wrench } from '../../control/index.ts'
import type { Limits } from '../../control/limits.ts'
import { composeAll, makePose, type Pose, poseDistance } from '../../geometry/index.ts'
import type { CheckpointConfig } from '../../policy/index.ts'
import type { Profile } from '../../robot-bridge/profile.ts'
import { UserError } from '../errors.ts'

/** Throws a UserError for a policy that needs what the robot does not have. */
export function checkFits(checkpoint: string, info: CheckpointConfig, profile: Profile): void {
  if (info.config.model.image && !profile.camera) {
    throw new UserError(
      `${checkpoint} is a policy of the preset ${info.preset}, which needs pictures with depth, and the profile ` +
        `"${profile.name}" has no camera: add one to the profile, or run a policy of a pose preset`,
    )
  }
}

/**
 * Where the part is when it is seated: on the axis of the target, as deep as the demonstrations went. Of an older
 * checkpoint as deep as any of them was for a moment: the normaliser holds the box of their translations.
 */
export function seatedPose({
  seatedDepthM,
  normalizer: { centre, scale },
  config,
}: Pick<CheckpointConfig, 'seatedDepthM' | 'normalizer' | 'config'>): Pose {
  const lowest = centre[2] - scale[2] / config.diffusion.translationMargin
  return makePose([0, 0, seatedDepthM === undefined ? lowest : -seatedDepthM])
}

const AT_TARGET =
  'the part is close to the target: see that it hangs free, for what the force sensor says in the first 0.3 s is its zero'

/** What a person should know before a policy drives what is seen now, one line each. */
export function warningsBefore(
  { source, target, wrench }: Observation,
  sourceInTarget: Pose,
  info: CheckpointConfig,
  limits: Pick<Limits, 'contactZone' | 'force' | 'torque'>,
): string[] {
  return [
    ...(Math.min(source.confidence, target.confidence) === 0 ? ['the tracker does not see the parts now'] : []),
    ...(distanceToBox(sourceInTarget.position, limits.contactZone) === 0 ? [AT_TARGET] : []),
    ...(wrench && isLoaded(wrench, limits) ? [`${feltOf(wrench, limits)}: ${LOADED}`] : []),
    ...beyondDemonstrations(sourceInTarget, info),
  ]
}

/** Of the limits on force and torque: what an arm that touches nothing may feel. */
const AT_REST = 0.2
const LOADED =
  'the limits are on what the sensor says, with what hangs from it; set its zero with the part in the gripper, or the arm’s load'

const isLoaded = ({ force, torque }: Wrench, limits: Pick<Limits, 'force' | 'torque'>): boolean =>
  Math.hypot(...force) > AT_REST * limits.force || Math.hypot(...torque) > AT_REST * limits.torque

const feltOf = ({ force, torque }: Wrench, limits: Pick<Limits, 'force' | 'torque'>): string =>
  `${Math.hypot(...force).toFixed(1)} N and ${Math.hypot(...torque).toFixed(2)} N·m are felt at rest, of at most ` +
  `${limits.force} N and ${limits.torque} N·m`

/** Where the box of the demonstrations' translations is left, one line for each axis. */
export function beyondDemonstrations(
  { position }: Pose,
  { normalizer: { centre, scale }, config }: Pick<CheckpointConfig, 'normalizer' | 'config'>,
): string[] {
  return (['x', 'y', 'z'] as const).flatMap((name, axis) => {
    const [at, middle, half] = [position, centre, scale].map((of) => of[axis] as number) as [number, number, number]
    const reach = half / config.diffusion.translationMargin
    if (Math.abs(at - middle) <= reach + SLACK) return []
    const [low, high] = [middle - reach, middle + reach].map((metres) => (metres * 1e3).toFixed(0))
    return [
      `${name} of the part is ${(at * 1e3).toFixed(0)} mm in the target frame, demonstrated were ${low} to ${high} mm`,
    ]
  })
}

/** A tracker's error, m. */
const SLACK = 2e-3

export interface FirstPlan {
  observation: Observation
  believed: Believed
  /** of the source in the target frame */
  poses: readonly Pose[]
  /** what planning took, s */
  seconds: number
}

/** What the robot would do first, for whoever has to agree to it: label and text. */
export function describeFirst(
  { observation, believed, poses, seconds }: FirstPlan,
  limits: Limits,
): [string, string][] {
  const inBase = (pose: Pose) => composeAll(believed.targetInBase, pose, believed.eeInSource)
  const first = inBase(poses[0] as Pose)
  const last = inBase(poses.at(-1) as Pose)
  const { translation, rotation } = poseDistance(observation.eeInBase, first)
  const whole = poseDistance(observation.eeInBase, last)
  const { position } = believed.sourceInTarget
  const { workspace, contactZone } = limits
  return [
    ['part', `at ${millimetres(position)} of the target, confidence ${confidence(observation)}`],
    [
      'plan',
      `${poses.length} poses in ${(seconds * 1e3).toFixed(0)} ms, ${(whole.translation * 1e3).toFixed(1)} mm ahead`,
    ],
    [
      'first target',
      `end effector to ${millimetres(first.position)} of the base: ${(translation * 1e3).toFixed(1)} mm and ` +
        `${degrees(rotation)} from where it is`,
    ],
    ...creeping(limits, translation),
    [
      'limits',
      `${mmPerSecond(limits.speed)}, ${degrees(limits.angularSpeed)}/s; ${mmPerSecond(contactZone.speed)} near the target; ` +
        (observation.wrench ? `${limits.force} N` : 'no force is limited, as nothing feels it'),
    ],
    ...(observation.wrench ? [['sensor', feltOf(observation.wrench, limits)] satisfies [string, string]] : []),
    ['workspace', `${millimetres(workspace.low)} to ${millimetres(workspace.high)} of the base`],
  ]
}

function creeping({ creep }: Limits, distance: number): [string, string][] {
  const seconds = Math.max(0, distance - creep.until) / creep.speed
  const wait = seconds > 0 ? `, for ${seconds.toFixed(1)} s` : ', and it is there already'
  return [
    [
      'approach',
      `at ${mmPerSecond(creep.speed)} until ${(creep.until * 1e3).toFixed(0)} mm from the first target${wait}`,
    ],
  ]
}

const confidence = ({ source, target }: Observation): string =>
  Math.min(source.confidence, target.confidence).toFixed(2)
const millimetres = (vector: readonly number[]): string =>
  // A zero has no sign for a reader.
  `[${vector.map((metres) => (Math.round(metres * 1e4) / 10 + 0).toFixed(1)).join(', ')}] mm`
const mmPerSecond = (speed: number): string => `${(speed * 1e3).toFixed(0)} mm/s`
const degrees = (radians: number): string => `${((radians * 180) / Math.PI).toFixed(1)}°`
