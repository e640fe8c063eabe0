// From pixels dragged to a wish: the part follows the pointer as fast as it may, and forgets what it could not follow. Pure.
import type { Vec3 } from '../../../geometry/index.ts'

/** What one tick at full speed follows, pixels per second: at 5 mm/s 8 µm a pixel, at 50 mm/s 80 µm. */
const PIXELS_PER_SECOND = 600
/** Further ahead than this the pointer is not followed, pixels: a tenth of a second. */
const MOST_PENDING = 60

export interface DragMotion {
  /** right, into the screen, up; pixels */
  add(pixels: Readonly<Vec3>): void
  /** What is wished in this tick of `dt` s, and done with. */
  take(dt: number): Vec3
  drop(): void
}

export function makeDragMotion(): DragMotion {
  let pending: Vec3 = [0, 0, 0]
  return {
    add(pixels) {
      pending = within([pending[0] + pixels[0], pending[1] + pixels[1], pending[2] + pixels[2]], MOST_PENDING)
    },
    take(dt) {
      const most = PIXELS_PER_SECOND * dt
      const step = within(pending, most)
      pending = [pending[0] - step[0], pending[1] - step[1], pending[2] - step[2]]
      return most > 0 ? [step[0] / most, step[1] / most, step[2] / most] : [0, 0, 0]
    },
    drop() {
      pending = [0, 0, 0]
    },
  }
}

function within(v: Vec3, most: number): Vec3 {
  const length = Math.hypot(...v)
  return length > most ? [(v[0] * most) / length, (v[1] * most) / length, (v[2] * most) / length] : v
}
