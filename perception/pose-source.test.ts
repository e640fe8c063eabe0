import { describe, expect, it } from 'vitest'
import { axisAngleToQuat, makePose, type Pose } from '../geometry/index.ts'
import { Random } from '../tensor/random.ts'
import { filtered } from './filtered-poses.ts'
import { findNoise, SimulatedTracker } from './pose-noise.ts'
import { LatestPoses, type TrackedPose } from './pose-source.ts'
import { recordedPoses } from './recorded-poses.ts'
import { SimulatedPoses } from './simulated-poses.ts'

const at = (x: number, yaw = 0): Pose => makePose([x, 0, 0.5], axisAngleToQuat([0, 0, 1], yaw))
const seen = (x: number, stamp: number, confidence = 1): TrackedPose => ({ pose: at(x), stamp, confidence })

describe('poses that arrive as messages', () => {
  it('are there once both objects were reported, and only the last of each is kept', () => {
    const poses = new LatestPoses()
    expect(poses.latest()).toBeUndefined()
    poses.report('source', seen(1, 0))
    expect(poses.latest()).toBeUndefined()
    poses.report('target', seen(5, 0.01))
    poses.report('source', seen(2, 0.02))
    poses.report('source', seen(3, 0.03))
    expect(poses.latest()).toEqual({ source: seen(3, 0.03), target: seen(5, 0.01) })
    expect(poses.latest()).toEqual({ source: seen(3, 0.03), target: seen(5, 0.01) })
  })
})

describe('recorded poses', () => {
  const frames = [10, 10.1, 10.3].map((stamp, k) => ({ stamp, sourceInCamera: at(k), targetInCamera: at(5) }))

  it('come by their stamps on the clock of whoever plays them, and the last stays', () => {
    let now = 2
    const poses = recordedPoses(frames, () => now)
    const when = (time: number) => {
      now = time
      const { source, target } = poses.latest() ?? {}
      return [source?.pose.position[0], source?.stamp, target?.pose.position[0], source?.confidence]
    }
    const frame = (x: number, stamp: number) => [x, expect.closeTo(stamp, 12), 5, 1]
    expect(when(2)).toEqual(frame(0, 2))
    expect(when(2.09)).toEqual(frame(0, 2))
    expect(when(2.11)).toEqual(frame(1, 2.1))
    expect(when(2.5)).toEqual(frame(2, 2.3))
    expect(when(9)).toEqual(frame(2, 2.3))
  })

  it('may start later, and skip frames when nobody asks', () => {
    let now = 0
    const poses = recordedPoses(frames, () => now, 1)
    expect(poses.latest()).toBeUndefined()
    now = 1.31
    expect(poses.latest()?.source.pose).toEqual(at(2))
  })

  it('need frames, in order', () => {
    expect(() => recordedPoses([], () => 0)).toThrow(/at least one frame/)
    expect(() => recordedPoses([...frames].reverse(), () => 0)).toThrow(/increase, got frame 1/)
  })
})

describe('simulated poses', () => {
  const CENTRE = [0, 0, 0.025] as [number, number, number]
  const take = (poses: SimulatedPoses, stamp: number, close = false) =>
    poses.take({ stamp, sourceInCamera: at(stamp), targetInCamera: at(5), close })

  it('are what the tracker makes of the truth, and arrive after its latency', () => {
    let now = 0
    const noise = findNoise('tracker')
    const poses = new SimulatedPoses(new SimulatedTracker(noise, CENTRE, new Random(1)), noise, () => now)
    const twin = new SimulatedTracker(noise, CENTRE, new Random(1))
    take(poses, 0)
    expect(poses.latest()).toBeUndefined()
    now = 1 / 30
    take(poses, now)
    const first = { pose: twin.distort(at(0)), stamp: 0, confidence: 1 }
    expect(poses.latest()).toEqual({ source: first, target: seen(5, 0) })
    now = 2 / 30
    expect(poses.latest()?.source).toEqual({ pose: twin.distort(at(1 / 30)), stamp: 1 / 30, confidence: 1 })
  })

  it('keep the last pose and its stamp, without confidence, while the source is lost', () => {
    let now = 0
    const noise = { ...findNoise('none'), dropout: { rate: 1e9, duration: 1e9 } }
    const poses = new SimulatedPoses(new SimulatedTracker(noise, CENTRE, new Random(1)), noise, () => now)
    take(poses, 0)
    now = 1
    take(poses, 1, true)
    const { source, target } = poses.latest() ?? {}
    expect([source?.stamp, source?.confidence, source?.pose.position[0]]).toEqual([0, 0, 0])
    expect([target?.stamp, target?.confidence]).toEqual([1, 1])
  })
})

describe('filtered poses', () => {
  it('hold what was last believed through a NaN, an outlier and silence, with less and less confidence', () => {
    let now = 0
    const raw = new LatestPoses()
    const poses = filtered(raw, { now: () => now, gate: { freshFor: 0.1, forgottenAfter: 0.3 } })
    expect(poses.latest()).toBeUndefined()
    raw.report('source', seen(0.01, 0))
    raw.report('target', seen(0, 0))
    expect(poses.latest()).toEqual({ source: seen(0.01, 0), target: seen(0, 0) })
    now = 0.05
    raw.report('source', {
      pose: { position: [Number.NaN, 0, 0], orientation: [0, 0, 0, 1] },
      stamp: now,
      confidence: 1,
    })
    expect(poses.latest()?.source).toEqual(seen(0.01, 0))
    now = 0.1
    raw.report('source', seen(0.5, now))
    expect(poses.latest()?.source).toEqual(seen(0.01, 0))
    now = 0.2
    // Half-way from 0.1 to 0.3 s.
    expect(poses.latest()?.source.confidence).toBeCloseTo(0.5, 12)
    raw.report('source', seen(0.011, now))
    expect(poses.latest()?.source).toEqual(seen(0.011, 0.2))
    expect(poses.latest()?.target.confidence).toBeCloseTo(0.5, 12)
  })
})
