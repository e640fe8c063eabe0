// Where a receptacle is cut open: through its axis, along one of its sides, so that the half nearer to the viewer is gone.
import { conjugateQuat, type Pose, rotateVector, type Vec3 } from '../../../geometry/index.ts'
import { extent } from '../../../sim/solids.ts'
import type { Fit, Task } from '../../../sim/tasks/index.ts'

/** In the target frame, pointing at the half that is taken away. */
export type SectionNormal = Readonly<Vec3>

/** A section must come this much nearer to facing the viewer before it is turned: no flicker at 45°. */
const STICKINESS = 0.15

/**
 * Sides that a cut through the axis may face: those whose cut runs through a hole. Between the holes of two pins there is
 * nothing to see.
 */
export function sectionNormals(task: Task, fit: Fit): SectionNormal[] {
  const parts = task.source(fit).filter(({ role }) => role === 'fit')
  const runsThrough = (axis: 0 | 1) =>
    parts.some((part) => {
      const { low, high } = extent([part])
      return low[axis] < 0 && high[axis] > 0
    })
  const axes = ([0, 1] as const).filter(runsThrough)
  return (axes.length > 0 ? axes : ([0, 1] as const)).flatMap((axis): SectionNormal[] =>
    axis === 0
      ? [
          [1, 0, 0],
          [-1, 0, 0],
        ]
      : [
          [0, 1, 0],
          [0, -1, 0],
        ],
  )
}

/** Along which the section is seen best: x, unless only y has one. */
export const sectionAxis = ({ task, fit }: { task: Task; fit: Fit }): 'x' | 'y' =>
  sectionNormals(task, fit).some(([x]) => x !== 0) ? 'x' : 'y'

/** The side that faces the viewer best, or `previous` as long as that is about as good. */
export function facingNormal(
  normals: readonly SectionNormal[],
  targetInBase: Pose,
  viewerInBase: Readonly<Vec3>,
  previous?: SectionNormal,
): SectionNormal {
  const { position, orientation } = targetInBase
  const away: Vec3 = [viewerInBase[0] - position[0], viewerInBase[1] - position[1], viewerInBase[2] - position[2]]
  const [x, y] = rotateVector(conjugateQuat(orientation), away)
  const length = Math.hypot(x, y)
  const facing = ([nx, ny]: SectionNormal) => (length === 0 ? 0 : (nx * x + ny * y) / length)
  const best = normals.reduce((a, b) => (facing(b) > facing(a) ? b : a))
  return previous && normals.includes(previous) && facing(best) < facing(previous) + STICKINESS ? previous : best
}
