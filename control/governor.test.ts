import { describe, expect, test } from 'vitest'
import { axisAngleToQuat, identityPose, makePose, type Pose, poseDistance, type Vec3 } from '../geometry/index.ts'
import { exampleLimits as limits } from './example-limits.ts'
import { Governor, HARD_STOP } from './governor.ts'
import type { Limits } from './limits.ts'
import type { Observation } from './robot.ts'

const START = makePose([0.5, 0, 0.2])
const FREE = makePose([0, 0, 0.2])
const IN_CONTACT = makePose([0, 0, 0])
const INTERVAL = 1 / 50
const NONSENSE: Pose = { position: [Number.NaN, 0, 0.2], orientation: [0, 0, 0, 1] }

const moved = (x: number, y = 0, z = 0): Pose => makePose([0.5 + x, y, 0.2 + z])
const turned = (angle: number): Pose => makePose(START.position, axisAngleToQuat([0, 0, 1], angle))

/** What differs from an arm that follows at once, sees all, and plans all the time. */
interface Situation {
  wanted: Pose
  eeInBase?: Pose
  sourceInTarget?: Pose
  force?: Vec3
  /** s: of the observation, the part's pose and the plan; and of the call after the last */
  age?: number
  poseAge?: number
  planAge?: number
  elapsed?: number
  sourceInCamera?: Pose
}

/** A governor and its arm, at `START` and past its creeping start. */
class Bench {
  readonly governor: Governor
  command: Pose
  time = 0
  /** of the last call */
  kinds: string[] = []
  speed: number | undefined
  messages: string[] = []

  constructor(options: Partial<Limits> = {}, start: Pose = START) {
    this.governor = new Governor({ ...limits, ...options })
    this.command = start
    for (let tick = 0; tick < 3; tick++) this.call({ wanted: start })
  }

  call(situation: Situation): Pose {
    const { wanted, sourceInTarget = FREE, eeInBase = this.command, force = [0, 0, 0] as Vec3 } = situation
    const { age = 0, poseAge = 0, planAge = 0, elapsed = INTERVAL } = situation
    const now = this.time + elapsed
    if (Number.isFinite(now)) this.time = now
    const seen = { pose: identityPose(), stamp: now - poseAge, confidence: 1 }
    const observation: Observation = {
      stamp: now - age,
      source: { ...seen, pose: situation.sourceInCamera ?? seen.pose },
      target: seen,
      eeInBase,
      wrench: { force, torque: [0, 0, 0] },
    }
    const request = { wanted, observation, sourceInTarget, now, plannedAt: now - planAge }
    const { eeInBase: command, interventions, speed } = this.governor.guard(request)
    this.speed = speed
    this.kinds = interventions.map(({ kind }) => kind)
    this.messages = interventions.map(({ message }) => message)
    this.command = command
    return command
  }

  /** Calls for so many seconds; the fastest it went, m/s. */
  callFor(seconds: number, situation: Situation): number {
    let fastest = 0
    for (let left = Math.round(seconds / INTERVAL); left > 0; left--) {
      const before = this.command
      const { translation } = poseDistance(before, this.call(situation))
      fastest = Math.max(fastest, translation / INTERVAL)
    }
    return fastest
  }
}

