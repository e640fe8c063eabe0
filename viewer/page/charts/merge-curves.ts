// Curves with steps of their own, on one axis: what a curve does not have is null.

export interface Points {
  x: readonly number[]
  y: readonly (number | null)[]
  /** drawn on a logarithmic axis, which has no place for what is not above zero: null as well */
  log?: boolean
}

/** `x` ascending; one column a curve. What is no finite number is null. */
export function mergeCurves(curves: readonly Points[]): { x: number[]; columns: (number | null)[][] } {
  const x = [...new Set(curves.flatMap((curve) => curve.x))].sort((a, b) => a - b)
  const columns = curves.map((curve) => {
    const isDrawn = (y: number | null | undefined): y is number =>
      typeof y === 'number' && Number.isFinite(y) && (!curve.log || y > 0)
    const at = new Map(curve.x.map((step, i) => [step, curve.y[i]]))
    return x.map((step) => {
      const y = at.get(step)
      return isDrawn(y) ? y : null
    })
  })
  return { x, columns }
}
