import { describe, expect, it } from 'vitest'
import { LINEAR_STEPS, LINEAR_TO_SRGB, SRGB_TO_LINEAR } from './srgb.ts'

describe('the sRGB tables', () => {
  it('follow the standard’s curve to the last digits that matter', () => {
    for (let byte = 0; byte < 256; byte++) {
      const value = byte / 255
      const expected = value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
      expect(SRGB_TO_LINEAR[byte]).toBeCloseTo(expected, 14)
    }
    expect([SRGB_TO_LINEAR[0], SRGB_TO_LINEAR[255]]).toEqual([0, 1])
  })

  it('turn each byte into light and back', () => {
    for (let byte = 0; byte < 256; byte++) {
      expect(LINEAR_TO_SRGB[Math.round((SRGB_TO_LINEAR[byte] as number) * LINEAR_STEPS)]).toBe(byte)
    }
  })

  it('change from one byte to the next half-way between them', () => {
    // Byte 128 begins at (127.5/255 = 0.5): ((0.5 + 0.055) / 1.055)^2.4 = 0.214041, step 3506.8 of 16384.
    expect([LINEAR_TO_SRGB[3506], LINEAR_TO_SRGB[3507]]).toEqual([127, 128])
  })
})