describe('a wish', () => {
  test('within all limits goes through as it is', () => {
    const bench = new Bench()
    // 0.4 mm in 20 ms from rest: 20 mm/s, 1 m/s² would be 20 mm/s more; jerk 50 m/s³ is too much, so slower: 0.1 mm.
    for (const [x, kinds] of [
      [0.0001, []],
      [0.0003, []],
      [0.0005, []],
    ] as const) {
      expect(bench.call({ wanted: moved(x) })).toEqual(moved(x))
      expect(bench.kinds).toEqual(kinds)
    }
  })

  test('that leaps is approached at full speed, and reached', () => {
    const bench = new Bench()
    const fastest = bench.callFor(3, { wanted: moved(0.15) })
    expect(fastest).toBeGreaterThan(0.095)
    expect(fastest).toBeLessThanOrEqual(0.1 * (1 + 1e-9))
    expect(bench.command.position).toEqual(moved(0.15).position)
    expect(bench.kinds).toEqual([])
    expect([...bench.governor.counts.keys()]).toContain('speed')
  })

  test('outside the workspace is followed to its edge', () => {
    const bench = new Bench({}, makePose([0.7, 0, 0.2]))
    bench.callFor(3, { wanted: makePose([1.5, 0.1, 0.2]) })
    expect(bench.command.position[0]).toBe(0.8)
    expect(bench.command.position[1]).toBeCloseTo(0.1, 9)
    expect(bench.messages).toEqual(['[1.500, 0.100, 0.200] m is outside'])
  })

  test('that tilts too far is followed to the edge of the cone', () => {
    const bench = new Bench()
    bench.callFor(3, { wanted: makePose(START.position, axisAngleToQuat([1, 0, 0], 1.2)) })
    const { rotation } = poseDistance(bench.command, START)
    expect(rotation).toBeLessThanOrEqual(0.5 + 1e-9)
    expect(rotation).toBeGreaterThan(0.499)
    expect(bench.messages).toEqual(['tilted by 68.8°, limit 28.6°'])
  })

  test('is followed no further than the reach ahead of an end effector that is stuck', () => {
    const bench = new Bench()
    let furthest = 0
    for (let tick = 0; tick < 200; tick++) {
      bench.call({ wanted: makePose([0.7, 0, 0.2], axisAngleToQuat([0, 0, 1], 1)), eeInBase: START })
      furthest = Math.max(furthest, poseDistance(bench.command, START).translation)
    }
    expect(furthest).toBeLessThanOrEqual(0.02 + 1e-9)
    const { translation, rotation } = poseDistance(bench.command, START)
    expect(translation).toBeGreaterThan(0.0199)
    expect(rotation).toBeGreaterThan(0.099)
    expect(rotation).toBeLessThanOrEqual(0.1 + 1e-9)
    expect(bench.messages).toEqual(['20.0 mm and 5.7° ahead of the end effector, limit 20.0 mm and 5.7°'])
  })

  test('after an end effector that was carried off is brought back to it within the limits', () => {
    const bench = new Bench()
    const away = moved(0.1)
    let fastest = 0
    for (let tick = 0; tick < 100; tick++) {
      const before = bench.command
      bench.call({ wanted: START, eeInBase: away })
      fastest = Math.max(fastest, poseDistance(before, bench.command).translation / INTERVAL)
    }
    expect(fastest).toBeLessThanOrEqual(0.1 * (1 + 1e-9))
    expect(bench.command.position[0]).toBeCloseTo(0.58, 3)
    expect(bench.kinds).toEqual(['reach'])
  })
})

describe('where contact is to be expected', () => {
  test('commands are slow', () => {
    const bench = new Bench()
    expect(bench.callFor(1, { wanted: moved(0.1), sourceInTarget: IN_CONTACT })).toBeLessThanOrEqual(0.01 * (1 + 1e-9))
    expect(bench.command.position[0]).toBeGreaterThan(0.508)
    expect(bench.kinds).toContain('contact')
  })

  test('is everywhere when nobody knows where', () => {
    const bench = new Bench()
    const fastest = bench.callFor(1, { wanted: moved(0.1), sourceInTarget: NONSENSE })
    expect(fastest).toBeLessThanOrEqual(0.01 * (1 + 1e-9))
  })

  test('a part that flies in has braked before', () => {
    const bench = new Bench()
    let [fastest, inZone] = [0, 0]
    for (let tick = 0; tick < 150; tick++) {
      // The part hangs on the command, and starts 60 mm above the mouth.
      const height = 0.06 + bench.command.position[2] - START.position[2]
      const before = bench.command
      bench.call({ wanted: moved(0, 0, -0.08), sourceInTarget: makePose([0, 0, height]) })
      const speed = poseDistance(before, bench.command).translation / INTERVAL
      fastest = Math.max(fastest, speed)
      if (height < 0.01) inZone = Math.max(inZone, speed)
    }
    expect(fastest).toBeGreaterThan(0.08)
    expect(inZone).toBeGreaterThan(0.005)
    expect(inZone).toBeLessThanOrEqual(0.01 * (1 + 1e-9))
  })
})

