// Which pairs to believe in hand–eye calibration.
//
// Three pairs determine a calibration; many threes are drawn, and the one is kept whose median error over all pairs is
// least (least median of squares, Rousseeuw 1984: RANSAC that needs no threshold), bettered by fits to the half of
// the pairs that agree with it best. What fits half of the pairs also tells how well pairs fit; those far worse are out.
// Of few pairs more than half have to agree, because almost anything can be found that three of five agree on.
import type { Random } from '../tensor/random.ts'
import { closedFormHandEye } from './hand-eye-closed-form.ts'
import { CalibrationError, isExcited, LEAST_PAIRS } from './hand-eye-excitation.ts'
import { fitHandEye, type HandEyeWeights, weightedSquare } from './hand-eye-fit.ts'
import { type LoopPair, type LoopPoses, loopError, rotationOf, translationOf } from './hand-eye-loop.ts'

const DRAWS = 300
/** Of the best draws, how many are bettered; and how often. */
const BETTERED = 5
const ROUNDS = 3

/** At least so many pairs must agree, or all but one of fewer … */
const LEAST_AGREEING = 5
/** … and more than half of many. */
const quorum = (count: number): number =>
  Math.max(LEAST_PAIRS, Math.min(count - 1, LEAST_AGREEING), Math.floor(count / 2) + 1)

/** Medians and 99.9 % quantiles of χ² with three degrees of freedom: of |v|² and |ω|² for deviations of 1 per axis. */
const CHI2_MEDIAN = 2.366
const CHI2_MOST = 16.27

/** However well the rest fits, a pair is no outlier below these deviations per axis, m and rad: arms are no better. */
const LEAST_NOISE: HandEyeWeights = { translation: 2e-5, rotation: 2e-4 }

/** A calibration that most pairs agree with. Throws a CalibrationError if no three pairs can be calibrated from. */
export function consensus(pairs: readonly LoopPair[], weights: HandEyeWeights, random: Random): LoopPoses {
  const scored = (poses: LoopPoses) => ({ poses, score: quorumSquare(pairs, poses, weights) })
  const drawn = []
  for (let draw = 0; draw < DRAWS; draw++) {
    const three = [...random.permutation(pairs.length).slice(0, LEAST_PAIRS)].map((i) => pairs[i] as LoopPair)
    if (isExcited(three.map(({ mountInHolder }) => mountInHolder))) drawn.push(scored(closedFormHandEye(three)))
  }
  if (drawn.length === 0) {
    throw new CalibrationError(
      'hardly any of the poses is turned against the others; record poses that are turned by 30° and more against each ' +
        'other, about two axes',
    )
  }
  return drawn
    .sort((a, b) => a.score - b.score)
    .slice(0, BETTERED)
    .map((start) => {
      let at = start
      for (let round = 0; round < ROUNDS; round++) {
        const half = best(pairs, at.poses, weights).map(({ pair }) => pair)
        if (!isExcited(half.map(({ mountInHolder }) => mountInHolder))) break
        const next = scored(fitHandEye(half, at.poses, weights))
        if (!(next.score < at.score)) break
        at = next
      }
      return at
    })
    .reduce((a, b) => (b.score < a.score ? b : a)).poses
}

/** Deviations per axis, m and rad, of most pairs from a calibration, whatever the others do. */
export function robustNoise(pairs: readonly LoopPair[], poses: LoopPoses): HandEyeWeights {
  const errors = pairs.map((pair) => loopError(pair, poses))
  // The fit itself takes up some of few pairs' errors (Rousseeuw & Leroy 1987); two pairs could always be fitted.
  const few = 1 + 5 / Math.max(1, pairs.length - 2)
  const noise = (of: (error: (typeof errors)[number]) => number) =>
    few * Math.sqrt(median(errors.map((error) => of(error) ** 2)) / CHI2_MEDIAN)
  return { translation: noise(translationOf), rotation: noise(rotationOf) }
}

/** Whether each pair is within what 999 of 1000 would be within, by translation and by rotation. */
export function agreeing(pairs: readonly LoopPair[], poses: LoopPoses): boolean[] {
  const noise = robustNoise(pairs, poses)
  const most = (kind: keyof HandEyeWeights) => Math.sqrt(CHI2_MOST) * Math.max(noise[kind], LEAST_NOISE[kind])
  return pairs.map((pair) => {
    const error = loopError(pair, poses)
    return translationOf(error) <= most('translation') && rotationOf(error) <= most('rotation')
  })
}

interface Judged {
  pair: LoopPair
  square: number
}

/** The pairs that agree best with a calibration, as many as have to. */
function best(pairs: readonly LoopPair[], poses: LoopPoses, weights: HandEyeWeights): Judged[] {
  return pairs
    .map((pair) => ({ pair, square: weightedSquare(loopError(pair, poses), weights) }))
    .sort((a, b) => a.square - b.square)
    .slice(0, quorum(pairs.length))
}

/** How badly the worst of them agrees. */
const quorumSquare = (pairs: readonly LoopPair[], poses: LoopPoses, weights: HandEyeWeights): number =>
  best(pairs, poses, weights).at(-1)?.square ?? Number.POSITIVE_INFINITY

/** The upper one of two in the middle: more than half of the values are no larger. */
function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}
