// Curves with steps of their own, on one axis: what a curve does not have is null.

export interface Points {
  x: readonly number[]
  y: readonly (number | null)[]
}

/** `x` ascending; one column a curve. A logarithmic axis has no place for what is not above zero: null as well. */
export function mergeCurves(curves: readonly Points[]): { x: number[]; columns: (number | null)[][] } {
  const x = [...new Set(curves.flatMap((curve) => curve.x))].sort((a, b) => a - b)
  const columns = curves.map((curve) => {
    const at = new Map(curve.x.map((step, i) => [step, curve.y[i]]))
    return x.map((step) => {
      const y = at.get(step)
      return typeof y === 'number' && y > 0 ? y : null
    })
  })
  return { x, columns }
}
