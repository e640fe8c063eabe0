// Buttons that are on or off, and choices of one. No check boxes: the space bar, which would press them, means STOP.
import type { ComponentChildren } from 'preact'

export function Toggle({
  on,
  onToggle,
  testId,
  title,
  disabled = false,
  children,
}: {
  on: boolean
  onToggle: (on: boolean) => void
  testId: string
  title?: string
  disabled?: boolean
  children: ComponentChildren
}) {
  return (
    <button
      type="button"
      class="toggle"
      aria-pressed={on}
      data-testid={testId}
      title={title}
      disabled={disabled}
      onClick={() => onToggle(!on)}
    >
      {children}
    </button>
  )
}

/** One of a few, side by side. */
export function Choice<T extends string>({
  label,
  options,
  value,
  onChoose,
  testId,
  disabled = false,
}: {
  label: string
  options: readonly { value: T; label: string; title?: string }[]
  value: T | undefined
  onChoose: (value: T) => void
  /** of each button, with `-` and its value */
  testId: string
  disabled?: boolean
}) {
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      <div class="choice-options">
        {options.map((option) => (
          <button
            key={option.value}
            type="button"
            aria-pressed={option.value === value}
            data-testid={`${testId}-${option.value}`}
            title={option.title}
            disabled={disabled}
            onClick={() => onChoose(option.value)}
          >
            {option.label}
          </button>
        ))}
      </div>
    </fieldset>
  )
}
