// The gamepads that are plugged in, asked once a tick; one with a motor feels the force.
import { type PadWish, padWish, rumbleOf } from './gamepad-mapping.ts'
import { isNone } from './wish.ts'

export interface Pads {
  readonly connected: boolean
  /** `name`: of this pad, among those that are there */
  read(): (PadWish & { name: string })[]
  feel(force: number): void
}

/** A new rumble replaces the last, which would end by itself in case no more is heard, ms. */
const RUMBLE = { every: 50, lasts: 150 }

/** `onUse`: one was moved. */
export function makePads(onUse: () => void): Pads {
  let felt = Number.NEGATIVE_INFINITY
  let shaking = false
  return {
    get connected() {
      return pads().length > 0
    },
    read() {
      const read = pads().map((pad) => ({ name: `gamepad ${pad.index}`, ...padWish(pad) }))
      if (read.some(({ wish, clutchOut, fine }) => clutchOut || fine || !isNone(wish))) onUse()
      return read
    },
    feel(force) {
      const now = performance.now()
      const strength = rumbleOf(force)
      if (now - felt < RUMBLE.every || (strength === 0 && !shaking)) return
      felt = now
      shaking = strength > 0
      for (const { vibrationActuator } of pads()) {
        // A pad that cannot, or was pulled out just now, says so here: nothing is lost.
        vibrationActuator
          ?.playEffect('dual-rumble', {
            duration: strength > 0 ? RUMBLE.lasts : 0,
            strongMagnitude: strength * strength,
            weakMagnitude: strength,
          })
          .catch(() => undefined)
      }
    },
  }
}

/** Of another layout nobody knows what its axes are: a 3D mouse may pass for one. */
function pads(): Gamepad[] {
  return (navigator.getGamepads?.() ?? [])
    .filter((pad) => pad !== null)
    .filter((pad) => pad.connected && pad.mapping === 'standard')
}
