// Materials: colour, texture and shine of a surface. The one place that reads a task's own appearance.
import { Color, FrontSide, LinearSRGBColorSpace, MeshLambertMaterial } from 'three'
import type { Task } from '../tasks/index.ts'
import type { Finish } from './look.ts'
import { SRGB_TO_LINEAR, type Srgb } from './srgb.ts'
import { drawTexture } from './textures.ts'

/** What a part is made of, as far as a camera can tell. */
export interface Appearance {
  color: Srgb
  /** 0 matt to 1 mirror: what makes a depth camera lose the surface */
  shine: number
}

const DEFAULT: { source: Appearance; target: Appearance } = {
  source: { color: [196, 152, 76], shine: 0.4 },
  target: { color: [120, 128, 138], shine: 0.25 },
}

export function appearanceOf(_task: Task, part: 'source' | 'target'): Appearance {
  return DEFAULT[part]
}

/** Linear light of an sRGB colour. `new Color(hex)` would go through Math.pow. */
export function linearColor([r, g, b]: Srgb): Color {
  const linear = (byte: number) => SRGB_TO_LINEAR[byte] as number
  return new Color().setRGB(linear(r), linear(g), linear(b), LinearSRGBColorSpace)
}

/** `own` as the finish changes it. Shine is kept in `userData.shine`, where the renderer finds it. */
export function makeMaterial(own: Appearance, { tint, texture, shine }: Finish): MeshLambertMaterial {
  const color = linearColor(own.color)
  if (tint) color.lerp(linearColor(tint.color), tint.strength)
  const material = new MeshLambertMaterial({ color, side: FrontSide })
  if (texture) material.map = drawTexture(texture)
  material.userData = { shine: clamp01(own.shine + shine) }
  return material
}

const clamp01 = (value: number) => Math.max(0, Math.min(1, value))
