import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  axisAngleToQuat,
  compose,
  expPose,
  invert,
  logPose,
  makePose,
  type Pose,
  poseDistance,
  type Twist,
  transformPoint,
  type Vec3,
} from '../geometry/index.ts'
import { Random } from '../tensor/random.ts'
import { EXAMPLE_NOISE, type ExampleNoise, examplePairs, NO_NOISE } from './example-pairs.ts'
import { type HandEye, solveHandEye } from './hand-eye.ts'
import { closedFormHandEye, meanPose } from './hand-eye-closed-form.ts'
import { CalibrationError } from './hand-eye-excitation.ts'
import { jacobianColumns } from './hand-eye-fit.ts'
import { type HandEyePair, loopPair, MOUNTINGS, type Mounting } from './hand-eye-loop.ts'

const DEGREE = Math.PI / 180
const identity = makePose([0, 0, 0])

const closedForm = (pairs: readonly HandEyePair[], mounting: Mounting): Pose =>
  closedFormHandEye(pairs.map((pair) => loopPair(pair, mounting))).cameraInMount

const outliersOf = ({ residuals }: HandEye): number[] => residuals.flatMap(({ outlier }, i) => (outlier ? [i] : []))

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number

function expectNear(a: Pose, b: Pose, metres: number, radians: number): void {
  const { translation, rotation } = poseDistance(a, b)
  expect(translation).toBeLessThan(metres)
  expect(rotation).toBeLessThan(radians)
}

describe('a calibration that can be followed by hand', () => {
  // The camera hangs 1 m over the base and looks down (x as the base's, y and z against it); the marker is the end
  // effector itself. At (x, y, z) in the base it is therefore seen at (x, −y, 1 − z), turned by half a turn about x.
  const lookingDown = axisAngleToQuat([1, 0, 0], Math.PI)
  const seen = (position: Vec3, axis: Vec3, angle: number): HandEyePair => {
    const [x, y, z] = position
    const [ax, ay, az] = axis
    return {
      eeInBase: makePose(position, axisAngleToQuat(axis, angle)),
      // R_x(π) R_axis(θ) = R_(axis turned by R_x(π))(θ) R_x(π)
      markerInCamera: compose(
        makePose([x, -y, 1 - z], axisAngleToQuat([ax, -ay, -az], angle)),
        makePose([0, 0, 0], lookingDown),
      ),
    }
  }
  const pairs = [
    seen([0.5, 0, 0.2], [0, 0, 1], 0),
    seen([0.5, 0.1, 0.2], [0, 0, 1], Math.PI / 2),
    seen([0.4, 0, 0.3], [1, 0, 0], Math.PI / 4),
    seen([0.4, -0.1, 0.2], [0, 1, 0], -Math.PI / 4),
  ]

  test.for([3, 4])('from %i pairs', (count) => {
    const { camera, marker, rms, residuals } = solveHandEye(pairs.slice(0, count), { mounting: 'eye-to-hand' })
    expectNear(camera, { position: [0, 0, 1], orientation: lookingDown }, 1e-9, 1e-7)
    expectNear(marker, identity, 1e-9, 1e-7)
    expect(rms.translation).toBeLessThan(1e-9)
    expect(residuals.map(({ outlier }) => outlier)).toEqual(pairs.slice(0, count).map(() => false))
  })

  test('on the hand: camera 0.1 m before the flange, marker at the base’s origin', () => {
    const onHand = pairs.map(({ eeInBase }) => ({
      eeInBase,
      markerInCamera: compose(makePose([0, 0, -0.1]), invert(eeInBase)),
    }))
    const { camera, marker } = solveHandEye(onHand, { mounting: 'eye-in-hand' })
    expectNear(camera, makePose([0, 0, 0.1]), 1e-9, 1e-7)
    expectNear(marker, identity, 1e-9, 1e-7)
  })
})

