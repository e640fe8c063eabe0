// Which panel is open. Kept in the address, so that a page loaded anew is where it was.
import { effect, signal } from '@preact/signals'

const NAMES = ['drive', 'record', 'train', 'evaluate', 'live'] as const
export type PanelName = (typeof NAMES)[number]

export const selectedPanel = signal<PanelName>(NAMES.find((name) => name === location.hash.slice(1)) ?? 'drive')

effect(() => history.replaceState(null, '', `#${selectedPanel.value}`))