describe('creep', () => {
  test('is how the first target is approached, until it is near', () => {
    const governor = new Bench()
    governor.governor.stop('test')
    governor.call({ wanted: START })
    governor.governor.rearm()
    // 30 mm at 20 mm/s: 25 mm of creeping take 1.25 s.
    expect(governor.callFor(1.2, { wanted: moved(0.03) })).toBeLessThanOrEqual(0.02 * (1 + 1e-9))
    expect(governor.kinds).toContain('creep')
    governor.callFor(1, { wanted: moved(0.03) })
    expect(governor.command.position[0]).toBe(0.53)
    expect(governor.callFor(1, { wanted: moved(0) })).toBeGreaterThan(0.04)
  })
})

test('it tells how fast the arm may be where it is, and after a hold how fast it was', () => {
  const governor = new Bench()
  governor.call({ wanted: moved(0.001) })
  expect(governor.speed).toBe(0.1)
  governor.call({ wanted: moved(0.001), sourceInTarget: IN_CONTACT })
  expect(governor.speed).toBe(0.01)
  governor.governor.stop('test')
  governor.call({ wanted: moved(0.001), sourceInTarget: IN_CONTACT })
  expect(governor.speed).toBe(0.01)
  governor.governor.rearm()
  governor.call({ wanted: moved(0.03) })
  governor.call({ wanted: moved(0.03) })
  expect(governor.speed).toBe(0.02)
})

