// Places to look from, relative to the receptacle. Pure.
import type { Vec3 } from '../../../geometry/index.ts'
import type { Stage } from '../ports.ts'

export type Preset = Parameters<Stage['look']>[0]

/** Base frame, m. */
export interface View {
  eye: Vec3
  centre: Vec3
}

const DEGREE = Math.PI / 180

/**
 * `azimuth`: from the base's x towards y; the simulator's camera stands at 0. `above`: of what is looked at over the
 * receptacle's mouth, m.
 */
const PRESETS: Readonly<Record<Preset, { azimuth: number; elevation: number; distance: number; above: number }>> = {
  front: { azimuth: 28 * DEGREE, elevation: 20 * DEGREE, distance: 0.3, above: 0.022 },
  side: { azimuth: 90 * DEGREE, elevation: 10 * DEGREE, distance: 0.3, above: 0.022 },
  // Not quite from above: at the pole there is no right and left.
  top: { azimuth: 0, elevation: 89.5 * DEGREE, distance: 0.34, above: 0 },
  close: { azimuth: 28 * DEGREE, elevation: 24 * DEGREE, distance: 0.13, above: 0.002 },
}

/**
 * `target`: position of the receptacle's mouth. `opensTo`: the axis of the target that its section is seen along; from in
 * front and from close by the eye stands nearer to it.
 */
export function presetView(preset: Preset, target: Readonly<Vec3>, opensTo: 'x' | 'y' = 'x'): View {
  const { azimuth: usual, elevation, distance, above } = PRESETS[preset]
  const oblique = preset === 'front' || preset === 'close'
  const azimuth = oblique && opensTo === 'y' ? Math.PI / 2 - usual : usual
  const centre: Vec3 = [target[0], target[1], target[2] + above]
  return { centre, eye: eyeAt(centre, { azimuth, elevation, distance }) }
}

/**
 * From `a` to `b`, `t` from 0 to 1: on a curve round what is looked at, so that the eye never runs through it; the short
 * way round.
 */
export function betweenViews(a: View, b: View, t: number): View {
  const ease = t * t * (3 - 2 * t)
  const mix = (from: number, to: number) => from + (to - from) * ease
  const centre = [0, 1, 2].map((i) => mix(a.centre[i] as number, b.centre[i] as number)) as Vec3
  const [from, to] = [polar(a), polar(b)]
  const turn = Math.atan2(Math.sin(to.azimuth - from.azimuth), Math.cos(to.azimuth - from.azimuth))
  const azimuth = from.azimuth + turn * ease
  const elevation = mix(from.elevation, to.elevation)
  const distance = mix(from.distance, to.distance)
  return { centre, eye: eyeAt(centre, { azimuth, elevation, distance }) }
}

interface Polar {
  azimuth: number
  elevation: number
  distance: number
}

/** The way back from {@link polar}. */
function eyeAt(centre: Readonly<Vec3>, { azimuth, elevation, distance }: Polar): Vec3 {
  const level = distance * Math.cos(elevation)
  return [
    centre[0] + level * Math.cos(azimuth),
    centre[1] + level * Math.sin(azimuth),
    centre[2] + distance * Math.sin(elevation),
  ]
}

function polar({ eye, centre }: View): Polar {
  const [x, y, z] = [eye[0] - centre[0], eye[1] - centre[1], eye[2] - centre[2]]
  return { azimuth: Math.atan2(y, x), elevation: Math.atan2(z, Math.hypot(x, y)), distance: Math.hypot(x, y, z) }
}
