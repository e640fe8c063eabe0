// Colours of the visible pixels: Lambert's law with three.js's formulae, each pixel once.
//
// Only + − × ÷ and square roots are used per pixel: the same bytes in every engine.
import { Color, type Scene } from 'three'
import type { Intrinsics } from '../../geometry/index.ts'
import { LINEAR_STEPS, LINEAR_TO_SRGB } from '../scene/srgb.ts'
import { addPointLights, addSteadyLight } from './lights.ts'
import { ITEM_SHIFT, NOBODY, TRIANGLE_MASK, type Visibility } from './rasterise.ts'
import { type Texels, texelAt, texelsOf } from './texels.ts'
import type { Item, View } from './view.ts'

/** Fills `rgb`, and `shine` (0 to 255 per pixel) where wanted. */
export function shade(
  scene: Scene,
  view: View,
  { seen, inverseDepth }: Visibility,
  { width, height, fx, fy, cx, cy }: Intrinsics,
  rgb: Uint8Array,
  shine: Uint8Array | undefined,
): void {
  const [backR, backG, backB] = backgroundBytes(scene)
  const surface = new Surface(view)
  let last = NOBODY
  for (let v = 0, pixel = 0; v < height; v++) {
    const dy = (v - cy) / fy
    for (let u = 0; u < width; u++, pixel++) {
      const who = seen[pixel] as number
      if (who === NOBODY) {
        rgb[3 * pixel] = backR
        rgb[3 * pixel + 1] = backG
        rgb[3 * pixel + 2] = backB
        continue
      }
      if (who !== last) {
        surface.take(who)
        last = who
      }
      if (!surface.isUniform) surface.shadeAt((u - cx) / fx, dy, 1 / (inverseDepth[pixel] as number))
      rgb[3 * pixel] = surface.red
      rgb[3 * pixel + 1] = surface.green
      rgb[3 * pixel + 2] = surface.blue
      if (shine) shine[pixel] = surface.shine
    }
  }
}

function backgroundBytes({ background }: Scene): [number, number, number] {
  if (background === null) return [0, 0, 0]
  if (!(background instanceof Color)) throw new RangeError('the rasteriser knows backgrounds of one colour only')
  return [toByte(background.r), toByte(background.g), toByte(background.b)]
}

const toByte = (light: number): number =>
  LINEAR_TO_SRGB[light >= 1 ? LINEAR_STEPS : Math.floor(light * LINEAR_STEPS + 0.5)] as number

/** Light on the pixel being shaded. */
const irradiance = new Float64Array(3)

/** One triangle being shaded; the answer is in `red`, `green` and `blue`. */
class Surface {
  red = 0
  green = 0
  blue = 0
  /** 0 to 255 */
  shine = 0
  /** whether all its pixels have one colour */
  isUniform = false
  readonly #view: View
  #item: Item | undefined
  #itemNumber = -1
  #texels: Texels | undefined
  #isFlat = false
  #hasColors = false
  #hasTexture = false
  /** normals of the three corners, camera frame, turned towards the eye */
  readonly #normals = new Float64Array(9)
  readonly #uvs = new Float64Array(6)
  readonly #colors = new Float64Array(9)
  /**
   * Weights of the corners at a pixel, not yet scaled, are linear in its ray (dx, dy, 1): the ray's triple product with the
   * two other corners. Row per corner.
   */
  readonly #weights = new Float64Array(9)
  /** the material's own colour, linear */
  #albedo: readonly [number, number, number] = [0, 0, 0]
  /** what ambient, hemisphere and directional lights give, where the normal is the same everywhere */
  readonly #steady = new Float64Array(3)

  constructor(view: View) {
    this.#view = view
  }

