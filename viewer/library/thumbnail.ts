// A small picture of an episode, near its end: where part and receptacle are together.
import { encodePng, type Frame } from '../../demos/index.ts'
import type { Rgbd } from '../../geometry/index.ts'

/** Pixels. */
const WIDEST = 160
/** Which of the pictures, as a fraction of all: the last may be of a hand that lets go. */
const NEAR_END = 0.9

/** A PNG, base64; null when there is no picture. */
export function thumbnail(frames: readonly Frame[]): string | null {
  const pictured = frames.flatMap(({ rgbd }) => (rgbd ? [rgbd] : []))
  const picture = pictured[Math.floor(NEAR_END * (pictured.length - 1))]
  return picture ? Buffer.from(encodePng(shrink(picture))).toString('base64') : null
}

/** Each pixel the mean of a square of the picture's; what is left at its right and lower edge is cut off. */
export function shrink({ intrinsics: { width, height }, rgb }: Pick<Rgbd, 'intrinsics' | 'rgb'>) {
  const factor = Math.ceil(width / WIDEST)
  const [w, h] = [Math.floor(width / factor), Math.max(1, Math.floor(height / factor))]
  const data = new Uint8Array(3 * w * h)
  const rows = Math.min(factor, height)
  for (let v = 0; v < h; v++) {
    for (let u = 0; u < w; u++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < factor; j++) {
            sum += rgb[3 * ((v * factor + i) * width + u * factor + j) + channel] as number
          }
        }
        data[3 * (v * w + u) + channel] = Math.round(sum / (factor * rows))
      }
    }
  }
  return { width: w, height: h, channels: 3, data }
}
