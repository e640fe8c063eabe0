// What a gamepad's sticks and buttons mean, and how hard it rumbles. Pure.
//
//   left stick    right, away           right stick   lean right, lean away
//   triggers      right up, left down   shoulders     turn: left one left, right one right
//   A (✕)         clutch out while held               B (○)  fine while held
import { response, stickResponse } from './response.ts'
import type { Wish } from './wish.ts'

/** As the Gamepad API tells, in its standard layout. */
export interface PadState {
  axes: readonly number[]
  buttons: readonly { value: number; pressed: boolean }[]
}

export interface PadWish {
  wish: Wish
  clutchOut: boolean
  fine: boolean
}

const BUTTON = { a: 0, b: 1, leftShoulder: 4, rightShoulder: 5, leftTrigger: 6, rightTrigger: 7 } as const
const DEAD_ZONE = 0.12
const TRIGGER_DEAD_ZONE = 0.05
const CURVE = 2

export function padWish({ axes, buttons }: PadState): PadWish {
  const axis = (i: number) => axes[i] ?? 0
  const pressed = (i: number) => (buttons[i]?.pressed ? 1 : 0)
  const trigger = (i: number) => response(buttons[i]?.value ?? 0, TRIGGER_DEAD_ZONE, CURVE)
  const [x, y] = stickResponse(axis(0), axis(1), DEAD_ZONE, CURVE)
  const [leanX, leanY] = stickResponse(axis(2), axis(3), DEAD_ZONE, CURVE)
  return {
    // A stick pushed away reads −1.
    wish: {
      linear: [x, -y || 0, trigger(BUTTON.rightTrigger) - trigger(BUTTON.leftTrigger)],
      angular: [leanY, leanX, pressed(BUTTON.leftShoulder) - pressed(BUTTON.rightShoulder)],
    },
    clutchOut: pressed(BUTTON.a) === 1,
    fine: pressed(BUTTON.b) === 1,
  }
}

/** N: less is noise; at this the pad shakes as hard as it can, and the governor is about to stop. */
const LEAST_FORCE = 0.7
const FULL_FORCE = 20

/** How hard, 0 to 1: the square root, because hands feel a first touch sooner than the difference of 15 and 16 N. */
export function rumbleOf(force: number): number {
  if (!(force > LEAST_FORCE)) return 0
  return Math.sqrt(Math.min(1, (force - LEAST_FORCE) / (FULL_FORCE - LEAST_FORCE)))
}
