// Convolutions along time with fewer multiplications (Winograd, "Arithmetic Complexity of Computations", 1980; Lavin &
// Gray, "Fast Algorithms for Convolutional Neural Networks", 2016).
//
// m outputs of a filter of r taps are a polynomial product read backwards. A product of degree n − 1 = m + r − 2 is known
// from its values at n points, where it costs one multiplication each: with samples d, taps w
//
//   y_i = Σ_k w_k d_{i+k},  i < m     is     y = Aᵀ [(G w) ⊙ (Bᵀ d)]
//
// with n products instead of m r: 9 instead of 25 for m = r = 5. G and A hold the powers of the points, B the inverse
// of such a matrix. For channels, each product is a matrix product of its own, and the three small matrices act on time
// alone, where they can do the zero padding as well.

/** Row-major. */
export interface Matrix {
  rows: number
  columns: number
  data: Float32Array
}

export interface FastFilter {
  /** products n, one for each point */
  products: number
  /** pieces of m outputs that a sequence is cut into */
  tiles: number
  /** n·tiles × T: from a sequence to what its products take, the tiles of one point together */
  samples: Matrix
  /** n × r: from the taps to what the products take */
  taps: Matrix
  /** T × n·tiles: from the products to the outputs */
  outputs: Matrix
}

/**
 * The set of small fractions with the least rounding errors of float32 among those tried: for five taps 1.6e-6 of the
 * outputs' size, where multiplying directly makes 0.6e-6 and the usual 0, ±1, ±2, ±1/2 and 3 make 4.9e-6.
 */
const POINTS = [0, 1, -1, -2, -1 / 2, 3 / 2, 3, 1 / 3]
/** Outputs of a piece: a divisor of 10 and 20, the lengths of the edge and paper presets' sequences. */
const PIECE = 5

/** More taps than this want more points than there are good ones. */
export const MOST_TAPS = POINTS.length + 2 - PIECE

/**
 * A filter of `taps` taps over sequences of T = `time` steps, of which the first stands `before` steps before its
 * output; as long as the sequence, zeros beyond its ends. Throws a RangeError for more than {@link MOST_TAPS} taps.
 */
export function fastFilter(time: number, taps: number, before: number): FastFilter {
  if (!(taps >= 2 && taps <= MOST_TAPS)) throw new RangeError(`expected 2 to ${MOST_TAPS} taps, got ${taps}`)
  const n = PIECE + taps - 1
  const { A, B, G } = minimalFilter(n, taps)
  const tiles = Math.ceil(time / PIECE)
  const samples = zeros(n * tiles, time)
  const outputs = zeros(time, n * tiles)
  for (let p = 0; p < n; p++) {
    for (let tile = 0; tile < tiles; tile++) {
      const row = p * tiles + tile
      for (let i = 0; i < n; i++) {
        const t = tile * PIECE + i - before
        if (t >= 0 && t < time) samples.data[row * time + t] = (B[p] as number[])[i] as number
      }
      for (let i = 0; i < PIECE; i++) {
        const t = tile * PIECE + i
        if (t < time) outputs.data[t * outputs.columns + row] = (A[p] as number[])[i] as number
      }
    }
  }
  return { products: n, tiles, samples, taps: { rows: n, columns: taps, data: Float32Array.from(G.flat()) }, outputs }
}

const zeros = (rows: number, columns: number): Matrix => ({ rows, columns, data: new Float32Array(rows * columns) })

/** Rows p of A (n × m), Bᵀ (n × n) and G (n × r): one for each point, the last of them at infinity. */
function minimalFilter(n: number, taps: number) {
  const powers = (count: number): number[][] => [
    ...POINTS.slice(0, n - 1).map((point) => Array.from({ length: count }, (_, i) => point ** i)),
    Array.from({ length: count }, (_, i) => (i === count - 1 ? 1 : 0)),
  ]
  const interpolation = inverse(powers(n))
  const B = interpolation.map((_, p) => interpolation.map((row) => row[p] as number))
  const G = powers(taps)
  // A power of two moves from the larger of both factors to the smaller, which costs no precision.
  for (let p = 0; p < n; p++) {
    const ratio = largest(B[p] as number[]) / largest(G[p] as number[])
    const scale = 2 ** Math.round(Math.log2(ratio) / 2)
    B[p] = (B[p] as number[]).map((x) => x / scale)
    G[p] = (G[p] as number[]).map((x) => x * scale)
  }
  return { A: powers(PIECE), B, G }
}

const largest = (numbers: readonly number[]): number => Math.max(...numbers.map(Math.abs))

/** Gauss–Jordan elimination with pivots. */
function inverse(matrix: readonly (readonly number[])[]): number[][] {
  const n = matrix.length
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))])
  for (let column = 0; column < n; column++) {
    const size = (i: number) => Math.abs((rows[i] as number[])[column] as number)
    let pivot = column
    for (let i = column + 1; i < n; i++) if (size(i) > size(pivot)) pivot = i
    const chosen = rows[pivot] as number[]
    rows[pivot] = rows[column] as number[]
    const divisor = chosen[column] as number
    const unit = chosen.map((x) => x / divisor)
    rows[column] = unit
    for (let i = 0; i < n; i++) {
      if (i === column) continue
      const factor = (rows[i] as number[])[column] as number
      rows[i] = (rows[i] as number[]).map((x, j) => x - factor * (unit[j] as number))
    }
  }
  return rows.map((row) => row.slice(n))
}