describe('a hold', () => {
  test.each<[string, string, Partial<Situation>]>([
    ['an old observation', 'stale', { age: 0.21 }],
    ['an observation of the future', 'stale', { age: -0.1 }],
    ['an observation without a stamp', 'stale', { age: Number.NaN }],
    ['an old plan', 'plan', { planAge: 1.1 }],
    ['a plan without a stamp', 'plan', { planAge: Number.NaN }],
    ['a wish that is none', 'invalid', { wanted: NONSENSE }],
    ['a quaternion of length 2', 'invalid', { wanted: { position: [0.5, 0, 0.2], orientation: [0, 0, 0, 2] } }],
    ['a quaternion of no length', 'invalid', { wanted: { position: [0.5, 0, 0.2], orientation: [0, 0, 0, 0] } }],
    ['an end effector that is nowhere', 'invalid', { eeInBase: NONSENSE }],
    ['a part that jumps', 'jump', { sourceInCamera: makePose([0.2, 0, 0]) }],
  ])('for %s is at rest within 60 ms, and says why', (_, kind, trouble) => {
    const bench = new Bench()
    bench.callFor(1, { wanted: moved(0.2) })
    const before = bench.command
    for (let tick = 0; tick * INTERVAL < HARD_STOP - 1e-9; tick++) bench.call({ wanted: moved(0.2), ...trouble })
    expect(bench.kinds).toEqual([kind])
    const held = bench.command
    // Full speed, and half the time: 0.1 m/s · 60 ms / 2.
    expect(poseDistance(before, held).translation).toBeLessThanOrEqual(0.003 + 1e-9)
    for (let tick = 0; tick < 10; tick++) expect(bench.call({ wanted: moved(0.2), ...trouble })).toEqual(held)
    // Two observations later everything is as before.
    if (kind === 'jump') return
    bench.callFor(1, { wanted: moved(0.2) })
    expect(poseDistance(held, bench.command).translation).toBeGreaterThan(0.05)
  })

  test('for a part that is lost begins when that is known, and ends when it is seen', () => {
    const bench = new Bench()
    const lost = { wanted: moved(0.2), poseAge: 0.6 }
    bench.callFor(0.48, lost)
    expect(bench.kinds).not.toContain('lost')
    bench.callFor(0.02 + HARD_STOP, lost)
    expect(bench.messages).toEqual(['the source not seen for 0.56 s, limit 0.5 s'])
    const held = bench.command
    for (let tick = 0; tick < 10; tick++) expect(bench.call(lost)).toEqual(held)
    bench.callFor(1, { wanted: moved(0.2) })
    expect(poseDistance(held, bench.command).translation).toBeGreaterThan(0.05)
  })

  test('for a part that jumped lasts until it is back, or somebody resumes', () => {
    const bench = new Bench()
    const jumped = { wanted: moved(0.1), sourceInCamera: makePose([0.2, 0, 0]) }
    bench.callFor(2, jumped)
    expect(bench.kinds).toEqual(['jump'])
    bench.governor.resume()
    bench.callFor(2, jumped)
    expect(bench.command.position[0]).toBeGreaterThan(0.53)
  })

  test('for a part that jumped a little further than it may does not wear off', () => {
    const bench = new Bench()
    const jumped = { wanted: moved(0.1), sourceInCamera: makePose([0.06, 0, 0]) }
    bench.callFor(3, jumped)
    expect(bench.kinds).toEqual(['jump'])
  })

  test('for a part that is lost comes as soon when the clock was set back', () => {
    const bench = new Bench()
    bench.callFor(0.5, { wanted: moved(0.2) })
    bench.call({ wanted: moved(0.2), elapsed: -60 })
    const lost = { wanted: moved(0.2), poseAge: 100 }
    bench.callFor(0.7, lost)
    expect(bench.kinds).toEqual(['lost'])
  })

  test('for a stop outlasts a rearming that never began, and meanwhile nothing is to be commanded', () => {
    const bench = new Bench()
    const { governor } = bench
    const away = { wanted: START, eeInBase: moved(0.1) }
    governor.stop('test')
    expect(governor.isSilent).toBe(true)
    bench.call(away)
    governor.rearm()
    const { command } = bench
    bench.call({ ...away, age: 1 })
    expect([governor.isSilent, bench.command]).toEqual([true, command])
    governor.stop('again')
    bench.callFor(0.5, away)
    expect(bench.command).toEqual(command)
    governor.rearm()
    bench.call(away)
    expect([governor.isSilent, bench.command]).toEqual([false, moved(0.1)])
  })

  test('that was needed for a moment is carried out, with its reason', () => {
    const bench = new Bench()
    bench.callFor(1, { wanted: moved(0.2) })
    bench.call({ wanted: moved(0.2), age: 1, elapsed: 0.01 })
    bench.call({ wanted: moved(0.2), elapsed: 0.01 })
    expect(bench.kinds).toEqual(['stale'])
  })
})

