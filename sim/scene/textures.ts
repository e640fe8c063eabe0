// Small grey patterns that vary a surface's colour: drawn from a seed, sampled to the nearest texel.

import type { BufferGeometry } from 'three'
import {
  BufferAttribute,
  DataTexture,
  NearestFilter,
  RepeatWrapping,
  RGBAFormat,
  SRGBColorSpace,
  UnsignedByteType,
} from 'three'
import { Random } from '../../tensor/random.ts'

export const PATTERNS = ['speckle', 'stripes', 'checker', 'blotches', 'brushed'] as const

/** What a texture shows; the pattern repeats every `tile` metres. */
export interface Texture {
  pattern: (typeof PATTERNS)[number]
  /** how far the pattern darkens, 0 (not at all) to 1 (to black) */
  contrast: number
  /** m */
  tile: number
  seed: number
}

/** Texels along each side of a tile. */
const SIZE = 64

/** Greys to multiply a material's colour with. */
export function drawTexture({ pattern, contrast, seed }: Texture): DataTexture {
  const darkness = drawPattern(pattern, new Random(seed))
  const texels = new Uint8Array(SIZE * SIZE * 4)
  for (let i = 0; i < SIZE * SIZE; i++) {
    texels.fill(Math.round(255 * (1 - contrast * (darkness[i] as number))), 4 * i, 4 * i + 3)
    texels[4 * i + 3] = 255
  }
  const texture = new DataTexture(texels, SIZE, SIZE, RGBAFormat, UnsignedByteType)
  texture.magFilter = NearestFilter
  texture.minFilter = NearestFilter
  texture.wrapS = RepeatWrapping
  texture.wrapT = RepeatWrapping
  texture.colorSpace = SRGBColorSpace
  texture.needsUpdate = true
  return texture
}

/** SIZE·SIZE numbers from 0 to 1, row-major. */
function drawPattern(pattern: Texture['pattern'], random: Random): Float64Array {
  const cells = (count: number) => Float64Array.from({ length: count }, () => random.uniform())
  const at = (value: (column: number, row: number) => number) =>
    Float64Array.from({ length: SIZE * SIZE }, (_, i) => value(i % SIZE, Math.floor(i / SIZE)))
  switch (pattern) {
    case 'speckle':
      return cells(SIZE * SIZE)
    case 'stripes': {
      const width = 2 ** (1 + random.integer(4))
      return at((column) => Math.floor(column / width) % 2)
    }
    case 'checker': {
      const width = 2 ** (2 + random.integer(3))
      return at((column, row) => (Math.floor(column / width) + Math.floor(row / width)) % 2)
    }
    case 'blotches':
      return blotches(random)
    case 'brushed': {
      // Long scratches along the columns, each its own grey, with a little grain.
      const lines = cells(SIZE)
      const grain = cells(SIZE * SIZE)
      return grain.map((value, i) => 0.8 * (lines[i % SIZE] as number) + 0.2 * value)
    }
  }
}

/** Value noise: random numbers on a coarse grid that wraps round, blended linearly, in three octaves. */
function blotches(random: Random): Float64Array {
  const sum = new Float64Array(SIZE * SIZE)
  for (const [cellsAcross, weight] of [
    [4, 0.5],
    [8, 0.3],
    [16, 0.2],
  ] as const) {
    const grid = Float64Array.from({ length: cellsAcross * cellsAcross }, () => random.uniform())
    const value = (column: number, row: number) =>
      grid[(row % cellsAcross) * cellsAcross + (column % cellsAcross)] as number
    for (let i = 0; i < sum.length; i++) {
      const x = ((i % SIZE) * cellsAcross) / SIZE
      const y = (Math.floor(i / SIZE) * cellsAcross) / SIZE
      const [column, row] = [Math.floor(x), Math.floor(y)]
      const [s, t] = [x - column, y - row]
      const upper = value(column, row) * (1 - s) + value(column + 1, row) * s
      const lower = value(column, row + 1) * (1 - s) + value(column + 1, row + 1) * s
      sum[i] = (sum[i] as number) + weight * (upper * (1 - t) + lower * t)
    }
  }
  return sum
}

/**
 * Gives every triangle texture coordinates by dropping the axis its face looks along most, one tile every `tile` metres:
 * texels have one size all over a part, whatever solids it is made of. Expects triangles without indices.
 */
export function wrapTexture(geometry: BufferGeometry, tile: number): BufferGeometry {
  const position = geometry.getAttribute('position').array
  const uv = new Float32Array((position.length / 3) * 2)
  for (let corner = 0; corner < position.length / 3; corner += 3) {
    const [u, v] = flattest(position, 3 * corner)
    for (let i = corner; i < corner + 3; i++) {
      uv[2 * i] = (position[3 * i + u] as number) / tile
      uv[2 * i + 1] = (position[3 * i + v] as number) / tile
    }
  }
  return geometry.setAttribute('uv', new BufferAttribute(uv, 2))
}

/** The two axes that a triangle, whose nine coordinates begin at `at`, spreads along most. */
function flattest(p: ArrayLike<number>, at: number): [number, number] {
  const edge = (corner: number, axis: number) => (p[at + 3 * corner + axis] as number) - (p[at + axis] as number)
  const area = (i: number, j: number) => Math.abs(edge(1, i) * edge(2, j) - edge(2, i) * edge(1, j))
  const [yz, xz, xy] = [area(1, 2), area(0, 2), area(0, 1)]
  // A tie goes to the same axes everywhere, or rounding would mix directions on slanted faces.
  if (xy >= 0.999 * xz && xy >= 0.999 * yz) return [0, 1]
  return xz >= 0.999 * yz ? [0, 2] : [1, 2]
}
