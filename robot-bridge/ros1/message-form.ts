// Messages as rosbridge has them (`{ secs, nsecs }`, numbers) and as @foxglove/rosmsg-serialization has (`{ sec, nsec }`, bigint).

export type Message = Record<string, unknown>

export function toSerializable(value: unknown): unknown {
  return convert(value, ['secs', 'nsecs'], ['sec', 'nsec'])
}

/** Integers of 64 bits lose what a double does not hold, as they would in JSON. */
export function fromSerializable(value: unknown): unknown {
  return convert(value, ['sec', 'nsec'], ['secs', 'nsecs'])
}

function convert(value: unknown, from: [string, string], to: [string, string]): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map((item) => convert(item, from, to))
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) return Array.from(value, Number)
  if (ArrayBuffer.isView(value)) return value
  const object = value as Message
  const [whole, fraction] = [object[from[0]], object[from[1]]]
  if (whole !== undefined && fraction !== undefined) return { [to[0]]: whole, [to[1]]: fraction }
  return Object.fromEntries(Object.entries(object).map(([name, item]) => [name, convert(item, from, to)]))
}