describe('too much force', () => {
  const pressed = { eeInBase: START, sourceInTarget: IN_CONTACT, wanted: moved(0, 0, -0.05) }

  test('makes it back off along where it came from, and hold', () => {
    const bench = new Bench()
    bench.callFor(0.6, pressed)
    const deepest = bench.command.position[2]
    expect(deepest).toBeLessThan(0.196)
    bench.callFor(0.02, { ...pressed, force: [0, 0, 30] })
    expect(bench.messages).toEqual(['30.0 N, limit 25 N: backs off 2.0 mm'])
    const fastest = bench.callFor(2, { ...pressed, force: [0, 0, 10] })
    expect(fastest).toBeLessThanOrEqual(0.01 * (1 + 1e-9))
    expect(bench.command.position[2] - deepest).toBeGreaterThan(0.0018)
    expect(bench.command.position[2] - deepest).toBeLessThan(0.0022)
    expect(bench.kinds).toEqual(['force'])
    bench.governor.resume()
    const held = bench.command
    bench.callFor(0.5, pressed)
    expect(bench.command.position[2]).toBeLessThan(held.position[2] - 0.002)
  })

  test('leaves no speed to an arm that lags behind, as long as making up for it would lead deeper', () => {
    const bench = new Bench()
    bench.callFor(0.6, pressed)
    expect(bench.speed).toBe(0.01)
    const hard = { ...pressed, force: [0, 0, 30] as Vec3 }
    bench.call(hard)
    expect(bench.speed).toBe(0)
    bench.callFor(0.3, hard)
    expect([bench.kinds, bench.speed]).toEqual([['force'], 0])
    // Deeper than the command, it is to come up.
    bench.callFor(0.1, { ...hard, eeInBase: moved(0, 0, -0.007) })
    expect(bench.speed).toBe(0.01)
    // Behind it, it is not to go down, though the wish is above both.
    bench.governor.resume()
    bench.callFor(0.1, { ...hard, wanted: moved(0, 0, 0.001) })
    expect([bench.kinds, bench.speed]).toEqual([['contact'], 0])
    bench.callFor(0.1, pressed)
    expect(bench.speed).toBe(0.01)
  })

  test.each([
    ['paused', (bench: Bench) => bench.governor.pause(), {}, ['pause', 'force']],
    ['held because the part is lost', () => {}, { poseAge: 3 }, ['lost', 'force']],
    ['held for want of a plan', () => {}, { planAge: 3 }, ['plan', 'force']],
  ] as const)('leaves none either to one that is %s and lags behind', (_, hold, situation, kinds) => {
    const bench = new Bench()
    bench.callFor(0.6, pressed)
    hold(bench)
    bench.callFor(0.5, { ...pressed, ...situation })
    expect([bench.kinds, bench.speed]).toEqual([kinds.slice(0, 1), 0.01])
    bench.call({ ...pressed, ...situation, force: [0, 0, 30] })
    expect([bench.kinds, bench.speed]).toEqual([kinds, 0])
  })

  test('stays where it was felt on an arm that is told velocities, however stiff what it meets', () => {
    const bench = new Bench()
    // The floor stands 5 mm below, and gives 20 N for each mm.
    const floor = START.position[2] - 0.005
    let z = START.position[2]
    let most = 0
    for (let tick = 0; tick < 4 / INTERVAL; tick++) {
      const force = Math.max(0, floor - z) * 20e3
      most = Math.max(most, force)
      const eeInBase = makePose([START.position[0], START.position[1], z], START.orientation)
      const felt = { eeInBase, sourceInTarget: IN_CONTACT, force: [0, 0, force] as Vec3 }
      const command = bench.call({ ...felt, wanted: moved(0, 0, -0.05) })
      const way = (command.position[2] - z) * 2
      z += Math.sign(way) * Math.min(Math.abs(way), bench.speed ?? 0) * INTERVAL
    }
    // Of 25 N: the arm goes 10 mm/s for one cycle more.
    expect(most).toBeGreaterThan(25)
    expect(most).toBeLessThanOrEqual(25 + 0.01 * INTERVAL * 20e3 + 1e-9)
  })

  test('does not keep it from coming back', () => {
    const bench = new Bench()
    bench.callFor(0.6, pressed)
    const { position } = bench.command
    bench.callFor(0.5, { ...pressed, wanted: START, force: [0, 0, 30] })
    expect(bench.command.position[2]).toBeGreaterThan(position[2])
    expect(bench.kinds).not.toContain('force')
  })

  test.each([0, 0.002])(
    'stops a command at full speed though the wish comes back to %f m, and lets it follow then',
    (left) => {
      const bench = new Bench()
      bench.callFor(1, { wanted: moved(0.2) })
      const contact = bench.command.position[0]
      // An arm that lags by 4 mm is blocked.
      const blocked = makePose([contact - 0.004, 0, 0.2])
      const felt = { eeInBase: blocked, wanted: makePose([contact - 0.004 + left, 0, 0.2]), force: [30, 0, 0] as Vec3 }
      let deepest = 0
      for (let time = 0; time < HARD_STOP - 1e-9; time += INTERVAL) {
        bench.call(felt)
        expect(bench.messages).toEqual(['30.0 N, limit 25 N'])
        deepest = Math.max(deepest, bench.command.position[0] - contact)
      }
      // Full speed, and half the time: 0.1 m/s · 60 ms / 2. Within the limits of acceleration and jerk it were 8 mm.
      expect(deepest).toBeLessThanOrEqual(0.003 + 1e-9)
      bench.callFor(1, felt)
      expect(bench.command.position).toEqual(felt.wanted.position)
    },
  )

  test('backs off as far as another limit lets it, and holds there', () => {
    // It came from outside the workspace, which begins at 0.2 m.
    const bench = new Bench({ retract: 0.005 }, makePose([0.195, 0, 0.2]))
    const wanted = makePose([0.22, 0, 0.2])
    bench.callFor(0.4, { wanted, sourceInTarget: IN_CONTACT })
    while (bench.command.position[0] < 0.201) bench.call({ wanted, sourceInTarget: IN_CONTACT })
    bench.callFor(0.06, { wanted, sourceInTarget: IN_CONTACT, force: [30, 0, 0] })
    bench.callFor(1.6, { wanted, sourceInTarget: IN_CONTACT })
    expect(bench.command.position[0]).toBeCloseTo(0.2, 6)
    expect(bench.messages[0]).toContain('holds until the wish comes back')
    bench.call({ wanted: bench.command, sourceInTarget: IN_CONTACT })
    expect(bench.kinds).toEqual([])
  })

  test('lets nothing go deeper to where the workspace moves a wish that is less deep', () => {
    const bench = new Bench({}, makePose([0.8, 0.005, 0.2]))
    // The end effector was pushed out by 10 mm. The wish is √(5² + 9²) = 10.3 mm from it, but √(10² + 9²) = 13.5 mm inside.
    const [eeInBase, wanted] = [makePose([0.81, 0, 0.2]), makePose([0.815, 0.009, 0.2])]
    bench.callFor(1, { wanted, eeInBase, force: [30, 0, 0] })
    expect(poseDistance(bench.command, eeInBase).translation).toBeLessThanOrEqual(Math.hypot(0.01, 0.005) + 1e-9)
    expect(bench.messages).toContain('30.0 N, limit 25 N')
    bench.callFor(1, { wanted, eeInBase })
    expect(bench.command.position).toEqual([0.8, 0.009, 0.2])
  })
})