describe('beside OpenCV', () => {
  interface GoldenSet {
    name: string
    mounting: Mounting
    pairs: HandEyePair[]
    camera: Pose
    marker: Pose
    opencv: Record<string, Pose>
  }
  const golden: { sets: GoldenSet[] } = JSON.parse(
    readFileSync(new URL('./golden/hand-eye.json', import.meta.url), 'utf8'),
  )

  test.for(golden.sets.map((set) => [set.name, set] as const))(
    'the closed form is its method of Park and Martin: %s',
    ([, { mounting, pairs, opencv }]) => {
      expectNear(closedForm(pairs, mounting), opencv.park as Pose, 1e-9, 1e-7)
    },
  )

  test.for(golden.sets.filter(({ name }) => name.startsWith('exact')).map((set) => [set.name, set] as const))(
    'the truth is found: %s',
    ([, { mounting, pairs, camera, marker }]) => {
      const solved = solveHandEye(pairs, { mounting })
      expectNear(solved.camera, camera, 1e-9, 1e-7)
      expectNear(solved.marker, marker, 1e-9, 1e-7)
    },
  )

  test.for(MOUNTINGS)('over noisy sets the fit is nearer to the truth than each of its methods: %s', (mounting) => {
    const sets = golden.sets.filter((set) => set.mounting === mounting && set.name.startsWith('noisy'))
    expect(sets).toHaveLength(8)
    const rms = (kind: 'translation' | 'rotation', found: (set: GoldenSet) => Pose) =>
      Math.sqrt(sets.reduce((sum, set) => sum + poseDistance(found(set), set.camera)[kind] ** 2, 0) / sets.length)
    for (const kind of ['translation', 'rotation'] as const) {
      const ours = rms(kind, (set) => solveHandEye(set.pairs, { mounting }).camera)
      for (const method of Object.keys(sets[0]?.opencv ?? {})) {
        expect(
          rms(kind, ({ opencv }) => opencv[method] as Pose),
          `${method}, ${kind}`,
        ).toBeGreaterThan(ours)
      }
    }
  })
})

