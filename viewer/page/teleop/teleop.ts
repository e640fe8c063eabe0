// The operator's devices as one twist, 60 times a second while it is on.
import type { Device, StageContext, Teleop, TeleopOptions } from '../ports.ts'
import { makePads } from './gamepad.ts'
import { makeKeyboard } from './keyboard.ts'
import { makeMouseDrag } from './mouse.ts'
import { makeSpaceMouse } from './spacemouse.ts'
import { makeSteering } from './steering.ts'
import { isNone, noWish } from './wish.ts'

const INTERVAL = 1000 / 60
/** A tick that comes later than this moves no further, ms. */
const LONGEST_TICK = 50

export function createTeleop({ axes, targetInBase }: StageContext): Teleop {
  let options: TeleopOptions = { axes: 'camera', gain: 'coarse', clutch: true }
  let timer: ReturnType<typeof setInterval> | undefined
  const isOn = () => timer !== undefined
  /** the one that moved last comes first */
  let order: Device[] = ['keyboard', 'mouse', 'gamepad', 'spacemouse']
  const used = (device: Device) => () => {
    if (order[0] !== device) order = [device, ...order.filter((other) => other !== device)]
  }
  const keyboard = makeKeyboard(window, isOn, used('keyboard'))
  const mouse = makeMouseDrag(isOn, () => options, used('mouse'))
  const pads = makePads(used('gamepad'))
  const spaceMouse = makeSpaceMouse(used('spacemouse'))
  const steering = makeSteering()
  const isThere: Readonly<Record<Device, () => boolean>> = {
    keyboard: () => true,
    mouse: () => true,
    gamepad: () => pads.connected,
    spacemouse: () => spaceMouse.connected,
  }

  const stop = () => {
    clearInterval(timer)
    timer = undefined
    // What is held while nothing is followed moves nothing when it is followed again.
    keyboard.release()
    mouse.release()
    steering.halt()
    pads.feel(0)
  }

  return {
    get options() {
      return options
    },
    set options(next) {
      options = next
    },
    start(onTwist) {
      stop()
      const rested = new Set<string>()
      let last = performance.now()
      timer = setInterval(() => {
        const now = performance.now()
        const dt = Math.min(LONGEST_TICK, now - last) / 1e3
        last = now
        const surroundings = { camera: axes(), targetInBase: targetInBase() }
        onTwist(steering.tick(followed(hands(dt), rested), options, surroundings, dt))
      }, INTERVAL)
    },
    stop,
    get devices() {
      return order.filter((device) => isThere[device]())
    },
    connectSpaceMouse: () => spaceMouse.connect(),
    feel(force) {
      if (isOn()) pads.feel(force)
    },
    dispose() {
      stop()
      keyboard.dispose()
      mouse.dispose()
      spaceMouse.dispose()
    },
  }

  /** A stick that is deflected when steering begins, lying on its face say, moves nothing before it was at rest. */
  function followed({ level, ...others }: ReturnType<typeof hands>, rested: Set<string>) {
    // Nobody knows how a pad that was away comes back, nor what was done to it while another tab was shown.
    for (const name of rested) if (!level.some((one) => one.name === name)) rested.delete(name)
    for (const { name, wish } of level) if (isNone(wish)) rested.add(name)
    return { ...others, level: level.map(({ name, wish }) => (rested.has(name) ? wish : noWish())) }
  }

  function hands(dt: number) {
    // Behind another tab nobody sees what moves.
    const away = document.hidden
    const others = away ? [] : [...pads.read(), { name: 'spacemouse', ...spaceMouse.read() }]
    return {
      level: [{ name: 'keyboard', wish: keyboard.wish() }, ...others],
      screen: mouse.wish(dt),
      clutchOut: others.some(({ clutchOut }) => clutchOut),
      fine: others.some(({ fine }) => fine),
    }
  }
}