describe('time', () => {
  test('that does not pass moves nothing', () => {
    const bench = new Bench()
    bench.callFor(0.5, { wanted: moved(0.2) })
    const { command } = bench
    expect(bench.call({ wanted: moved(0.2), elapsed: 0 })).toEqual(command)
    expect(bench.call({ wanted: turned(0.1), elapsed: 0 })).toEqual(command)
  })

  test.each([
    ['is not a number', Number.NaN, 'the clock says NaN s'],
    ['runs back', -3, 'the clock ran back by 3.000 s'],
  ])('that %s moves nothing, and is survived', (_, elapsed, message) => {
    const bench = new Bench()
    bench.callFor(0.5, { wanted: moved(0.2) })
    const { command } = bench
    expect(bench.call({ wanted: moved(0.2), elapsed })).toEqual(command)
    expect(bench.messages).toContain(message)
    bench.callFor(1, { wanted: moved(0.2) })
    expect(bench.command.position[0]).toBeGreaterThan(command.position[0] + 0.05)
  })

  test('of silence ends in rest, and earns no longer step', () => {
    const bench = new Bench()
    bench.callFor(1, { wanted: moved(0.2) })
    const { command } = bench
    const { translation } = poseDistance(command, bench.call({ wanted: moved(0.2), elapsed: 5 }))
    // From rest for 0.1 s: at its end it is half again as fast as on the mean, which may be 100 mm/s.
    expect(translation).toBeLessThan(0.0067)
    expect(bench.messages).toContain('silence of 5.000 s: begins again from rest')
  })
})

