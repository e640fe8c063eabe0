// Lights in the camera frame, and how much of them a surface gets: three.js's formulae for Lambert's law.
//
// What leaves a surface is `colour / π · (ambient + Σ light · max(0, n · l))`; the division by π is done once, in the
// lights. A point light fades with `1 / max(d², 0.01)`, and with `(1 − (d / cut-off)⁴)²` when it has a cut-off distance.
import {
  AmbientLight,
  type Color,
  DirectionalLight,
  HemisphereLight,
  type Light,
  type Matrix4,
  type Object3D,
  PointLight,
  Vector3,
} from 'three'

/** Colours are multiplied with intensity and divided by π. */
export interface Lights {
  ambient: [number, number, number]
  /** unit vector towards the light, colour: six each */
  directional: number[]
  /** position, colour, cut-off distance (0: none): seven each */
  point: number[]
  /** unit vector up, sky colour, ground colour: nine each */
  hemisphere: number[]
}

export const noLights = (): Lights => ({ ambient: [0, 0, 0], directional: [], point: [], hemisphere: [] })

/** Adds one of three.js's lights. Throws a RangeError at kinds that the rasteriser does not know. */
export function addLight(lights: Lights, light: Light, baseInCamera: Matrix4): void {
  const color = lambertColor(light.color, light.intensity)
  const positionOf = (object: Object3D) =>
    new Vector3().setFromMatrixPosition(object.matrixWorld).applyMatrix4(baseInCamera)
  if (light instanceof AmbientLight) {
    for (const i of [0, 1, 2] as const) lights.ambient[i] += color[i]
  } else if (light instanceof DirectionalLight) {
    light.target.updateMatrixWorld()
    const { x, y, z } = positionOf(light).sub(positionOf(light.target)).normalize()
    lights.directional.push(x, y, z, ...color)
  } else if (light instanceof PointLight) {
    if (light.decay !== 2) throw new RangeError(`the rasteriser knows point lights of decay 2, got ${light.decay}`)
    const { x, y, z } = positionOf(light)
    lights.point.push(x, y, z, ...color, light.distance)
  } else if (light instanceof HemisphereLight) {
    const { x, y, z } = new Vector3().setFromMatrixPosition(light.matrixWorld).transformDirection(baseInCamera)
    lights.hemisphere.push(x, y, z, ...color, ...lambertColor(light.groundColor, light.intensity))
  } else
    throw new RangeError(`the rasteriser knows no ${light.type}: ambient, directional, hemisphere and point lights`)
}

function lambertColor({ r, g, b }: Color, intensity: number): [number, number, number] {
  const scale = intensity / Math.PI
  return [r * scale, g * scale, b * scale]
}

/** Adds what ambient, directional and hemisphere lights give a surface with that unit normal. */
export function addSteadyLight(lights: Lights, nx: number, ny: number, nz: number, light: Float64Array): void {
  const { ambient, directional, hemisphere } = lights
  let red = ambient[0]
  let green = ambient[1]
  let blue = ambient[2]
  for (let i = 0; i < directional.length; i += 6) {
    const facing =
      nx * (directional[i] as number) + ny * (directional[i + 1] as number) + nz * (directional[i + 2] as number)
    if (facing <= 0) continue
    red += facing * (directional[i + 3] as number)
    green += facing * (directional[i + 4] as number)
    blue += facing * (directional[i + 5] as number)
  }
  for (let i = 0; i < hemisphere.length; i += 9) {
    const up = nx * (hemisphere[i] as number) + ny * (hemisphere[i + 1] as number) + nz * (hemisphere[i + 2] as number)
    const sky = 0.5 * up + 0.5
    red += sky * (hemisphere[i + 3] as number) + (1 - sky) * (hemisphere[i + 6] as number)
    green += sky * (hemisphere[i + 4] as number) + (1 - sky) * (hemisphere[i + 7] as number)
    blue += sky * (hemisphere[i + 5] as number) + (1 - sky) * (hemisphere[i + 8] as number)
  }
  light[0] = (light[0] as number) + red
  light[1] = (light[1] as number) + green
  light[2] = (light[2] as number) + blue
}

/** Adds what point lights give at the point (x, y, z). */
export function addPointLights(
  { point }: Lights,
  x: number,
  y: number,
  z: number,
  nx: number,
  ny: number,
  nz: number,
  light: Float64Array,
): void {
  for (let i = 0; i < point.length; i += 7) {
    const lx = (point[i] as number) - x
    const ly = (point[i + 1] as number) - y
    const lz = (point[i + 2] as number) - z
    const facing = nx * lx + ny * ly + nz * lz
    if (facing <= 0) continue
    const square = lx * lx + ly * ly + lz * lz
    let strength = facing / (Math.sqrt(square) * Math.max(square, 0.01))
    const cutoff = point[i + 6] as number
    if (cutoff > 0) {
      const ratio = square / (cutoff * cutoff)
      const window = Math.max(0, 1 - ratio * ratio)
      strength *= window * window
    }
    light[0] = (light[0] as number) + strength * (point[i + 3] as number)
    light[1] = (light[1] as number) + strength * (point[i + 4] as number)
    light[2] = (light[2] as number) + strength * (point[i + 5] as number)
  }
}
