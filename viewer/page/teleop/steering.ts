// From what all hands wish to one twist: axes, gain, clutch and ramp. Pure but for what it remembers from tick to tick.
import { conjugateQuat, type Pose, rotateVector, type Vec3 } from '../../../geometry/index.ts'
import type { Stage, TeleopOptions } from '../ports.ts'
import { along, levelAxes, type OperatorAxes, screenAxes, targetAxes } from './operator-axes.ts'
import { SPEEDS, scaled } from './speeds.ts'
import { addWishes, isNone, noWish, ramped, type Wish } from './wish.ts'

export interface SteeringTwist {
  frame: 'base' | 'target'
  /** m/s */
  linear: Vec3
  /** rad/s */
  angular: Vec3
}

/** One tick of all devices. */
export interface Hands {
  /** of keys, sticks and knobs: right, away, up */
  level: readonly Wish[]
  /** of the mouse: right, into the screen, up on it */
  screen: Wish
  /** a device holds its clutch out */
  clutchOut: boolean
  /** a device asks for the fine gain while it is held */
  fine: boolean
}

export interface Surroundings {
  camera: Stage['axes']
  targetInBase: Pose | undefined
}

export interface Steering {
  tick(hands: Hands, options: TeleopOptions, surroundings: Surroundings, dt: number): SteeringTwist
  /** Stands still at once. */
  halt(): void
}

export function makeSteering(): Steering {
  let level = noWish()
  /** kept while something moves: axes that change under the hand would turn its motion */
  let axes: OperatorAxes | undefined
  let frame: SteeringTwist['frame'] = 'base'
  return {
    halt() {
      level = noWish()
      axes = undefined
    },
    tick(hands, options, { camera, targetInBase }, dt) {
      const driven = options.clutch && !hands.clutchOut
      // A pointer that is dragged gathers speed by itself; a ramp would only leave the part behind it.
      const screen = driven ? hands.screen : noWish()
      const wanted = options.axes === 'target' && targetInBase ? 'target' : 'base'
      if (wanted !== frame) level = noWish()
      if (!axes || wanted !== frame) {
        frame = wanted
        axes = levelAxes(camera)
        if (frame === 'target' && targetInBase) axes = targetAxes(axes, targetInBase)
      }
      level = ramped(level, driven ? addWishes(hands.level) : noWish(), dt)
      const speeds = SPEEDS[hands.fine ? 'fine' : options.gain]
      const seen = screenIn(frame, camera, targetInBase)
      const both = addWishes([
        { linear: along(axes, level.linear), angular: along(axes, level.angular) },
        { linear: along(seen, screen.linear), angular: along(seen, screen.angular) },
      ])
      if (isNone(level)) axes = undefined
      return {
        frame,
        linear: scaled(both.linear, speeds.linear),
        angular: scaled(both.angular, speeds.angular),
      }
    },
  }
}

function screenIn(frame: 'base' | 'target', camera: Stage['axes'], targetInBase: Pose | undefined): OperatorAxes {
  const { right, away, up } = screenAxes(camera)
  if (frame === 'base' || !targetInBase) return { right, away, up }
  const toTarget = conjugateQuat(targetInBase.orientation)
  return {
    right: rotateVector(toTarget, right),
    away: rotateVector(toTarget, away),
    up: rotateVector(toTarget, up),
  }
}