describe('a person', () => {
  test('pauses: it brakes within the limits and holds, and resumes from where it stands', () => {
    const bench = new Bench()
    bench.callFor(1, { wanted: moved(0.2) })
    bench.governor.pause()
    expect(bench.governor.state).toBe('paused')
    let [before, last] = [0.1, bench.command]
    for (let tick = 0; tick < 30; tick++) {
      const speed = poseDistance(last, bench.call({ wanted: moved(0.2) })).translation / INTERVAL
      expect(before - speed).toBeLessThanOrEqual(1 * INTERVAL * (1 + 1e-6))
      ;[before, last] = [speed, bench.command]
    }
    expect(before).toBe(0)
    expect(bench.messages).toEqual(['paused: resume to go on'])
    bench.governor.resume()
    expect(bench.governor.state).toBe('running')
    expect(bench.callFor(0.5, { wanted: moved(0.2) })).toBeLessThanOrEqual(0.02 * (1 + 1e-9))
    expect(bench.command.position[0]).toBeGreaterThan(last.position[0])
  })

  test('pauses while it presses: it brakes hard, and says what for', () => {
    const bench = new Bench()
    bench.callFor(1, { wanted: moved(0.2) })
    bench.governor.pause()
    bench.call({ wanted: moved(0.2), force: [30, 0, 0] })
    expect(bench.kinds).toEqual(['pause', 'force'])
    for (let time = INTERVAL; time < HARD_STOP - 1e-9; time += INTERVAL) {
      bench.call({ wanted: moved(0.2) })
      expect(bench.kinds).toEqual(['pause', 'force'])
    }
    const held = bench.command
    expect(bench.call({ wanted: moved(0.2) })).toEqual(held)
    expect(bench.kinds).toEqual(['pause'])
  })

  test('stops: it is at rest within 60 ms, and nothing but rearm moves it', () => {
    const bench = new Bench()
    bench.callFor(1, { wanted: moved(0.2) })
    bench.governor.stop('joystick')
    bench.governor.stop('topic')
    for (let tick = 0; tick < 3; tick++) bench.call({ wanted: moved(0.2) })
    const held = bench.command
    bench.governor.resume()
    bench.callFor(1, { wanted: moved(0.2) })
    expect(bench.command).toEqual(held)
    expect([bench.governor.state, bench.messages]).toEqual(['stopped', ['stopped by joystick: rearm to go on']])
  })

  test('rearms: it begins at creep speed from where the end effector is then', () => {
    const bench = new Bench()
    bench.governor.stop('key')
    bench.call({ wanted: START })
    bench.governor.rearm()
    const pushed = moved(0.01, 0.02)
    expect(bench.call({ wanted: moved(0.2), eeInBase: pushed })).toEqual(pushed)
    expect(bench.callFor(0.5, { wanted: moved(0.2) })).toBeLessThanOrEqual(0.02 * (1 + 1e-9))
  })

  test.each<[string, Partial<Situation>]>([
    ['nowhere', { eeInBase: NONSENSE }],
    ['where it was long ago', { eeInBase: moved(0.1), age: 1 }],
  ])('cannot rearm while the end effector is %s', (_, trouble) => {
    const bench = new Bench()
    bench.governor.stop('key')
    bench.call({ wanted: START })
    bench.governor.rearm()
    expect(bench.call({ wanted: moved(0.1), ...trouble })).toEqual(START)
    expect(bench.call({ wanted: moved(0.1), eeInBase: moved(0.01) })).toEqual(moved(0.01))
  })

  test('rearms between two calls: it comes to rest before it begins anew, and nothing is to be commanded meanwhile', () => {
    const bench = new Bench()
    const { governor } = bench
    bench.callFor(1, { wanted: moved(0.2) })
    // The arm lags by 4 mm.
    const lagging = () => moved(bench.command.position[0] - 0.504)
    governor.stop('key')
    governor.rearm()
    for (let time = 0; time < HARD_STOP - 1e-9; time += INTERVAL) {
      const before = bench.command.position[0]
      bench.call({ wanted: moved(0.2), eeInBase: lagging() })
      expect(bench.command.position[0]).toBeGreaterThanOrEqual(before)
      expect([governor.isSilent, bench.kinds]).toEqual([true, ['stop']])
    }
    const ee = lagging()
    expect(bench.call({ wanted: moved(0.2), eeInBase: ee })).toEqual(ee)
    expect(governor.isSilent).toBe(false)
  })

  test('rearms: what was observed before that is not where it begins', () => {
    const bench = new Bench()
    bench.governor.stop('key')
    bench.callFor(0.1, { wanted: START })
    bench.governor.rearm()
    // The hand that moved the arm was quicker than the connection.
    const { command } = bench
    bench.call({ wanted: START, eeInBase: moved(0.02), age: 0.15 })
    expect([bench.governor.isSilent, bench.command]).toEqual([true, command])
    const ee = moved(0.1)
    bench.callFor(0.14, { wanted: START, eeInBase: moved(0.05), age: 0.15 })
    expect(bench.governor.isSilent).toBe(true)
    bench.callFor(0.02, { wanted: START, eeInBase: ee, age: 0.15 })
    expect([bench.governor.isSilent, bench.command]).toEqual([false, ee])
  })

  test('rearms though the clock was set back in between', () => {
    const bench = new Bench()
    bench.governor.stop('key')
    bench.callFor(0.1, { wanted: START })
    bench.governor.rearm()
    bench.call({ wanted: START, age: 0.15 })
    expect(bench.governor.isSilent).toBe(true)
    bench.call({ wanted: START, eeInBase: moved(0.1), elapsed: -60 })
    expect([bench.governor.isSilent, bench.command]).toEqual([false, moved(0.1)])
  })

  test('reads in the log what happened, each thing once', () => {
    const bench = new Bench()
    bench.callFor(1, { wanted: moved(0.05), age: 1 })
    bench.callFor(2, { wanted: START })
    const stale = bench.governor.log.filter(({ kind }) => kind === 'stale')
    expect(stale.map(({ event, count }) => [event, count])).toEqual([
      ['begin', 1],
      ['end', 50],
    ])
    expect(bench.governor.counts.get('stale')).toBe(50)
  })
})

