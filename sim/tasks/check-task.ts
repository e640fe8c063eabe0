// What can be said against a task, or a fit of it, from its numbers alone. Each check says got, expected and what to do.
import { OOD_REACH } from '../scenario.ts'
import { extent, type Solid } from '../solids.ts'
import { CLEARANCES_MM, type Fit, type StartRange, type Task } from './task.ts'

/** Nothing in a task is longer than this, m: a larger number was meant in millimetres. */
const LONGEST = 0.2
/** m: of shallower ones the judge's millimetre would call a part seated that stands on the rim. */
const SHALLOWEST = 3e-3
/** m: deeper ones take the expert, at 6 mm/s, longer than the 20 s of an episode. */
const DEEPEST = 0.08
/** m: from higher up the part may start outside the simulated camera's picture. */
const HIGHEST_START = 0.1
/** What the frames' planes may be passed by, by rounding, m. */
const ROUNDING = 1e-6
/** Room between the lowest start and the mouth, m: free flight, as physics sees it, and some more. */
const START_ROOM = 2e-3
/** A quaternion's length may differ from 1 by this. */
const UNIT = 1e-6

/** Throws a RangeError for a task that no physics should see. */
export function checkTask(task: Task): void {
  const refuse = refuser(`task "${task.name}"`)
  const length = (what: string, value: number, low = 0, high = LONGEST) => {
    if (!(value >= low && value <= high)) refuse(what, value, `metres from ${low} to ${high}`)
  }
  if (!task.name) refuse('name', JSON.stringify(task.name), 'some letters')
  length('depth', task.depth, SHALLOWEST, DEEPEST)
  length('maxChamfer', task.maxChamfer)
  const { symmetry } = task
  if (!(symmetry >= 1 && (Number.isInteger(symmetry) || symmetry === Number.POSITIVE_INFINITY)))
    refuse('symmetry', symmetry, 'a whole number of turns, 1 for none, Infinity for a round part')
  for (const value of task.sourceCentre) length('sourceCentre', Math.abs(value))
  for (const part of ['source', 'target'] as const) {
    const { color, shine } = task.appearance[part]
    if (!(Number.isInteger(color) && color >= 0 && color <= 0xffffff))
      refuse(`appearance.${part}.color`, color, 'a whole number from 0 to 0xffffff')
    if (!(shine >= 0 && shine <= 1)) refuse(`appearance.${part}.shine`, shine, 'a number from 0 to 1')
  }
  checkFrames(task)
  checkStart(task)
}

/** The source fills z ≥ 0 of its frame, the target z ≤ 0 of its own. */
function checkFrames(task: Task): void {
  const refuse = refuser(`task "${task.name}"`)
  const { source, target } = extents(task)
  const mm = (metres: number) => `${(metres * 1e3).toFixed(3)} mm`
  if (source.low[2] < -ROUNDING)
    refuse('the lowest z of source', mm(source.low[2]), '0: its frame at the tip, z pointing back along the part')
  if (target.high[2] > ROUNDING)
    refuse('the highest z of target', mm(target.high[2]), '0 or less: its frame at the mouth, z pointing out')
}

function checkStart(task: Task): void {
  const refuse = refuser(`task "${task.name}"`)
  const { lateral, height, tilt, yaw }: StartRange = task.start
  const [low, high] = height
  for (const [what, value] of Object.entries({ lateral, 'height[0]': low, 'height[1]': high }))
    if (!(value >= 0 && value <= HIGHEST_START)) refuse(`start.${what}`, value, `metres from 0 to ${HIGHEST_START}`)
  if (low > high) refuse('start.height', JSON.stringify(height), 'its low end first')
  for (const [what, value] of Object.entries({ tilt, yaw }))
    if (!(value >= 0 && value <= Math.PI)) refuse(`start.${what}`, value, 'radians from 0 to π')
  const lowest = lowestStart(task)
  if (lowest < START_ROOM) {
    refuse(
      'start.height',
      JSON.stringify(height),
      `room of ${START_ROOM * 1e3} mm between the parts; the lowest start out of distribution is ${(lowest * 1e3).toFixed(1)} mm over the target: raise the heights or lower the tilt`,
    )
  }
}

