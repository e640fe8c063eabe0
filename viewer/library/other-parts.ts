// Whether two recordings are of the same parts, as those of a dataset have to be.
import type { DatasetInfo } from '../../demos/index.ts'

type Parts = Pick<DatasetInfo, 'task' | 'clearanceMm' | 'chamferMm'>

const SAME = [
  ['task', ''],
  ['clearanceMm', ' mm of clearance'],
  ['chamferMm', ' mm of chamfer'],
] as const

/** What is first found to differ, in words, of one and of the other; undefined of the same parts. */
export function otherParts(one: Parts, other: Parts): [one: string, other: string] | undefined {
  const [key, unit] = SAME.find(([name]) => one[name] !== other[name]) ?? []
  return key === undefined ? undefined : [`${one[key]}${unit}`, `${other[key]}${unit}`]
}