test('outside its bounds at the start it may come in, but not go further out', () => {
  const outside = makePose([0.1, 0, 0.2], axisAngleToQuat([1, 0, 0], 0.8))
  const bench = new Bench({}, outside)
  let [x, tilt] = [0.1, 0.8]
  for (let tick = 0; tick < 300; tick++) {
    bench.call({ wanted: START })
    expect(bench.command.position[0]).toBeGreaterThanOrEqual(x - 1e-12)
    const { rotation } = poseDistance(bench.command, START)
    expect(rotation).toBeLessThanOrEqual(tilt + 1e-9)
    ;[x, tilt] = [bench.command.position[0], rotation]
  }
  expect(bench.command.position).toEqual(START.position)
  const leaving = new Bench({}, outside)
  leaving.callFor(1, { wanted: makePose([0, 0, 0.2], axisAngleToQuat([1, 0, 0], 1.5)) })
  expect(leaving.command.position[0]).toBeGreaterThanOrEqual(0.1)
})

test('there is nothing to command before it has begun, were the clock broken', () => {
  const governor = new Governor(limits)
  expect(governor.isSilent).toBe(true)
  const seen = { pose: identityPose(), stamp: -9, confidence: 1 }
  const observation = { stamp: -9, source: seen, target: seen, eeInBase: START }
  governor.guard({ wanted: START, observation, sourceInTarget: FREE, now: Number.NaN, plannedAt: 0 })
  expect(governor.isSilent).toBe(true)
})

test('there is none without limits, and none that begins nowhere', () => {
  expect(() => new Governor({ ...limits, speed: Number.POSITIVE_INFINITY })).toThrow()
  expect(() => new Governor({} as Limits)).toThrow()
  const { tilt: _, jerk: __, ...few } = limits
  expect(() => new Governor(few as Limits)).toThrow('jerk')
  const observation: Observation = {
    stamp: 0,
    source: { pose: identityPose(), stamp: 0, confidence: 1 },
    target: { pose: identityPose(), stamp: 0, confidence: 1 },
    eeInBase: NONSENSE,
  }
  const request = { wanted: START, observation, sourceInTarget: FREE, now: 0, plannedAt: 0 }
  expect(() => new Governor(limits).guard(request)).toThrow('there is nothing to begin from')
})
