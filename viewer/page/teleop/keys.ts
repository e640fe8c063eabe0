// The keyboard's part of teleoperation: which keys move what. Pure; Space, R, K and D belong to the page.
import type { Vec3 } from '../../../geometry/index.ts'
import { noWish, type Wish } from './wish.ts'

interface KeyPair {
  /** `KeyboardEvent.code` of keys that wish −1 and +1: places on the keyboard, whatever is printed on them */
  minus: readonly string[]
  plus: readonly string[]
  axis: 0 | 1 | 2
}

const PAIRS: readonly KeyPair[] = [
  { minus: ['ArrowLeft'], plus: ['ArrowRight'], axis: 0 },
  { minus: ['ArrowDown'], plus: ['ArrowUp'], axis: 1 },
  { minus: ['PageDown', 'KeyQ'], plus: ['PageUp', 'KeyE'], axis: 2 },
]

/** For the page to show. */
export const KEYS: readonly { keys: string; does: string }[] = [
  { keys: '← →', does: 'move left, right' },
  { keys: '↑ ↓', does: 'move away, nearer' },
  { keys: 'E Q, or Page ↑ Page ↓', does: 'move up, down' },
  { keys: 'Shift + ← →', does: 'lean left, right' },
  { keys: 'Shift + ↑ ↓', does: 'lean away, nearer' },
  { keys: 'Shift + E Q', does: 'turn left, right about the vertical' },
  { keys: 'Alt + drag', does: 'move in the plane of the screen; the wheel moves in and out' },
  { keys: 'Alt + Shift + drag', does: 'turn about the tip' },
]

const MOVING = new Set(PAIRS.flatMap(({ minus, plus }) => [...minus, ...plus]))

export const isMovingKey = (code: string): boolean => MOVING.has(code)

/** What the keys that are down wish together. Opposite keys cancel. */
export function wishOfKeys(down: ReadonlySet<string>, shift: boolean): Wish {
  const wish = noWish()
  const v: Vec3 = [0, 0, 0]
  for (const { minus, plus, axis } of PAIRS) {
    const is = (codes: readonly string[]) => (codes.some((code) => down.has(code)) ? 1 : 0)
    v[axis] = is(plus) - is(minus)
  }
  if (!shift) return { ...wish, linear: v }
  const [right, away, up] = v
  // What stands up leans to the right by turning about away, and leans away by turning the other way about right.
  return { ...wish, angular: [-away || 0, right, up] }
}
