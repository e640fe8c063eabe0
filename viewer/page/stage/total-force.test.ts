import { expect, test } from 'vitest'
import { makePose } from '../../../geometry/index.ts'
import { totalForce } from './total-force.ts'

const source = makePose([0.5, 0, 0.1])
/** Half a turn about x: the hand looks down. */
const eeInBase = makePose([0.5, 0, 0.22], [1, 0, 0, 0])

test('contacts add up and act between them, nearer to the harder one', () => {
  const seen = totalForce(
    {
      eeInBase,
      wrench: undefined,
      contacts: [
        { position: [0, 0, 0], force: [0, 0, 3] },
        { position: [4, 0, 0], force: [0, 0, 1] },
      ],
    },
    source,
  )
  // (3 · 0 + 1 · 4) / 4
  expect(seen).toEqual({ at: [1, 0, 0], force: [0, 0, 4] })
})

test('forces that cancel, as of a part that is held by both walls, have no arrow', () => {
  const contacts = [
    { position: [0, 0, 0] as [number, number, number], force: [2, 0, 0] as [number, number, number] },
    { position: [1, 0, 0] as [number, number, number], force: [-2, 0, 0] as [number, number, number] },
  ]
  expect(totalForce({ eeInBase, wrench: undefined, contacts }, source)).toBeUndefined()
})

test('without contacts the wrist tells, in its own frame: what it feels along −z pushes up', () => {
  const seen = totalForce({ eeInBase, wrench: { force: [0, 0, -6], torque: [0, 0, 0] }, contacts: [] }, source)
  expect(seen?.at).toEqual([0.5, 0, 0.1])
  expect(seen?.force.map((value) => value + 0)).toEqual([0, 0, 6].map((value) => expect.closeTo(value, 12)))
})

test('a wrist’s noise is no force', () => {
  const wrench = { force: [0.5, 0.5, -0.6] as [number, number, number], torque: [0, 0, 0] as [number, number, number] }
  expect(totalForce({ eeInBase, wrench, contacts: [] }, source)).toBeUndefined()
})
