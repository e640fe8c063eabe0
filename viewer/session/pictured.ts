// A camera's picture as it goes to the page: depth in steps of 0.1 mm.
import type { Rgbd } from '../../geometry/index.ts'
import type { PictureFrame } from '../protocol/picture-frame.ts'

const STEP = 1e-4

export function pictured({ intrinsics, rgb, depth }: Rgbd, stamp: number): PictureFrame {
  const { width, height } = intrinsics
  const steps = Uint16Array.from(depth, (metres) => {
    const count = Math.round(metres / STEP)
    // What is too far to be told, or not a number, is not known.
    return count > 0 && count <= 0xffff ? count : 0
  })
  return { width, height, stamp, rgb: Uint8Array.from(rgb), depth: steps }
}
