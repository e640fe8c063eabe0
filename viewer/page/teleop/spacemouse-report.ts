// What a 3Dconnexion device says over HID. Pure.
//
//   report 1   three i16, little endian: pushed right, towards the user, down; newer devices add the three turns
//   report 2   three i16: turned about those axes, right-handed
//   report 3   buttons, one bit each
import type { Vec3 } from '../../../geometry/index.ts'
import { response } from './response.ts'
import type { Wish } from './wish.ts'

/** In the device's own axes and counts. */
export interface KnobState {
  push: Vec3
  turn: Vec3
  /** bit i: button i is down */
  buttons: number
}

export const restingKnob = (): KnobState => ({ push: [0, 0, 0], turn: [0, 0, 0], buttons: 0 })

const AXES_BYTES = 6

/** The state after a report; the same state for a report that is not understood. `data` is without the report's number. */
export function afterReport(state: KnobState, report: number, data: DataView): KnobState {
  const three = (at: number): Vec3 => [
    data.getInt16(at, true),
    data.getInt16(at + 2, true),
    data.getInt16(at + 4, true),
  ]
  if (report === 1 && data.byteLength >= 2 * AXES_BYTES) return { ...state, push: three(0), turn: three(AXES_BYTES) }
  if (report === 1 && data.byteLength >= AXES_BYTES) return { ...state, push: three(0) }
  if (report === 2 && data.byteLength >= AXES_BYTES) return { ...state, turn: three(0) }
  if (report === 3 && data.byteLength > 0) return { ...state, buttons: buttonsOf(data) }
  return state
}

/** Up to 32 of them. */
function buttonsOf(data: DataView): number {
  let bits = 0
  for (let i = 0; i < Math.min(4, data.byteLength); i++) bits |= data.getUint8(i) << (8 * i)
  return bits >>> 0
}

/** Counts at full deflection. */
const FULL = 350
const DEAD_ZONE = 0.06
const CURVE = 1.6

/** The device's y is towards the user and its z down: of right, away and up two are turned round. */
export function knobWish({ push, turn }: KnobState): Wish {
  return { linear: operatorAxes(push), angular: operatorAxes(turn) }
}

function operatorAxes([right, nearer, down]: Vec3): Vec3 {
  const speed = (counts: number) => response(counts / FULL, DEAD_ZONE, CURVE)
  return [speed(right), speed(-nearer), speed(-down)]
}