describe.for(MOUNTINGS)('with 0.3 mm, 0.1° and every fifth pair wrong, %s', (mounting) => {
  const SEEDS = 20
  const errors = (count: number, noise: ExampleNoise = EXAMPLE_NOISE): Solved[] => {
    const key = JSON.stringify([count, noise])
    const known = solved.get(key)
    if (known) return known
    const fresh = solveAll(count, noise)
    solved.set(key, fresh)
    return fresh
  }
  const solved = new Map<string, Solved[]>()
  type Solved = ReturnType<typeof solveAll>[number]
  const solveAll = (count: number, noise: ExampleNoise) =>
    Array.from({ length: SEEDS }, (_, seed) => {
      const { pairs, camera, marker, wrong } = examplePairs(new Random(seed).fork(count), count, mounting, noise)
      const solved = solveHandEye(pairs, { mounting, seed })
      return {
        solved,
        camera,
        marker,
        wrong,
        pairs,
        fit: poseDistance(solved.camera, camera),
        closed: poseDistance(closedForm(pairs, mounting), camera),
        // The closed form told which pairs to leave out.
        spared: poseDistance(
          closedForm(
            pairs.filter((_, i) => !wrong.includes(i)),
            mounting,
          ),
          camera,
        ),
      }
    })

  test.for([15, 20, 30])('of %i pairs the wrong ones are named, and next to no others', (count) => {
    let over = 0
    for (const { solved, wrong } of errors(count)) {
      const named = outliersOf(solved)
      expect(named).toEqual(expect.arrayContaining(wrong))
      over += named.length - wrong.length
    }
    // 20 sets × 0.2 % of the good pairs: one or two at 30 pairs.
    expect(over).toBeLessThanOrEqual(3)
  })

  test('the camera is found within 2 mm and 0.3° by 15 pairs, within 1.2 mm and 0.2° by 30', () => {
    for (const { fit } of errors(15))
      expect([fit.translation < 2e-3, fit.rotation < 0.3 * DEGREE]).toEqual([true, true])
    for (const { fit } of errors(30)) {
      expect([fit.translation < 1.2e-3, fit.rotation < 0.2 * DEGREE]).toEqual([true, true])
    }
  })

  test('the error falls as the pairs grow in number: by a third and more from 15 to 60, where 1/√n says a half', () => {
    const at = (count: number) => median(errors(count).map(({ fit }) => fit.translation))
    expect(at(60)).toBeLessThan((2 / 3) * at(15))
  })

  test('the fit beats the closed form alone: 50 times with wrong pairs in it, and by a quarter without', () => {
    const all = errors(20)
    const typical = (of: (error: (typeof all)[number]) => number) => median(all.map(of))
    for (const kind of ['translation', 'rotation'] as const) {
      expect(typical(({ closed }) => closed[kind])).toBeGreaterThan(50 * typical(({ fit }) => fit[kind]))
      expect(typical(({ fit }) => fit[kind])).toBeLessThan(0.75 * typical(({ spared }) => spared[kind]))
    }
  })

  test('the standard deviations are those of the errors', () => {
    const all = errors(20)
    const rms = (values: readonly number[]) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length)
    const inDeviations = (of: 'camera' | 'marker') =>
      rms(
        all.flatMap((error) =>
          [0, 1, 2].map((axis) => {
            const off = (error.solved[of].position[axis] as number) - (error[of].position[axis] as number)
            return off / (error.solved.deviation[of].position[axis] as number)
          }),
        ),
      )
    // About each axis of the frame that the pose is in: the turn that brings the true pose to the found one.
    const turns = rms(
      all.flatMap(({ solved, camera }) => {
        const orientation = (pose: Pose) => makePose([0, 0, 0], pose.orientation)
        const turn = logPose(compose(orientation(solved.camera), invert(orientation(camera))))
        return [0, 1, 2].map((axis) => (turn[axis + 3] as number) / (solved.deviation.camera.rotation[axis] as number))
      }),
    )
    const amid = rms(
      all.map(({ solved, camera, pairs }) => {
        const mean = [0, 1, 2].map(
          (axis) => pairs.reduce((sum, pair) => sum + (pair.markerInCamera.position[axis] as number), 0) / pairs.length,
        ) as Vec3
        const [a, b] = [transformPoint(solved.camera, mean), transformPoint(camera, mean)]
        return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) / solved.deviation.amidMarkers
      }),
    )
    // 60 draws (20 of `amid`) that are not quite independent: their root mean square is within 0.7 and 1.4 of 1.
    for (const ratio of [inDeviations('camera'), inDeviations('marker'), turns, amid]) {
      expect(ratio).toBeGreaterThan(0.7)
      expect(ratio).toBeLessThan(1.4)
    }
  })

  test('residuals are as large as the noise: √3 times its deviation per axis', () => {
    const { rms } = (errors(30)[0] as { solved: HandEye }).solved
    expect(rms.translation).toBeGreaterThan(0.7 * Math.sqrt(3) * EXAMPLE_NOISE.translation)
    expect(rms.translation).toBeLessThan(1.2 * Math.sqrt(3) * EXAMPLE_NOISE.translation)
    expect(rms.rotation).toBeGreaterThan(0.7 * Math.sqrt(3) * EXAMPLE_NOISE.rotation)
    expect(rms.rotation).toBeLessThan(1.2 * Math.sqrt(3) * EXAMPLE_NOISE.rotation)
  })

  test('even two wrong pairs of five do no harm', () => {
    for (const { fit } of errors(10, { ...EXAMPLE_NOISE, outliers: 0.4 })) expect(fit.translation).toBeLessThan(4e-3)
  })

  test('the same seed gives the same numbers, and another seed nearly the same', () => {
    const { pairs } = examplePairs(new Random(1), 20, mounting)
    const solve = (seed: number) => solveHandEye(pairs, { mounting, seed })
    expect(solve(3)).toEqual(solve(3))
    expectNear(solve(3).camera, solve(4).camera, 1e-6, 1e-6)
  })

  test('exact pairs of any calibration give it back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 4, max: 12 }), (seed, count) => {
        const { pairs, camera, marker } = examplePairs(new Random(seed), count, mounting, NO_NOISE)
        const solved = solveHandEye(pairs, { mounting })
        expectNear(solved.camera, camera, 1e-7, 1e-6)
        expectNear(solved.marker, marker, 1e-7, 1e-6)
      }),
      { numRuns: 20 },
    )
  })
})

