// Other light, another camera: the same scene in other colours.
import { z } from 'zod'
import type { Rgbd } from '../geometry/index.ts'
import type { Random } from '../tensor/random.ts'
import { PixelNoise } from './pixel-noise.ts'

const share = z.number().min(0).lt(1)

export const ColourAugmentation = z.strictObject({
  /** added to every channel, up to ±, as a share of white */
  brightness: share.default(0.15),
  /** distance from mid-grey times 1 ± */
  contrast: share.default(0.2),
  /** distance from the pixel's own grey times 1 ± */
  saturation: share.default(0.3),
  /** turn about the grey axis, up to ±, rad */
  hueRad: z.number().min(0).max(Math.PI).default(0.1),
  /** each channel by itself times 1 ± : a tint */
  gain: share.default(0.1),
  /** largest standard deviation of white noise in each channel, as a share of white; drawn from 0 to this */
  noise: share.default(0.02),
})
export type ColourAugmentation = z.infer<typeof ColourAugmentation>

/** The picture in other colours, drawn at random; depth is shared, not copied. */
export function augmentColour(rgbd: Rgbd, config: ColourAugmentation, random: Random): Rgbd {
  const m = colourMatrix({
    brightness: random.uniform(-config.brightness, config.brightness),
    contrast: random.uniform(1 - config.contrast, 1 + config.contrast),
    saturation: random.uniform(1 - config.saturation, 1 + config.saturation),
    hueRad: random.uniform(-config.hueRad, config.hueRad),
    gain: [0, 1, 2].map(() => random.uniform(1 - config.gain, 1 + config.gain)) as [number, number, number],
  })
  const sigma = 255 * random.uniform(0, config.noise)
  return { ...rgbd, rgb: recolour(rgbd.rgb, m, sigma, new PixelNoise(random)) }
}

export interface ColourChange {
  brightness: number
  contrast: number
  saturation: number
  hueRad: number
  gain: readonly [number, number, number]
}

/** Rows of a 3×3 matrix and an offset: `out = matrix · in + offset`, for channels from 0 to 1. */
export type ColourMatrix = readonly (readonly [r: number, g: number, b: number, offset: number])[]

/** Share of each channel in a pixel's grey (Rec. 601). */
const GREY = [0.299, 0.587, 0.114] as const

/** Saturation, then hue, then contrast and brightness, then gain: `gain · (contrast · (H S x − ½) + ½ + brightness)`. */
export function colourMatrix({ brightness, contrast, saturation, hueRad, gain }: ColourChange): ColourMatrix {
  // Rodrigues' formula about (1, 1, 1)/√3: cos I + (1 − cos)/3 · ones + sin/√3 · cross.
  const [cos, sin] = [Math.cos(hueRad), Math.sin(hueRad) / Math.sqrt(3)]
  const third = (1 - cos) / 3
  const turn = [
    [cos + third, third - sin, third + sin],
    [third + sin, cos + third, third - sin],
    [third - sin, third + sin, cos + third],
  ] as const
  return turn.map(([a, b, c], row) => {
    const scale = gain[row] as number
    // The rows of `turn` sum to one, so grey passes through it: H S = saturation · H + (1 − saturation) · grey.
    const [r, g, bl] = [a, b, c].map((h, k) => saturation * h + (1 - saturation) * (GREY[k] as number)) as [
      number,
      number,
      number,
    ]
    const offset = scale * (0.5 - 0.5 * contrast + brightness)
    return [scale * contrast * r, scale * contrast * g, scale * contrast * bl, offset] as const
  })
}

function recolour(rgb: Uint8Array, matrix: ColourMatrix, sigma: number, noise: PixelNoise): Uint8Array {
  const [[rr, rg, rb, r0], [gr, gg, gb, g0], [br, bg, bb, b0]] = matrix as [
    ColourMatrix[number],
    ColourMatrix[number],
    ColourMatrix[number],
  ]
  // Rounds to the nearest, ties to even, and holds to 0 … 255.
  const out = new Uint8ClampedArray(rgb.length)
  for (let i = 0; i < rgb.length; i += 3) {
    const [r, g, b] = [rgb[i] as number, rgb[i + 1] as number, rgb[i + 2] as number]
    out[i] = rr * r + rg * g + rb * b + 255 * r0 + (sigma > 0 ? sigma * noise.normal() : 0)
    out[i + 1] = gr * r + gg * g + gb * b + 255 * g0 + (sigma > 0 ? sigma * noise.normal() : 0)
    out[i + 2] = br * r + bg * g + bb * b + 255 * b0 + (sigma > 0 ? sigma * noise.normal() : 0)
  }
  return new Uint8Array(out.buffer)
}
