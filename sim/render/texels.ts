// A three.js DataTexture as linear light, looked up at the nearest texel.
import {
  DataTexture,
  NearestFilter,
  RepeatWrapping,
  RGBAFormat,
  SRGBColorSpace,
  type Texture,
  UnsignedByteType,
} from 'three'
import { SRGB_TO_LINEAR } from '../scene/srgb.ts'

export interface Texels {
  width: number
  height: number
  /** linear r, g, b per texel; the first row is at v = 0 */
  light: Float64Array
  repeatsU: boolean
  repeatsV: boolean
}

const cache = new WeakMap<Texture, { version: number; texels: Texels }>()

export function texelsOf(texture: Texture): Texels {
  const known = cache.get(texture)
  if (known && known.version === texture.version) return known.texels
  const texels = decode(texture)
  cache.set(texture, { version: texture.version, texels })
  return texels
}

function decode(texture: Texture): Texels {
  const { format, type, magFilter, flipY } = texture
  if (!(texture instanceof DataTexture) || format !== RGBAFormat || type !== UnsignedByteType || flipY) {
    throw new RangeError('the rasteriser reads DataTextures of four bytes a texel that are not flipped')
  }
  if (magFilter !== NearestFilter) throw new RangeError('the rasteriser samples the nearest texel: set NearestFilter')
  const { width, height, data } = texture.image as { width: number; height: number; data: Uint8Array }
  const light = new Float64Array(width * height * 3)
  for (let i = 0; i < light.length; i++) {
    const byte = data[4 * Math.floor(i / 3) + (i % 3)] as number
    light[i] = texture.colorSpace === SRGBColorSpace ? (SRGB_TO_LINEAR[byte] as number) : byte / 255
  }
  return {
    width,
    height,
    light,
    repeatsU: texture.wrapS === RepeatWrapping,
    repeatsV: texture.wrapT === RepeatWrapping,
  }
}

/** Number of the texel at (u, v): repeated, or the nearest one at the border. */
export function texelAt({ width, height, repeatsU, repeatsV }: Texels, u: number, v: number): number {
  return texelAlong(u, width, repeatsU) + width * texelAlong(v, height, repeatsV)
}

function texelAlong(coordinate: number, size: number, repeats: boolean): number {
  const texel = Math.floor((repeats ? coordinate - Math.floor(coordinate) : coordinate) * size)
  return texel < 0 ? 0 : texel >= size ? size - 1 : texel
}
