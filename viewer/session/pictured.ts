// A camera's picture as it goes to the page, which shows it small: every k-th pixel, depth in steps of 0.1 mm. Whole, ten a
// second would fill a slow link, and states have to wait behind them.
import type { Rgbd } from '../../geometry/index.ts'
import type { PictureFrame } from '../protocol/picture-frame.ts'

const STEP = 1e-4
/** Neither side is longer, pixels. */
const MOST_SIDE = 320

export function pictured({ intrinsics, rgb, depth }: Rgbd, stamp: number): PictureFrame {
  const every = Math.max(1, Math.ceil(Math.max(intrinsics.width, intrinsics.height) / MOST_SIDE))
  const [width, height] = [Math.ceil(intrinsics.width / every), Math.ceil(intrinsics.height / every)]
  const colours = new Uint8Array(3 * width * height)
  const steps = new Uint16Array(width * height)
  for (let v = 0, to = 0; v < height; v++) {
    for (let u = 0; u < width; u++, to++) {
      const from = every * (v * intrinsics.width + u)
      for (let c = 0; c < 3; c++) colours[3 * to + c] = rgb[3 * from + c] as number
      const count = Math.round((depth[from] as number) / STEP)
      // What is too far to be told, or not a number, is not known.
      steps[to] = count > 0 && count <= 0xffff ? count : 0
    }
  }
  return { width, height, stamp, rgb: colours, depth: steps }
}
