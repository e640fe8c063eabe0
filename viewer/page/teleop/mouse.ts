// Dragging the part on the stage: with Alt, or without when the page says that a drag drives. The orbit camera gets the rest.
import type { TeleopOptions } from '../ports.ts'
import { makeDragMotion } from './drag-motion.ts'
import type { Wish } from './wish.ts'

export interface MouseDrag {
  /** Right, into the screen, up on it. */
  wish(dt: number): Wish
  /** A drag that is under way ends. */
  release(): void
  dispose(): void
}

/** Pixels into the screen that a notch of the wheel (100 units of its own) is worth. */
const WHEEL = 0.2

/** The stage marks its canvas. */
const isStage = (target: EventTarget | null) => target instanceof Element && target.closest('[data-stage]') !== null

export function makeMouseDrag(isOn: () => boolean, options: () => TeleopOptions, onUse: () => void): MouseDrag {
  const moving = makeDragMotion()
  const turning = makeDragMotion()
  const ending = new AbortController()
  // Before the orbit camera hears of it.
  const first = { signal: ending.signal, capture: true }
  let dragging: { pointer: number; turns: boolean; x: number; y: number } | undefined
  const drives = (event: MouseEvent) =>
    isOn() && isStage(event.target) && (options().mouse === 'drive') !== event.altKey
  const end = () => {
    dragging = undefined
    moving.drop()
    turning.drop()
  }
  const take = (event: Event) => {
    event.preventDefault()
    event.stopImmediatePropagation()
  }
  addEventListener(
    'pointerdown',
    (event) => {
      if (dragging && event.pointerId !== dragging.pointer) end()
      if (!drives(event)) return
      take(event)
      const { pointerId: pointer, clientX: x, clientY: y } = event
      dragging = { pointer, turns: event.shiftKey || event.button === 2, x, y }
      ;(event.target as Element).setPointerCapture(event.pointerId)
    },
    first,
  )
  addEventListener(
    'pointermove',
    (event) => {
      if (event.pointerId !== dragging?.pointer) return
      take(event)
      if (event.buttons === 0) return end()
      // `movementX` is in other pixels on some systems, and nothing for a finger.
      const [x, y] = [event.clientX - dragging.x, event.clientY - dragging.y]
      dragging = { ...dragging, x: event.clientX, y: event.clientY }
      if (dragging.turns) turning.add([y, 0, x])
      else moving.add([x, 0, -y])
      onUse()
    },
    first,
  )
  for (const name of ['pointerup', 'pointercancel', 'lostpointercapture'] as const) {
    addEventListener(
      name,
      (event) => {
        if (event.pointerId !== dragging?.pointer) return
        take(event)
        end()
      },
      first,
    )
  }
  addEventListener(
    'wheel',
    (event) => {
      if (!drives(event)) return
      take(event)
      moving.add([0, -event.deltaY * WHEEL, 0])
      onUse()
    },
    { ...first, passive: false },
  )
  addEventListener('contextmenu', (event) => drives(event) && event.preventDefault(), first)
  addEventListener('blur', end, { signal: ending.signal })
  document.addEventListener('visibilitychange', end, { signal: ending.signal })
  return {
    wish: (dt) => ({ linear: moving.take(dt), angular: turning.take(dt) }),
    release: end,
    dispose: () => ending.abort(),
  }
}
