import { expect, test } from 'vitest'
import { type Focus, focusOf, keyAction, type Press, type Situation } from './keys.ts'

const off: Situation = { recording: 'off', replaying: false }
const press = (key: string, more: Partial<Press> = {}): Press => ({
  key,
  repeat: false,
  modified: false,
  focus: 'page',
  ...more,
})

test('the space bar stops from a button, a number and a list; in a text it writes a space', () => {
  const meanings = (['page', 'field', 'text'] as const).map((focus) => keyAction(press(' ', { focus }), off))
  expect(meanings).toEqual(['stop', 'stop', undefined])
})

test('Escape stops from everywhere, whatever is held with it', () => {
  for (const focus of ['page', 'field', 'text'] as const) {
    expect(keyAction(press('Escape', { focus, modified: true }), off)).toBe('stop')
  }
})

test('a held space bar stops once and presses nothing', () => {
  expect(keyAction(press(' ', { repeat: true }), off)).toBe('swallow')
})

test('R starts and ends, then K keeps or D discards, and nothing else of these', () => {
  const table = (['off', 'recording', 'deciding'] as const).map((recording) =>
    ['r', 'R', 'k', 'D'].map((key) => keyAction(press(key), { recording, replaying: false })),
  )
  expect(table).toEqual([
    ['record', 'record', undefined, undefined],
    ['end', 'end', undefined, undefined],
    [undefined, undefined, 'keep', 'discard'],
  ])
})

test('letters that are typed into a field, held, or shortcuts of the browser record nothing', () => {
  const others: Partial<Press>[] = [{ focus: 'text' }, { focus: 'field' }, { repeat: true }, { modified: true }]
  for (const more of others) expect(keyAction(press('r', more), off)).toBeUndefined()
})

test('arrows step through a replay, also when held, and belong to others without one', () => {
  const replay: Situation = { recording: 'off', replaying: true }
  expect(keyAction(press('ArrowLeft', { repeat: true }), replay)).toBe('back')
  expect([keyAction(press('ArrowRight'), replay), keyAction(press('p'), replay)]).toEqual(['forward', 'play'])
  // From the tabs, arrows go to the next tab; letters are the page's.
  const onTabs = { focus: 'tabs' } as const
  expect(keyAction(press('ArrowLeft', onTabs), replay)).toBeUndefined()
  expect([keyAction(press('p', onTabs), replay), keyAction(press('r', onTabs), off)]).toEqual(['play', 'record'])
  expect([keyAction(press('ArrowLeft'), off), keyAction(press('p'), off)]).toEqual([undefined, undefined])
})

test.each<[string, { tagName: string; type?: string; role?: string; isContentEditable?: boolean } | null, Focus]>([
  ['nothing', null, 'page'],
  ['a button', { tagName: 'BUTTON', type: 'button' }, 'page'],
  ['a tab', { tagName: 'BUTTON', type: 'button', role: 'tab' }, 'tabs'],
  ['a number', { tagName: 'INPUT', type: 'number' }, 'field'],
  ['a slider', { tagName: 'INPUT', type: 'range' }, 'field'],
  ['a text', { tagName: 'INPUT', type: 'text' }, 'text'],
  ['a list', { tagName: 'SELECT', type: 'select-one' }, 'field'],
  ['a paragraph that is edited', { tagName: 'P', isContentEditable: true }, 'text'],
])('focus on %s', (_, element, expected) => {
  expect(focusOf(element)).toBe(expected)
})
