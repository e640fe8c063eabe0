// Light or dark: as the system says, or as the person chose.
import { computed, effect, signal } from '@preact/signals'
import { readChoice, saveChoice } from './saved-choice.ts'

const system = matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = signal(system.matches)
system.addEventListener('change', () => {
  systemIsDark.value = system.matches
})

const chosen = signal<'light' | 'dark' | undefined>(readChoice('theme', ['light', 'dark']))

export const theme = computed<'light' | 'dark'>(() => chosen.value ?? (systemIsDark.value ? 'dark' : 'light'))

export function toggleTheme(): void {
  chosen.value = theme.value === 'dark' ? 'light' : 'dark'
  saveChoice('theme', chosen.value)
}

effect(() => {
  document.documentElement.dataset.theme = theme.value
})
