import { expect, test } from 'vitest'
import { exampleFrame, exampleRgbd, framesWithPictures } from '../../demos/example-episode.ts'
import { decodePng } from '../../demos/png.ts'
import { shrink, thumbnail } from './thumbnail.ts'

test('the picture is one near the end', () => {
  // 20 pictures, numbers 0, 2 … 38: ⌊0.9 · 19⌋ = 17, which is of frame 34.
  const png = thumbnail(framesWithPictures(40))
  const { rgb } = exampleRgbd(34)
  expect(decodePng(Buffer.from(png as string, 'base64'))).toEqual({ width: 12, height: 10, channels: 3, data: rgb })
})

test('there is none of an episode without pictures', () => {
  expect(thumbnail([exampleFrame(0), exampleFrame(1)])).toBeNull()
  expect(thumbnail([])).toBeNull()
})

test('a wide picture is made small: each pixel the mean of a square', () => {
  // 322 wide: squares of 3 (322 / 160 rounded up), of which 107 fit.
  const intrinsics = { width: 322, height: 7, fx: 1, fy: 1, cx: 0, cy: 0 }
  const rgb = new Uint8Array(3 * 322 * 7).map((_, i) => (Math.floor(i / 3) % 322) % 250)
  const { width, height, data } = shrink({ intrinsics, rgb })
  expect([width, height]).toEqual([107, 2])
  // Columns 0, 1, 2 → 1; 3, 4, 5 → 4; of all three channels.
  expect([...data.subarray(0, 6)]).toEqual([1, 1, 1, 4, 4, 4])
})
