// What a report shows of a run: how training went, where the part moved, how hard it pressed.
import type { Episode } from '../../demos/index.ts'
import { type Pose, relative } from '../../geometry/index.ts'
import type { Metrics } from '../../policy/index.ts'
import type { Task } from '../../sim/index.ts'
import { extent } from '../../sim/solids.ts'
import type { Trace } from '../run-episode.ts'
import { type Chart, COLORS, type Point, type Series } from './chart.ts'

const toMm = 1000

export function trainingChart(metrics: readonly Metrics[], width: number, height: number): Chart {
  const loss = smooth(metrics.map(({ step, loss }): Point => [step, loss]))
  const heldOut = metrics.flatMap(({ step, validationLoss }): Point[] =>
    validationLoss === undefined ? [] : [[step, validationLoss]],
  )
  const values = [...loss, ...heldOut].map(([, value]) => value).filter((value) => value > 0)
  const steps = metrics.at(-1)?.step ?? 1
  return {
    title: 'Training',
    width,
    height,
    x: { label: 'step', domain: [0, steps] },
    y: {
      label: 'denoising error (mean square)',
      domain: [Math.min(...values) * 0.7, Math.max(...values) * 1.4],
      log: true,
      format: (value) => value.toExponential(0),
    },
    series: [
      { label: 'training batches', color: COLORS.blue, points: loss },
      { label: 'held-out episode', color: COLORS.orange, points: heldOut, dots: true },
    ],
  }
}

/** Mean over about a hundredth of the run, one point each. */
function smooth(points: readonly Point[]): Point[] {
  const window = Math.max(1, Math.round(points.length / 100))
  const means: Point[] = []
  for (let i = 0; i + window <= points.length; i += window) {
    const part = points.slice(i, i + window)
    means.push([part.at(-1)?.[0] ?? 0, part.reduce((sum, [, value]) => sum + value, 0) / part.length])
  }
  return means
}

/** The part's tip in the target frame, seen from the side, with a section through the receptacle. */
export function trajectoryChart(
  title: string,
  task: Task,
  demonstrations: readonly Episode[],
  traces: readonly Trace[],
  width: number,
  height: number,
): Chart {
  const side = ({ position }: Pose): Point => [position[0] * toMm, position[2] * toMm]
  const demonstrated = demonstrations.map(
    ({ frames }): Series => ({
      label: 'demonstrated',
      color: COLORS.grey,
      opacity: 0.7,
      points: frames.map((frame) => side(relative(frame.targetInCamera, frame.sourceInCamera))),
    }),
  )
  const predicted = traces.flatMap(({ chunks }) =>
    chunks.map(
      ({ poses }): Series => ({
        label: 'predicted',
        color: COLORS.amber,
        opacity: 0.45,
        width: 1,
        points: poses.map(side),
      }),
    ),
  )
  const executed = traces.map(
    (trace): Series => ({ label: 'executed', color: COLORS.blue, width: 1.8, points: trace.executed.map(side) }),
  )
  return {
    title,
    width,
    height,
    x: { label: 'x in the target frame, mm', domain: [-28, 28] },
    y: { label: 'height of the tip over the mouth, mm', domain: [-task.depth * toMm - 4, 72] },
    series: [...demonstrated, ...predicted, ...executed],
    areas: receptacleSection(task),
  }
}

/** Section through the receptacle's middle: the material left and right of the opening, and the floor. */
function receptacleSection(task: Task): { points: Point[]; color: string }[] {
  // What goes in: a plug's body, which stays outside, is wider.
  const solids = task.source({ clearance: 0, chamfer: 0 })
  const fits = solids.filter(({ role }) => role === 'fit')
  const { low, high } = extent(fits.length > 0 ? fits : solids)
  const [left, right] = [low[0] * toMm, high[0] * toMm]
  const depth = task.depth * toMm
  const flank = (x: number, outside: number): Point[] => [
    [x, 0],
    [outside, 0],
    [outside, -depth - 3],
    [x, -depth - 3],
  ]
  const floor: Point[] = [
    [left, -depth],
    [right, -depth],
    [right, -depth - 3],
    [left, -depth - 3],
  ]
  return [flank(left, -14), flank(right, 14), floor].map((points) => ({ points, color: COLORS.steel }))
}

/** Contact force over time of some episodes. */
export function forceChart(traces: readonly Trace[], width: number, height: number): Chart {
  const seconds = Math.max(1, ...traces.map(({ stamps }) => stamps.at(-1) ?? 0))
  const newtons = Math.max(1, ...traces.flatMap(({ forces }) => forces))
  return {
    title: 'Contact force',
    width,
    height,
    x: { label: 'time, s', domain: [0, seconds] },
    y: { label: 'net force on the part, N', domain: [0, newtons * 1.1] },
    series: traces.map(({ stamps, forces }) => ({
      color: COLORS.blue,
      opacity: 0.6,
      width: 1,
      points: stamps.map((stamp, i): Point => [stamp, forces[i] as number]),
    })),
    legend: 'none',
  }
}
