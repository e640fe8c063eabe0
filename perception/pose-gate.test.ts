import { describe, expect, it } from 'vitest'
import { axisAngleToQuat, makePose, type Pose } from '../geometry/index.ts'
import { PoseGate } from './pose-gate.ts'

const FRAME = 1 / 30
const at = (x: number, yaw = 0): Pose => makePose([x, 0, 0.5], axisAngleToQuat([0, 0, 1], yaw))
const report = (pose: Pose, stamp: number, confidence = 1) => ({ pose, stamp, confidence })
/** Looks at a report at the moment of its stamp. */
const see = (gate: PoseGate, pose: Pose, stamp: number, confidence = 1) =>
  gate.update(report(pose, stamp, confidence), stamp)

describe('the gate', () => {
  it('believes a part that moves, and passes on what was reported', () => {
    const gate = new PoseGate()
    for (let k = 0; k < 30; k++) expect(see(gate, at(0.2 * FRAME * k), k * FRAME)).toBe('believed')
    expect(gate.latest(29 * FRAME)).toEqual(report(at(0.2 * FRAME * 29), 29 * FRAME))
  })

  it('rejects a report that lies too far off, in place or in turn, and goes on with the next good one', () => {
    const gate = new PoseGate()
    see(gate, at(0), 0)
    see(gate, at(0), FRAME)
    // The gate is 4 mm + 0.1 m/s · 33 ms = 7.3 mm and 0.07 + 1 · 0.033 = 0.103 rad.
    expect(see(gate, at(0.008), 2 * FRAME)).toBe('outlier')
    expect(gate.latest(2 * FRAME)?.pose).toEqual(at(0))
    // Twice the time, counted from what was believed: 10.7 mm and 0.137 rad.
    expect(see(gate, at(0, 0.14), 3 * FRAME)).toBe('outlier')
    expect(see(gate, at(0.001, 0.01), 4 * FRAME)).toBe('believed')
    expect(gate.latest(4 * FRAME)).toEqual(report(at(0.001, 0.01), 4 * FRAME))
  })

  it('holds a report against the motion, not against the last place', () => {
    for (const [prediction, verdict] of [
      ['velocity', 'believed'],
      ['last', 'outlier'],
    ] as const) {
      const gate = new PoseGate({ prediction, translationRate: 0 })
      see(gate, at(0), 0)
      see(gate, at(0.0035), FRAME)
      // 3.5 mm a frame: 10.5 mm is where it should be two frames later, 7 mm from where it was.
      expect(see(gate, at(0.0105), 3 * FRAME)).toBe(verdict)
    }
  })

  it('continues no motion beyond its horizon', () => {
    const gate = new PoseGate({ horizon: 0.1, translationRate: 0 })
    see(gate, at(0), 0)
    see(gate, at(0.003), 0.03)
    // 0.1 m/s for 0.1 s from 0.003: 0.013, whatever time has passed.
    expect(see(gate, at(0.0135), 1)).toBe('believed')
  })

  it('believes a jump after five reports that agree, and none of five that do not', () => {
    const gate = new PoseGate()
    const wild = new PoseGate()
    for (let k = 0; k < 3; k++) {
      see(gate, at(0), k * FRAME)
      see(wild, at(0), k * FRAME)
    }
    const verdicts = [3, 4, 5, 6, 7].map((k) => see(gate, at(0.1), k * FRAME))
    expect(verdicts).toEqual(['outlier', 'outlier', 'outlier', 'outlier', 'jump'])
    expect(gate.latest(7 * FRAME)?.pose).toEqual(at(0.1))
    // There is no speed of 0.1 m in five frames after it.
    expect(see(gate, at(0.1), 8 * FRAME)).toBe('believed')
    for (let k = 3; k < 10; k++) expect(see(wild, at(k % 2 === 0 ? 0.1 : -0.1), k * FRAME)).toBe('outlier')
  })

  it('forgets an outlier when a good report comes between', () => {
    const gate = new PoseGate({ jumpAfter: 2 })
    see(gate, at(0), 0)
    for (let k = 1; k < 10; k += 2) {
      expect(see(gate, at(0.1), k * FRAME)).toBe('outlier')
      expect(see(gate, at(0), (k + 1) * FRAME)).toBe('believed')
    }
  })

  it('opens with time, so that it cannot stay shut on a part that never agrees with itself', () => {
    const gate = new PoseGate()
    see(gate, at(0), 0)
    // 4 mm + 0.1 m/s · 1 s = 104 mm
    expect(see(gate, at(0.1), 1)).toBe('believed')
  })

  it('lets through no NaN, no quaternion that is none, no stamp from the future', () => {
    const gate = new PoseGate()
    see(gate, at(0), 0)
    const nan: Pose = { position: [0, Number.NaN, 0], orientation: [0, 0, 0, 1] }
    const zero: Pose = { position: [0, 0, 0.5], orientation: [0, 0, 0, 0] }
    const unknown: Pose = { position: [0, 0, 0.5], orientation: [Number.NaN, 0, 0, 1] }
    for (const pose of [nan, zero, unknown]) expect(see(gate, pose, FRAME)).toBe('invalid')
    expect(gate.update(report(at(0), 1000), 2 * FRAME)).toBe('invalid')
    expect(see(gate, at(0), Number.NaN)).toBe('invalid')
    expect(see(gate, at(0), FRAME, Number.NaN)).toBe('invalid')
    expect(see(gate, at(0.001), 3 * FRAME)).toBe('believed')
  })

  it('looks at no report twice, at none that is older, and at none of little confidence', () => {
    const gate = new PoseGate({ leastConfidence: 0.3 })
    see(gate, at(0), 1)
    expect(see(gate, at(0), 1)).toBe('old')
    expect(see(gate, at(0), 0.9)).toBe('old')
    expect(see(gate, at(0), 1 + FRAME, 0.2)).toBe('unsure')
    expect(see(new PoseGate({ leastConfidence: 0 }), at(0), 1, 0)).toBe('unsure')
    expect(see(gate, at(0), 1 + 2 * FRAME, 0.3)).toBe('believed')
  })

  it('begins anew when the clock was set back, and until then does not trust what it believes', () => {
    const gate = new PoseGate()
    see(gate, at(0), 100)
    expect(gate.latest(99.95)?.confidence).toBe(1)
    expect(gate.latest(99.8)?.confidence).toBe(0)
    expect(see(gate, at(0), 99.1)).toBe('old')
    // Elsewhere by now: nothing of before says where it should be.
    expect(see(gate, at(0.3), 50)).toBe('believed')
    expect(see(gate, at(0.6), 50 + FRAME)).toBe('outlier')
    expect(gate.latest(50 + FRAME)).toEqual(report(at(0.3), 50))
  })

  it('lets confidence fade with age', () => {
    const gate = new PoseGate({ freshFor: 0.2, forgottenAfter: 0.6 })
    expect(gate.latest(0)).toBeUndefined()
    see(gate, at(0), 1, 0.8)
    expect(gate.latest(1.2)?.confidence).toBeCloseTo(0.8, 12)
    // A quarter of the way from 0.2 to 0.6 s: three quarters of 0.8 are left.
    expect(gate.latest(1.3)?.confidence).toBeCloseTo(0.6, 12)
    expect(gate.latest(1.6)?.confidence).toBe(0)
    expect(gate.latest(99)).toEqual(report(at(0), 1, 0))
  })

  it('has strict options', () => {
    expect(() => new PoseGate({ jump: 3 } as object)).toThrow(/jump/)
    expect(() => new PoseGate({ translationM: 0 })).toThrow(/translationM/)
  })
})
