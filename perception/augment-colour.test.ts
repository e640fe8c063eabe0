import { describe, expect, it } from 'vitest'
import { Random } from '../tensor/random.ts'
import { augmentColour, ColourAugmentation, colourMatrix } from './augment-colour.ts'
import { EXAMPLE_CAMERA as CAMERA, paint } from './example-picture.ts'

const SAME = { brightness: 0, contrast: 1, saturation: 1, hueRad: 0, gain: [1, 1, 1] } as const
const apply = (change: object, [r, g, b]: readonly [number, number, number]) =>
  colourMatrix({ ...SAME, ...change }).map((row) => row[0] * r + row[1] * g + row[2] * b + row[3])
const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 12))

describe('a change of colours', () => {
  it('is none without a change', () => {
    expect(apply({}, [0.2, 0.5, 0.7])).toEqual(close([0.2, 0.5, 0.7]))
  })

  it('adds brightness, spreads contrast about mid-grey, and multiplies the gain last', () => {
    // 2 · (0.2 − 0.5) + 0.5 + 0.1 = 0; 2 · 0 + 0.6 = 0.6; 2 · 0.2 + 0.6 = 1, times 0.5.
    expect(apply({ brightness: 0.1, contrast: 2, gain: [1, 1, 0.5] }, [0.2, 0.5, 0.7])).toEqual(close([0, 0.6, 0.5]))
  })

  it('takes colour out to the pixel’s grey', () => {
    // 0.299 · 1 + 0.587 · 0.5 + 0.114 · 0 = 0.5925
    expect(apply({ saturation: 0 }, [1, 0.5, 0])).toEqual(close([0.5925, 0.5925, 0.5925]))
    expect(apply({ saturation: 0, hueRad: 1 }, [1, 0.5, 0])).toEqual(close([0.5925, 0.5925, 0.5925]))
  })

  it('turns hue about grey: a third of a turn makes red green and green blue', () => {
    expect(apply({ hueRad: (2 * Math.PI) / 3 }, [1, 0.5, 0.2])).toEqual(close([0.2, 1, 0.5]))
    expect(apply({ hueRad: 0.7 }, [0.4, 0.4, 0.4])).toEqual(close([0.4, 0.4, 0.4]))
  })
})

describe('colour augmentation', () => {
  const grey = paint(CAMERA, () => ({ z: 1, rgb: [128, 128, 128] }))
  const off = { brightness: 0, contrast: 0, saturation: 0, hueRad: 0, gain: 0, noise: 0 }

  it('shares the depth and changes no pixel when all is off', () => {
    const same = augmentColour(grey, off, new Random(1))
    expect(same.rgb).toEqual(grey.rgb)
    expect(same.depth).toBe(grey.depth)
  })

  it('changes all pixels of one colour alike, within the bounds', () => {
    for (let seed = 0; seed < 100; seed++) {
      const { rgb } = augmentColour(grey, { ...off, brightness: 0.1 }, new Random(seed))
      expect(new Set(rgb).size).toBe(1)
      // 128 ± 25.5
      expect(Math.abs((rgb[0] as number) - 128)).toBeLessThanOrEqual(26)
    }
  })

  it('adds noise of the deviation that it draws, and holds colours to 0 … 255', () => {
    const { rgb } = augmentColour(grey, { ...off, noise: 0.1 }, new Random(3))
    // The stream draws brightness, contrast, saturation, hue and three gains before the noise's deviation.
    const random = new Random(3)
    for (let i = 0; i < 7; i++) random.uniform()
    const sigma = 255 * random.uniform(0, 0.1)
    const squares = rgb.reduce((sum, value) => sum + (value - 128) ** 2, 0) / rgb.length
    // Rounding adds 1/12; 9216 samples know a deviation to 1/√18432 = 0.7 %.
    expect(Math.sqrt(squares - 1 / 12) / sigma).toBeGreaterThan(0.97)
    expect(Math.sqrt(squares - 1 / 12) / sigma).toBeLessThan(1.03)
    const bright = augmentColour(
      paint(CAMERA, () => ({ z: 1, rgb: [250, 255, 3] })),
      ColourAugmentation.parse({}),
      new Random(5),
    )
    // A value that wrapped round would be dark here.
    expect(Math.min(...bright.rgb.filter((_, i) => i % 3 === 1))).toBeGreaterThan(100)
  })
})