  /** Prepares the triangle that a pixel named. */
  take(who: number): void {
    const itemNumber = who >> ITEM_SHIFT
    if (itemNumber !== this.#itemNumber) this.#takeItem(itemNumber)
    const item = this.#item as Item
    const triangle = who & TRIANGLE_MASK
    const { data } = item
    this.#isFlat = data.isFlat[triangle] === 1
    this.#takeWeights(item, triangle)
    this.#takeNormals(item, triangle)
    if (this.#hasTexture) copy(data.uvs as Float64Array, 6 * triangle, this.#uvs)
    if (this.#hasColors) copy(data.colors as Float64Array, 9 * triangle, this.#colors)
    const { lights } = this.#view
    if (this.#isFlat) {
      this.#steady.fill(0)
      const n = this.#normals
      addSteadyLight(lights, n[0] as number, n[1] as number, n[2] as number, this.#steady)
    }
    this.isUniform = this.#isFlat && !this.#hasTexture && !this.#hasColors && lights.point.length === 0
    if (this.isUniform) this.#write(this.#albedo[0], this.#albedo[1], this.#albedo[2], this.#steady)
  }

  #takeItem(itemNumber: number): void {
    const item = this.#view.items[itemNumber] as Item
    const { map, color, vertexColors, userData } = item.material
    this.#item = item
    this.#itemNumber = itemNumber
    this.#albedo = [color.r, color.g, color.b]
    this.#hasColors = vertexColors && item.data.colors !== undefined
    this.#hasTexture = map !== null && item.data.uvs !== undefined
    this.#texels = map === null ? undefined : texelsOf(map)
    this.shine = Math.floor(255 * ((userData.shine as number | undefined) ?? 0) + 0.5)
  }

  #takeWeights({ data, firstPoint }: Item, triangle: number): void {
    const { points } = this.#view
    for (let i = 0; i < 3; i++) {
      const p = 3 * (firstPoint + (data.corners[3 * triangle + ((i + 1) % 3)] as number))
      const q = 3 * (firstPoint + (data.corners[3 * triangle + ((i + 2) % 3)] as number))
      const px = points[p] as number
      const py = points[p + 1] as number
      const pz = points[p + 2] as number
      const qx = points[q] as number
      const qy = points[q + 1] as number
      const qz = points[q + 2] as number
      this.#weights[3 * i] = py * qz - pz * qy
      this.#weights[3 * i + 1] = pz * qx - px * qz
      this.#weights[3 * i + 2] = px * qy - py * qx
    }
  }

  #takeNormals({ data, normalTransform: m, firstPoint, handedness }: Item, triangle: number): void {
    // A triangle seen from its back has its normals turned round: the corners' triple product with the eye tells.
    const at = 3 * (firstPoint + (data.corners[3 * triangle] as number))
    const { points } = this.#view
    const volume = dot(this.#weights, 0, points[at] as number, points[at + 1] as number, points[at + 2] as number)
    const sign = volume * handedness > 0 ? -1 : 1
    for (let corner = 0; corner < 3; corner++) {
      const from = 9 * triangle + 3 * corner
      const x = data.normals[from] as number
      const y = data.normals[from + 1] as number
      const z = data.normals[from + 2] as number
      const nx = dot(m, 0, x, y, z)
      const ny = dot(m, 3, x, y, z)
      const nz = dot(m, 6, x, y, z)
      const scale = sign / Math.sqrt(nx * nx + ny * ny + nz * nz)
      this.#normals[3 * corner] = nx * scale
      this.#normals[3 * corner + 1] = ny * scale
      this.#normals[3 * corner + 2] = nz * scale
      if (this.#isFlat) return
    }
  }

  /** The colour where the ray (dx, dy, 1) meets the triangle at depth z. */
  shadeAt(dx: number, dy: number, z: number): void {
    const weights = this.#weights
    const light = irradiance
    let a = 1
    let b = 0
    let c = 0
    if (!this.#isFlat || this.#hasTexture || this.#hasColors) {
      a = dot(weights, 0, dx, dy, 1)
      b = dot(weights, 3, dx, dy, 1)
      c = dot(weights, 6, dx, dy, 1)
      // Snapping can put a pixel a hair outside the true triangle; its weights stay inside.
      const sum = a + b + c
      a = clamp01(a / sum)
      b = clamp01(b / sum)
      c = clamp01(c / sum)
      const scale = 1 / (a + b + c)
      a *= scale
      b *= scale
      c *= scale
    }
    const n = this.#normals
    let nx = n[0] as number
    let ny = n[1] as number
    let nz = n[2] as number
    if (this.#isFlat) {
      light[0] = this.#steady[0] as number
      light[1] = this.#steady[1] as number
      light[2] = this.#steady[2] as number
    } else {
      nx = a * nx + b * (n[3] as number) + c * (n[6] as number)
      ny = a * ny + b * (n[4] as number) + c * (n[7] as number)
      nz = a * nz + b * (n[5] as number) + c * (n[8] as number)
      const scale = 1 / Math.sqrt(nx * nx + ny * ny + nz * nz)
      nx *= scale
      ny *= scale
      nz *= scale
      light[0] = 0
      light[1] = 0
      light[2] = 0
      addSteadyLight(this.#view.lights, nx, ny, nz, light)
    }
    addPointLights(this.#view.lights, dx * z, dy * z, z, nx, ny, nz, light)
    let red = this.#albedo[0]
    let green = this.#albedo[1]
    let blue = this.#albedo[2]
    if (this.#hasTexture) {
      const texels = this.#texels as Texels
      const uv = this.#uvs
      const u = a * (uv[0] as number) + b * (uv[2] as number) + c * (uv[4] as number)
      const v = a * (uv[1] as number) + b * (uv[3] as number) + c * (uv[5] as number)
      const texel = 3 * texelAt(texels, u, v)
      red *= texels.light[texel] as number
      green *= texels.light[texel + 1] as number
      blue *= texels.light[texel + 2] as number
    }
    if (this.#hasColors) {
      const color = this.#colors
      red *= a * (color[0] as number) + b * (color[3] as number) + c * (color[6] as number)
      green *= a * (color[1] as number) + b * (color[4] as number) + c * (color[7] as number)
      blue *= a * (color[2] as number) + b * (color[5] as number) + c * (color[8] as number)
    }
    this.#write(red, green, blue, light)
  }

  #write(red: number, green: number, blue: number, light: Float64Array): void {
    this.red = toByte(red * (light[0] as number))
    this.green = toByte(green * (light[1] as number))
    this.blue = toByte(blue * (light[2] as number))
  }
}

const clamp01 = (value: number): number => Math.max(0, Math.min(1, value))

/** Row of a matrix, or any three numbers, times a vector. */
const dot = (m: Float64Array, at: number, x: number, y: number, z: number): number =>
  (m[at] as number) * x + (m[at + 1] as number) * y + (m[at + 2] as number) * z

function copy(from: Float64Array, at: number, to: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i] = from[at + i] as number
}
