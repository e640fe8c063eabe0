// Tabs: one is in the tab order, arrows go to the others.
import type { Signal } from '@preact/signals'
import type { ComponentChildren, TargetedKeyboardEvent } from 'preact'

export interface Tab<T extends string> {
  name: T
  label: string
  /** something goes on there */
  busy?: boolean
}

export function Tabs<T extends string>({
  label,
  tabs,
  selected,
  children,
}: {
  label: string
  tabs: readonly Tab<T>[]
  selected: Signal<T>
  children: ComponentChildren
}) {
  const go = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    const at = tabs.findIndex(({ name }) => name === selected.value)
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[event.key]
    const next = to === undefined ? undefined : tabs[(to + tabs.length) % tabs.length]
    if (!next) return
    event.preventDefault()
    event.stopPropagation()
    selected.value = next.name
    document.getElementById(`tab-${next.name}`)?.focus()
  }
  return (
    <>
      <div role="tablist" aria-label={label} class="tabs" onKeyDown={go}>
        {tabs.map(({ name, label, busy }) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            data-testid={`tab-${name}`}
            aria-selected={name === selected.value}
            aria-controls="tab-panel"
            tabIndex={name === selected.value ? 0 : -1}
            onClick={() => {
              selected.value = name
            }}
          >
            {label}
            {busy && <span class="busy-dot" role="img" aria-label="running" />}
          </button>
        ))}
      </div>
      <div
        key={selected.value}
        role="tabpanel"
        id="tab-panel"
        aria-labelledby={`tab-${selected.value}`}
        class="tab-panel"
      >
        {children}
      </div>
    </>
  )
}
