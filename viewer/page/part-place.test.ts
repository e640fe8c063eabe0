import { expect, test } from 'vitest'
import { axisAngleToQuat, makePose } from '../../geometry/index.ts'
import { placeOf } from './part-place.ts'

test('height and offset are along and beside the axis of a receptacle that lies on its side', () => {
  // turned a quarter about y, the target's z points along the base's x
  const targetInBase = makePose([0.5, 0, 0.1], axisAngleToQuat([0, 1, 0], Math.PI / 2))
  const sourceInBase = makePose([0.53, 0.003, 0.104])
  const { height, x, y, offset, turned } = placeOf({ sourceInBase, targetInBase })
  expect(height).toBeCloseTo(0.03, 12)
  // the target's x points down, along the base's −z
  expect([x, y]).toEqual([expect.closeTo(-0.004, 12), expect.closeTo(0.003, 12)])
  expect(offset).toBeCloseTo(0.005, 12)
  // what stands upright in the base is turned a quarter back
  expect(turned).toEqual([expect.closeTo(0, 12), expect.closeTo(-Math.PI / 2, 12), expect.closeTo(0, 12)])
})
