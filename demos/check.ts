// Checking a value against a schema, with the outcome in words.
import { z } from 'zod'

/** Either the checked value, or on one line each field that is wrong: what was expected there and what was got. */
export type Checked<T> = { readonly data: T; readonly problem?: undefined } | { readonly problem: string }

export function check<T>(schema: z.ZodType<T>, value: unknown): Checked<T> {
  const result = schema.safeParse(value, { reportInput: true })
  if (result.success) return { data: result.data }
  return { problem: result.error.issues.map((issue) => describe(issue, schema)).join('; ') }
}

function describe(issue: z.core.$ZodIssue, schema: z.ZodType): string {
  const field = issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''
  // Here zod's own message says what it got.
  if (issue.code === 'invalid_type') return field + issue.message
  if (issue.code === 'unrecognized_keys') {
    const known = issue.path.length === 0 && schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
    return `${field}${issue.message}${known.length > 0 ? `, expected only ${known.join(', ')}` : ''}`
  }
  return `${field}${issue.message}, got ${shorten(issue.input)}`
}

function shorten(value: unknown): string {
  if (ArrayBuffer.isView(value) && 'length' in value) return `a ${value.constructor.name} of ${value.length}`
  // JSON would show NaN as null.
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
