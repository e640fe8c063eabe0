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

test('of a large picture every k-th pixel is told, so that it is no more than 320 wide and high', () => {
  const [width, height] = [641, 480]
  const intrinsics = { width, height, fx: 1, fy: 1, cx: 320, cy: 240 }
  const depth = Float32Array.from({ length: width * height }, (_, i) => (i % 6000) * 1e-3)
  const rgb = Uint8Array.from({ length: 3 * width * height }, (_, i) => i % 251)
  const picture = pictured({ intrinsics, rgb, depth }, 1)
  expect(picture).toMatchObject({ width: 214, height: 160 })
  expect([picture.rgb.length, picture.depth.length]).toEqual([3 * 214 * 160, 214 * 160])
  // Its pixel (5, 7) is (15, 21) of the camera's.
  const from = 21 * width + 15
  expect(picture.depth[7 * 214 + 5]).toBe((from % 6000) * 10)
  expect([...picture.rgb.subarray(3 * (7 * 214 + 5)).subarray(0, 3)]).toEqual(
    [0, 1, 2].map((c) => (3 * from + c) % 251),
  )
})
