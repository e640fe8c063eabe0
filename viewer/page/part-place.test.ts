import { expect, test } from 'vitest'
import { axisAngleToQuat, makePose } from '../../geometry/index.ts'
import { depthAndOffset } from './part-place.ts'

test('height and offset are along and beside the axis of a receptacle that lies on its side', () => {
  // turned a quarter about y, the target's z points along the base's x
  const targetInBase = makePose([0.5, 0, 0.1], axisAngleToQuat([0, 1, 0], Math.PI / 2))
  const sourceInBase = makePose([0.53, 0.003, 0.104])
  const { height, offset } = depthAndOffset({ sourceInBase, targetInBase })
  expect(height).toBeCloseTo(0.03, 12)
  expect(offset).toBeCloseTo(0.005, 12)
})
