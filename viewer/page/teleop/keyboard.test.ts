import { expect, test } from 'vitest'
import { makeKeyboard } from './keyboard.ts'

/** A window that tells of keys. */
function keyboard(isOn = () => true) {
  const window = new EventTarget()
  const made = makeKeyboard(window as Window, isOn, () => undefined)
  const tell = (name: string, code: string, rest: object = {}) => {
    const event = new Event(name, { cancelable: true })
    for (const [key, value] of Object.entries({ code, key: code, shiftKey: false, ...rest })) {
      Object.defineProperty(event, key, { value })
    }
    window.dispatchEvent(event)
    return event
  }
  return { made, tell, linear: () => made.wish().linear }
}

test('a key moves as long as it is down, however often it repeats', () => {
  const { tell, linear } = keyboard()
  tell('keydown', 'ArrowRight')
  tell('keydown', 'ArrowRight', { repeat: true })
  expect(linear()).toEqual([1, 0, 0])
  tell('keyup', 'ArrowRight')
  expect(linear()).toEqual([0, 0, 0])
})

test('a window that loses the focus or is hidden releases all, and what repeats afterwards does not begin again', () => {
  for (const name of ['blur', 'visibilitychange']) {
    const { tell, linear } = keyboard()
    tell('keydown', 'ArrowUp')
    tell(name, '')
    expect(linear()).toEqual([0, 0, 0])
    tell('keydown', 'ArrowUp', { repeat: true })
    expect(linear()).toEqual([0, 0, 0])
  }
})

test('who types into a field moves nothing', () => {
  const { tell, linear } = keyboard()
  const field = { closest: (selector: string) => (selector.includes('input') ? {} : null) }
  tell('keydown', 'ArrowUp')
  tell('focusin', '', { target: field })
  expect(linear()).toEqual([0, 0, 0])
  const event = tell('keydown', 'KeyE', { target: field })
  expect(linear()).toEqual([0, 0, 0])
  expect(event.defaultPrevented).toBe(false)
})

test('with Ctrl, Alt or Meta keys are the browser’s, and release what was down', () => {
  for (const modifier of ['ctrlKey', 'altKey', 'metaKey']) {
    const { tell, linear } = keyboard()
    tell('keydown', 'ArrowUp')
    tell('keydown', 'ArrowLeft', { [modifier]: true })
    expect(linear()).toEqual([0, 0, 0])
  }
})

test('the page does not scroll under keys that move, and keeps its keys while nothing is driven', () => {
  const on = keyboard()
  expect(on.tell('keydown', 'PageDown').defaultPrevented).toBe(true)
  expect(on.tell('keydown', 'Space').defaultPrevented).toBe(false)
  const off = keyboard(() => false)
  expect(off.tell('keydown', 'PageDown').defaultPrevented).toBe(false)
  expect(off.linear()).toEqual([0, 0, 0])
})

test('what is down when nothing is followed any more has to be pressed again', () => {
  const { made, tell, linear } = keyboard()
  tell('keydown', 'ArrowUp')
  made.release()
  tell('keydown', 'ArrowUp', { repeat: true })
  expect(linear()).toEqual([0, 0, 0])
})

test('Shift turns while it is down', () => {
  const { made, tell } = keyboard()
  tell('keydown', 'ArrowRight')
  tell('keydown', 'ShiftLeft', { shiftKey: true })
  expect(made.wish()).toEqual({ linear: [0, 0, 0], angular: [0, 1, 0] })
  tell('keyup', 'ShiftLeft')
  expect(made.wish().linear).toEqual([1, 0, 0])
})

test('once disposed of it hears nothing', () => {
  const { made, tell, linear } = keyboard()
  made.dispose()
  tell('keydown', 'ArrowUp')
  expect(linear()).toEqual([0, 0, 0])
})
