import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makePose, type Pose, poseDistance, type Quat, rotationVectorToQuat, type Vec3 } from '../geometry/index.ts'
import { decodePose9, encodePose9, fitNormalizer, Normalizer } from './normalizer.ts'

const number = (least: number, most: number) => fc.double({ min: least, max: most, noNaN: true })
const vector = fc.tuple(number(-0.5, 0.5), number(-0.5, 0.5), number(-0.5, 0.5))
const pose: fc.Arbitrary<Pose> = fc
  .tuple(vector, fc.tuple(number(-1, 1), number(-1, 1), number(-1, 1), number(-1, 1)))
  .filter(([, q]) => Math.hypot(...q) > 1e-2)
  .map(([position, q]) => makePose(position as Vec3, q as Quat))
const poses = fc.array(pose, { minLength: 1, maxLength: 6 })

function encode(normalizer: Normalizer, given: Pose): Float32Array {
  const out = new Float32Array(9)
  encodePose9(normalizer, given, out)
  return out
}

describe('fitting', () => {
  it('maps the box of the demonstrations to ±1, axis by axis', () => {
    const low = makePose([-0.1, 0.2, 0])
    const high = makePose([0.3, 0.3, 0.5])
    // centre (low + high)/2, scale (high − low)/2
    const normalizer = fitNormalizer([low, makePose([0.1, 0.25, 0.1]), high], 1)
    for (const [axis, value] of [0.1, 0.25, 0.25].entries()) expect(normalizer.centre[axis]).toBeCloseTo(value, 12)
    for (const [axis, value] of [0.2, 0.05, 0.25].entries()) expect(normalizer.scale[axis]).toBeCloseTo(value, 12)
    expect([...encode(normalizer, low).slice(0, 3)]).toEqual([-1, -1, -1])
    expect([...encode(normalizer, high).slice(0, 3)]).toEqual([1, 1, 1])
  })

  it('with a margin of 2, leaves the demonstrations within ±1/2', () => {
    const ends = [makePose([-0.1, 0, 0]), makePose([0.3, 0.2, 0.5])] as const
    const normalizer = fitNormalizer(ends, 2)
    for (const x of encode(normalizer, ends[1]).slice(0, 3)) expect(x).toBeCloseTo(0.5, 6)
  })

  it('scales an axis on which nothing differs as if it were 2 mm wide', () => {
    const normalizer = fitNormalizer([makePose([0.1, 0, 0.3]), makePose([0.1, 0.0004, 0.5])], 1)
    expect(normalizer.scale[0]).toBe(1e-3)
    expect(normalizer.scale[1]).toBe(1e-3)
    expect(normalizer.scale[2]).toBeCloseTo(0.1, 12)
  })

  it('keeps every demonstration within ±1/margin', () => {
    fc.assert(
      fc.property(poses, fc.constantFrom(1, 1.5, 4), (given, margin) => {
        const normalizer = fitNormalizer(given, margin)
        expect(Normalizer.safeParse(normalizer).success).toBe(true)
        for (const one of given) {
          for (const x of encode(normalizer, one).slice(0, 3))
            expect(Math.abs(x)).toBeLessThanOrEqual(1 / margin + 1e-6)
        }
      }),
    )
  })

  it('needs a pose', () => {
    expect(() => fitNormalizer([], 1)).toThrow(new RangeError('expected at least one pose to fit the normaliser to'))
  })
})

describe('a pose as 9 numbers', () => {
  const normalizer: Normalizer = { centre: [0.1, 0, -0.2], scale: [0.1, 0.5, 0.2] }

  it('is the scaled translation and the first two columns of the rotation', () => {
    // A quarter turn about z takes x to y and y to −x.
    const turned = makePose([0.2, 0.25, 0], rotationVectorToQuat([0, 0, Math.PI / 2]))
    // (0.2 − 0.1)/0.1, 0.25/0.5, (0 + 0.2)/0.2
    const expected = [1, 0.5, 1, 0, 1, 0, -1, 0, 0]
    for (const [i, x] of encode(normalizer, turned).entries()) expect(x).toBeCloseTo(expected[i] as number, 6)
  })

  it('comes back as the same pose', () => {
    fc.assert(
      fc.property(pose, poses, (one, demonstrations) => {
        const fitted = fitNormalizer(demonstrations, 2)
        const { translation, rotation } = poseDistance(decodePose9(fitted, encode(fitted, one)), one)
        // Float32 keeps 24 bits of a number of up to 1 m / 1 mm = 10³ scales: 10³ · 1 mm / 2²⁴ = 6e-8 m.
        expect(translation).toBeLessThan(2e-7)
        expect(rotation).toBeLessThan(1e-6)
      }),
    )
  })

  it('is written and read at an offset, and nowhere else', () => {
    const given = makePose([0.05, 0.1, 0.2], rotationVectorToQuat([0.3, 0.2, 0.1]))
    const numbers = new Float32Array(20).fill(7)
    encodePose9(normalizer, given, numbers, 9)
    expect([...numbers.slice(0, 9), ...numbers.slice(18)]).toEqual(new Array(11).fill(7))
    expect(numbers.slice(9, 18)).toEqual(encode(normalizer, given))
    expect(poseDistance(decodePose9(normalizer, numbers, 9), given).translation).toBeLessThan(1e-7)
  })

  it('is a rotation by Gram–Schmidt, whatever the network says', () => {
    // x of length 3; y leans by 0.5 towards x, which is taken off
    const answer = Float32Array.of(0, 0, 0, 0, 3, 0, -2, 0.5, 0)
    const { orientation } = decodePose9(normalizer, answer)
    const quarter = { position: [0, 0, 0] as Vec3, orientation: rotationVectorToQuat([0, 0, Math.PI / 2]) }
    expect(poseDistance({ position: [0, 0, 0], orientation }, quarter).rotation).toBeLessThan(1e-7)
  })
})
