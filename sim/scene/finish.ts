// Materials: colour, texture and shine of a surface. The one place that reads a task's own appearance.
import { Color, FrontSide, LinearSRGBColorSpace, MeshLambertMaterial } from 'three'
import type { Task } from '../tasks/index.ts'
import type { SurfaceLook } from './look.ts'
import { SRGB_TO_LINEAR, type Srgb } from './srgb.ts'
import { drawTexture } from './textures.ts'

/** What a thing is made of, as far as a camera can tell. */
export interface Appearance {
  color: Srgb
  /** 0 matt to 1 polished: what makes a depth camera lose the surface */
  shine: number
}

export function appearanceOf(task: Task, part: 'source' | 'target'): Appearance {
  const { color, shine } = task.appearance[part]
  return { color: [(color >> 16) & 255, (color >> 8) & 255, color & 255], shine }
}

/** Linear light of an sRGB colour. `new Color(hex)` would go through Math.pow. */
export function linearColor([r, g, b]: Srgb): Color {
  const linear = (byte: number) => SRGB_TO_LINEAR[byte] as number
  return new Color().setRGB(linear(r), linear(g), linear(b), LinearSRGBColorSpace)
}

/** `own` as the look changes it. Shine is kept in `userData.shine`, where the renderer finds it. */
export function makeMaterial(own: Appearance, { tint, texture, shine }: SurfaceLook): MeshLambertMaterial {
  const color = linearColor(own.color)
  if (tint) color.lerp(linearColor(tint.color), tint.strength)
  const material = new MeshLambertMaterial({ color, side: FrontSide })
  if (texture) material.map = drawTexture(texture)
  material.userData = { shine: Math.max(0, Math.min(1, own.shine + shine)) }
  return material
}
