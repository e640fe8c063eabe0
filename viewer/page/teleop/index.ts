// The operator's devices: keyboard, mouse, gamepads and SpaceMouse.
export { KEYS } from './keys.ts'
export { createTeleop } from './teleop.ts'