describe('poses that cannot tell are refused, and what is missing is said', () => {
  const { camera, marker } = examplePairs(new Random(2), 3, 'eye-to-hand')
  const random = new Random(9)
  /** Pairs for poses of the arm, with noise. */
  const pairsFor = (arms: readonly Pose[]): HandEyePair[] =>
    arms.map((eeInBase) => ({
      eeInBase,
      markerInCamera: compose(
        compose(compose(invert(camera), eeInBase), marker),
        expPose([...random.normal3(3e-4), ...random.normal3(0.1 * DEGREE)]),
      ),
    }))
  const arms = (count: number, turn: (i: number) => Pose): Pose[] =>
    Array.from({ length: count }, (_, i) =>
      compose(makePose([0.5 + 0.02 * i, 0.01 * i * i, 0.3], [1, 0, 0, 0]), turn(i)),
    )
  const about = (axis: Vec3, degrees: number) => makePose([0, 0, 0], axisAngleToQuat(axis, degrees * DEGREE))
  const garbage = () => examplePairs(new Random(4), 12, 'eye-to-hand', { ...EXAMPLE_NOISE, outliers: 1 }).pairs

  test.for<[string, () => HandEyePair[], string]>([
    ['no pair', () => [], '0 pairs: at least 3 are needed'],
    ['two pairs', () => pairsFor(arms(2, (i) => about([1, 0, 0], 40 * i))), '2 pairs: at least 3 are needed'],
    [
      'translations only',
      () => pairsFor(arms(12, () => identity)),
      'the arm hardly turned over the 12 pairs: at most by 0.0°, expected at least 15.0°',
    ],
    [
      'small turns',
      () => pairsFor(arms(12, (i) => about([1, i, -2], i))),
      'the arm hardly turned over the 12 pairs: at most by 11.0°',
    ],
    [
      'turns about the flange only',
      () => pairsFor(arms(12, (i) => about([0, 0, 1], 10 * i))),
      'the arm turned about one axis only over the 12 pairs: 51.',
    ],
    ['nothing but outliers', garbage, 'no calibration fits half of the 12 pairs'],
    [
      'the other mounting',
      () => examplePairs(new Random(4), 12, 'eye-in-hand').pairs,
      'no calibration fits half of the 12 pairs',
    ],
    [
      'a second axis that only a wrong pair has',
      () => {
        const pairs = pairsFor(arms(12, (i) => about([0, 0, 1], 10 * i)))
        const [eeInBase] = arms(1, () => about([1, 0, 0], 60)) as [Pose]
        return [...pairs, { eeInBase, markerInCamera: makePose([0.3, 0.3, 0.3]) }]
      },
      'one axis only over the 12 pairs whose turns the camera saw as the arm made them (of 13): 51.',
    ],
  ])('%s', ([, make, message]) => {
    const solve = () => solveHandEye(make(), { mounting: 'eye-to-hand' })
    expect(solve).toThrow(CalibrationError)
    expect(solve).toThrow(message)
  })

  test('the axis that everything turned about is named in the base', () => {
    const turned = pairsFor(arms(12, (i) => about([0, 0, 1], 10 * i)))
    // The hand points down: its z is the base's −z.
    expect(() => solveHandEye(turned, { mounting: 'eye-to-hand' })).toThrow(
      /about \[-?0\.00, -?0\.00, -?1\.00\] of the base/,
    )
  })

  test.for<[string, Pose]>([
    ['NaN', { position: [Number.NaN, 0, 0], orientation: [0, 0, 0, 1] }],
    ['a quaternion of another length', { position: [0, 0, 0], orientation: [0, 0, 0, 0] }],
  ])('%s is no pose', ([, markerInCamera]) => {
    const pairs = [...examplePairs(new Random(1), 4, 'eye-to-hand').pairs, { markerInCamera, eeInBase: identity }]
    expect(() => solveHandEye(pairs, { mounting: 'eye-to-hand' })).toThrow(
      'pair 4: markerInCamera: expected finite numbers and a quaternion [x, y, z, w] of length 1',
    )
  })
})

test('the Jacobian of a pair’s error agrees with finite differences', () => {
  const h = 1e-6
  const [error, markerInCamera]: [Twist, Pose] = [
    [0.02, -0.01, 0.03, 0.1, -0.2, 0.15],
    makePose([0.1, -0.2, 0.8], axisAngleToQuat([1, 2, 3], 2)),
  ]
  const columns = jacobianColumns(error, markerInCamera)
  for (let unknown = 0; unknown < 12; unknown++) {
    const step = (by: number): Twist => {
      const unit = [0, 1, 2, 3, 4, 5].map((i) => (i === unknown % 6 ? by : 0)) as Twist
      const middle = compose(expPose(error), invert(markerInCamera))
      return logPose(
        unknown < 6
          ? compose(compose(middle, expPose(unit)), markerInCamera)
          : compose(invert(expPose(unit)), expPose(error)),
      )
    }
    const [up, down] = [step(h), step(-h)]
    columns[unknown]?.forEach((value, row) => {
      expect(value).toBeCloseTo(((up[row] as number) - (down[row] as number)) / (2 * h), 6)
    })
  }
})

test('the mean of two poses is half-way between them', () => {
  const [a, b] = [makePose([0, 0, 0]), expPose([0.2, 0, 0.1, 0, 0, 1])]
  expectNear(meanPose([a, b]), expPose([0.1, 0, 0.05, 0, 0, 0.5]), 1e-12, 1e-7)
})
