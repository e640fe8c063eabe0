// One labelled control of a form.
import type { Signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import type { Option } from './option.ts'

interface Labelled {
  label: string
  /** shown after the label: mm, s */
  unit?: string
  testId: string
  disabled?: boolean
}

export function NumberField({
  label,
  unit,
  testId,
  disabled = false,
  value,
  min,
  max,
  step = 1,
  placeholder,
}: Labelled & {
  /** undefined while the field is empty */
  value: Signal<number | undefined>
  min?: number
  max?: number
  step?: number | 'any'
  placeholder?: string
}) {
  return (
    <Field label={label} unit={unit}>
      {(id) => (
        <input
          id={id}
          type="number"
          inputMode="decimal"
          data-testid={testId}
          disabled={disabled}
          min={min}
          max={max}
          step={step}
          placeholder={placeholder}
          value={value.value ?? ''}
          onInput={({ currentTarget: { valueAsNumber } }) => {
            value.value = Number.isFinite(valueAsNumber) ? valueAsNumber : undefined
          }}
        />
      )}
    </Field>
  )
}

export function TextField({
  label,
  testId,
  disabled = false,
  value,
  placeholder,
  pattern,
  title,
  list,
}: Labelled & { value: { value: string }; placeholder?: string; pattern?: string; title?: string; list?: string[] }) {
  return (
    <Field label={label}>
      {(id) => (
        <>
          <input
            id={id}
            type="text"
            spellcheck={false}
            autocomplete="off"
            data-testid={testId}
            disabled={disabled}
            placeholder={placeholder}
            pattern={pattern}
            title={title}
            list={list && `${id}-list`}
            value={value.value}
            onInput={({ currentTarget }) => {
              value.value = currentTarget.value
            }}
          />
          {list && (
            <datalist id={`${id}-list`}>
              {list.map((option) => (
                <option key={option} value={option} />
              ))}
            </datalist>
          )}
        </>
      )}
    </Field>
  )
}

export function SelectField({
  label,
  unit,
  testId,
  disabled = false,
  value,
  options,
  empty,
}: Labelled & {
  value: Signal<string>
  options: readonly Option[]
  /** what to show while there is nothing to choose from */
  empty?: string
}) {
  return (
    <Field label={label} unit={unit}>
      {(id) => (
        <select
          id={id}
          data-testid={testId}
          disabled={disabled || options.length === 0}
          value={value.value}
          onChange={({ currentTarget }) => {
            value.value = currentTarget.value
          }}
        >
          {options.length === 0 && <option value="">{empty}</option>}
          {options.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === value.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

function Field({
  label,
  unit,
  children,
}: {
  label: string
  unit?: string | undefined
  children: (id: string) => ComponentChildren
}) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>
        {label}
        {unit && <span class="unit"> {unit}</span>}
      </label>
      {children(id)}
    </div>
  )
}
