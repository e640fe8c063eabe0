import { describe, expect, it } from 'vitest'
import type { Intrinsics, Rgbd } from '../geometry/index.ts'
import { checkRgbd } from './check-rgbd.ts'
import { EXAMPLE_CAMERA as CAMERA, paint } from './example-picture.ts'

const PICTURE = paint(CAMERA, () => ({ z: 0.5 }))

describe('checking a picture', () => {
  it('returns one that can be used', () => {
    expect(checkRgbd(PICTURE)).toBe(PICTURE)
    expect(checkRgbd(PICTURE, { width: 64, height: 48 })).toBe(PICTURE)
  })

  it.each<[string, Partial<Record<keyof Rgbd, unknown>>, RegExp]>([
    ['no intrinsics', { intrinsics: undefined }, /with intrinsics, got none; take .* from the camera’s calibration/],
    [
      'no focal length',
      { intrinsics: { ...CAMERA, fx: 0 } },
      /positive focal lengths .* got width 64, height 48, fx 0/,
    ],
    ['half a pixel', { intrinsics: { ...CAMERA, width: 64.5 } }, /whole width and height/],
    ['NaN for a centre', { intrinsics: { ...CAMERA, cy: Number.NaN } }, /cy NaN/],
    ['too few colours', { rgb: new Uint8Array(9) }, /expected rgb of 64×48×3 = 9216 numbers.* got 9;/],
    ['too little depth', { depth: new Float32Array(9) }, /expected depth of 64×48×1 = 3072 numbers.* got 9;/],
    ['no depth', { depth: undefined }, /expected depth .* got none;/],
    ['all holes', { depth: new Float32Array(64 * 48) }, /64×48 pixels without one; check that the depth stream is on/],
    ['NaN', { depth: new Float32Array(64 * 48).fill(Number.NaN, 65) }, /got NaN at pixel \(1, 1\); write 0/],
    ['a negative depth', { depth: new Float32Array(64 * 48).fill(-1) }, /got -1 at pixel \(0, 0\)/],
  ])('refuses %s', (_, change, message) => {
    const broken = { ...PICTURE, ...change } as Rgbd
    expect(() => checkRgbd(broken)).toThrow(RangeError)
    expect(() => checkRgbd(broken)).toThrow(message)
  })

  it('refuses another size than the expected one', () => {
    expect(() => checkRgbd(PICTURE, { width: 160, height: 160 })).toThrow(
      'expected a picture of 160×160 pixels, got 64×48; cut it to size with cutWindow, or set the camera to that size',
    )
    const none = { ...PICTURE, intrinsics: undefined as unknown as Intrinsics }
    expect(() => checkRgbd(none, { width: 160, height: 160 })).toThrow(/intrinsics/)
  })
})
