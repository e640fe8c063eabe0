import { expect, test } from 'vitest'
import { pictured } from './pictured.ts'

test('depth is told in steps of 0.1 mm, and what is not known or too far as 0', () => {
  const intrinsics = { width: 3, height: 2, fx: 1, fy: 1, cx: 1, cy: 0.5 }
  const rgb = Uint8Array.from({ length: 18 }, (_, i) => i)
  const depth = Float32Array.of(0, 0.51237, 6.5535, 6.6, Number.NaN, -1)
  const picture = pictured({ intrinsics, rgb, depth }, 12.5)
  expect(picture).toMatchObject({ width: 3, height: 2, stamp: 12.5, rgb })
  expect([...picture.depth]).toEqual([0, 5124, 65535, 0, 0, 0])
})
