// The sRGB transfer curve as constant tables, the same to the last bit in every JavaScript engine.
//
// `Math.pow` may differ in its last bit from engine to engine. Here only + − × ÷ are used, which IEEE 754 fixes.

/** A colour as people write it: sRGB, each channel 0 to 255. */
export type Srgb = readonly [red: number, green: number, blue: number]

/** Linear light, 0 to 1, of each sRGB byte: `c / 12.92` below 0.04045, else `((c + 0.055) / 1.055)^2.4`. */
export const SRGB_TO_LINEAR: Float64Array = Float64Array.from({ length: 256 }, (_, byte) => decode(byte / 255))

/** Steps of {@link LINEAR_TO_SRGB}: fine enough that its darkest bytes, 12.92 · 255 per unit of light, keep their step. */
export const LINEAR_STEPS = 16384

/** The sRGB byte for linear light `i / LINEAR_STEPS`, rounded to the nearest. */
export const LINEAR_TO_SRGB: Uint8Array = encodeTable()

function encodeTable(): Uint8Array {
  const table = new Uint8Array(LINEAR_STEPS + 1)
  let byte = 0
  for (let i = 0; i <= LINEAR_STEPS; i++) {
    while (byte < 255 && i / LINEAR_STEPS >= decode((byte + 0.5) / 255)) byte++
    table[i] = byte
  }
  return table
}

function decode(value: number): number {
  if (value <= 0.04045) return value / 12.92
  const base = (value + 0.055) / 1.055
  // base^2.4 = base² · (base²)^(1/5)
  return base * base * fifthRoot(base * base)
}

/** Newton's iteration from above, for 0 < x ≤ 1: falls until it stands. */
function fifthRoot(x: number): number {
  let root = 1
  for (let i = 0; i < 40; i++) root -= (root - x / (root * root * root * root)) / 5
  return root
}