/** How high over the target's top the part's lowest corner may start, out of distribution and tilted at worst, m. */
export function lowestStart(task: Task): number {
  const { source: part, target: receptacle } = extents(task)
  const { start } = task
  const [low, high] = start.height
  const bottom = (low + high) / 2 - (OOD_REACH * (high - low)) / 2
  const radius = Math.hypot(
    ...([0, 1] as const).map((axis) => Math.max(Math.abs(part.low[axis]), Math.abs(part.high[axis]))),
  )
  const lean = Math.min(Math.PI / 2, OOD_REACH * Math.SQRT2 * start.tilt)
  return bottom + part.low[2] * Math.cos(lean) - radius * Math.sin(lean) - receptacle.high[2]
}

/** Of both parts, each in its own frame, at the widest clearance and without chamfers. */
function extents({ source, target }: Task) {
  const fit: Fit = { clearance: CLEARANCES_MM[0] / 1e3, chamfer: 0 }
  return { source: extent(source(fit)), target: extent(target(fit)) }
}

/** Throws a RangeError for a fit that the task's geometry cannot have, and for solids that are none. */
export function checkFit(task: Task, fit: Fit): void {
  const refuse = refuser(`task "${task.name}"`)
  if (!(fit.clearance > 0 && fit.clearance <= 5e-3)) refuse('clearance', fit.clearance, 'metres above 0, up to 0.005')
  const { maxChamfer } = task
  if (!(fit.chamfer >= 0 && fit.chamfer <= maxChamfer)) {
    refuse('chamfer', `${fit.chamfer * 1e3} mm`, `0 to ${maxChamfer * 1e3} mm, for which its parts have room`)
  }
  for (const part of ['source', 'target'] as const) {
    const solids = task[part](fit)
    if (solids.length === 0) refuse(part, 'no solids', 'one at least')
    solids.forEach((solid, i) => {
      checkSolid(solid, refuser(`task "${task.name}", ${part} solid ${i} (${solid.kind})`))
    })
  }
  checkRoles(task, fit)
}

/** A fit and a lead pass through each other: neither part may lead with a fit into the other's lead. */
function checkRoles(task: Task, fit: Fit): void {
  const refuse = refuser(`task "${task.name}"`)
  const [source, target] = [task.source(fit), task.target(fit)]
  const leads = (solids: readonly Solid[]) => solids.some(({ role }) => role === 'lead')
  const [tip, mouth] = [extent(source).low[2], extent(target).high[2]]
  const isFitAt = (solid: Solid, z: number, end: 'low' | 'high') =>
    solid.role === 'fit' && Math.abs(extent([solid])[end][2] - z) < ROUNDING
  if (leads(target) && source.some((solid) => isFitAt(solid, tip, 'low')))
    refuse('the role at the tip of source', 'fit', 'lead or stop: it would pass through the lead of target’s mouth')
  if (leads(source) && target.some((solid) => isFitAt(solid, mouth, 'high')))
    refuse('the role at the mouth of target', 'fit', 'lead or stop: the lead of source’s tip would pass through it')
}

function checkSolid(solid: Solid, refuse: Refuse): void {
  if (solid.kind === 'hull') {
    if (solid.vertices.length < 4) refuse('vertices', solid.vertices.length, 'at least 4')
    if (!solid.vertices.flat().every((value) => Math.abs(value) <= LONGEST))
      refuse('vertices', JSON.stringify(solid.vertices.flat()), `metres up to ±${LONGEST}`)
    const { low, high } = extent([solid])
    for (const axis of [0, 1, 2] as const)
      if (!(high[axis] > low[axis])) refuse('vertices', 'a flat hull', 'some thickness along each axis')
    return
  }
  const sizes = solid.kind === 'box' ? solid.halfSize : [solid.radius, solid.halfLength]
  for (const size of sizes) {
    if (!(size > 0 && size <= LONGEST)) refuse('size', size, `metres above 0, up to ${LONGEST}`)
  }
  const { position, orientation } = solid.pose
  if (!position.every((value) => Math.abs(value) <= LONGEST))
    refuse('pose.position', JSON.stringify(position), `metres up to ±${LONGEST}`)
  const norm = Math.hypot(...orientation)
  if (!(Math.abs(norm - 1) <= UNIT)) refuse('pose.orientation', JSON.stringify(orientation), 'a quaternion of length 1')
}

type Refuse = (what: string, got: unknown, expected: string) => never

function refuser(where: string): Refuse {
  return (what, got, expected) => {
    throw new RangeError(`${where}: ${what} is ${got}; expected ${expected}`)
  }
}
