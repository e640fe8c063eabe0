// Definitions of message types as ROS 1 writes them, from a table of their fields.

/** Field name → type, in the order of the definition; `T[]` and `T[n]` are arrays. */
export type Fields = Readonly<Record<string, string>>

export type FieldsOf = (type: string) => Fields

const PRIMITIVE = /^(bool|byte|char|u?int(8|16|32|64)|float(32|64)|string|time|duration)$/

/** The fields themselves, and after each line of `=` a type that is used in what is above. */
export function definitionText(fields: Fields, fieldsOf: FieldsOf): string {
  const used = new Map<string, Fields>()
  collect(fields, fieldsOf, used)
  return [linesOf(fields), ...[...used].map(([type, part]) => `MSG: ${type}\n${linesOf(part)}`)].join(
    `\n${'='.repeat(80)}\n`,
  )
}

function collect(fields: Fields, fieldsOf: FieldsOf, used: Map<string, Fields>): void {
  for (const type of Object.values(fields)) {
    const element = type.replace(/\[\d*\]$/, '')
    if (PRIMITIVE.test(element) || used.has(element)) continue
    const part = fieldsOf(element)
    used.set(element, part)
    collect(part, fieldsOf, used)
  }
}

const linesOf = (fields: Fields): string =>
  Object.entries(fields)
    .map(([name, type]) => `${type} ${name}`)
    .join('\n')
