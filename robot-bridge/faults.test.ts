// Faults, one by one: each ends in a held robot and a clear message, and in recovery where recovery is right.
//
// Here by a clock of their own, so that 100 ms are 100 ms on any machine. In real time, with sockets and threads:
// faults-live.test.ts.
import { beforeAll, describe, expect, test } from 'vitest'
import { makePose } from '../geometry/index.ts'
import type { BridgeEvent } from './bridge-events.ts'
import { FakeBridge, linkTo } from './fake-bridge.ts'
import type { LinkOptions } from './link.ts'
import { loadProfile } from './load-profile.ts'
import { decodePoseStamped, encodePoseStamped } from './messages.ts'
import type { Profile } from './profile.ts'

let profile: Profile
beforeAll(async () => {
  profile = await loadProfile('sim')
})

/** An armed link whose commands are being followed. */
function armed(options: Partial<LinkOptions> = {}, prepare: (bridge: FakeBridge) => void = () => {}) {
  const bridge = new FakeBridge(profile)
  prepare(bridge)
  const linked = linkTo(bridge, profile, options)
  linked.operator.wanted = makePose([0.5, 0.002, 0.3], [1, 0, 0, 0])
  linked.run(2)
  linked.arm()
  expect(linked.link.state).toBe('armed')
  linked.link.takeNews()
  const events: BridgeEvent[] = []
  /** How long after now the robot was held, s; runs on for that long. */
  const heldWithin = (seconds: number): number => {
    const start = bridge.now
    linked.run(seconds)
    events.push(...(linked.link.takeNews()?.events ?? []))
    const held = events.find(({ kind }) => kind === 'held')
    return held ? held.time - start : Number.POSITIVE_INFINITY
  }
  const commands = () => bridge.sentOn('/tenon/command')
  const disarms = () => bridge.services.filter(({ service }) => service === '/tenon/guard/disarm')
  const why = () => events.find(({ kind }) => kind === 'held')?.message
  return { bridge, ...linked, heldWithin, commands, disarms, why }
}

/** Within the time that any fault may take, and a millisecond for the steps of the clock. */
const SOON = 0.101

/** The last command was to stay where the end effector is, and none followed. */
function expectHold({ bridge, commands }: ReturnType<typeof armed>): void {
  expect(decodePoseStamped(commands().at(-1)?.message).pose).toEqual(bridge.eeInBase)
}

test('the server is killed and started again: held at once, back by itself, disarmed first and not armed', () => {
  const fault = armed()
  const { bridge, link, run, heldWithin, commands, disarms, arm } = fault
  bridge.kill()
  const before = commands().length
  expect(heldWithin(1)).toBeLessThan(SOON)
  expect(fault.why()).toContain('the server closed the connection; no last command could be sent')
  expect(['down', 'connecting']).toContain(link.state)
  bridge.isUp = true
  run(3.5)
  expect(link.state).toBe('ready')
  // The operator has commanded all the while: none of it was kept.
  expect(commands().length).toBe(before)
  expect(disarms().length).toBeGreaterThan(0)
  expect(bridge.guard.state).toBe('idle')
  arm()
  expect(link.state).toBe('armed')
})

test.each([0.5, 3, 10])(
  'the server is frozen for %d s: held, and what it finds when it thaws is 100 ms of commands',
  (seconds) => {
    const fault = armed()
    const { bridge, link, run, heldWithin, commands } = fault
    bridge.isFrozen = true
    const before = commands().length
    expect(heldWithin(seconds)).toBeLessThan(SOON)
    expect(fault.why()).toContain('the bridge has not answered a heartbeat')
    expect(link.state).not.toBe('armed')
    bridge.thaw()
    // 50 a second for 100 ms, and those that were on their way
    expect(commands().length - before).toBeLessThanOrEqual(7)
    const last = commands().length
    run(4)
    expect(link.state).toBe('ready')
    expect(commands().length).toBe(last)
    expect(bridge.guard.state).toBe('idle')
  },
)

test('a socket is half open: after a second without heartbeat it is given up and another is opened', () => {
  const fault = armed()
  const { bridge, link, run, heldWithin } = fault
  const { dials } = bridge
  bridge.vanish()
  expect(heldWithin(0.9)).toBeLessThan(SOON)
  expect(fault.why()).toContain('the bridge has not answered a heartbeat')
  expect(link.state).toBe('stale')
  expect(bridge.dials).toBe(dials)
  run(0.4)
  expect(bridge.dials).toBe(dials + 1)
  run(1.5)
  expect(link.state).toBe('ready')
})

test('the thread that commands is blocked for 2 s: held meanwhile, ready when it is back, and what it says late is dropped', () => {
  const fault = armed()
  const { bridge, link, run, operator, heldWithin, commands, disarms } = fault
  operator.isAlive = false
  expect(heldWithin(2)).toBeLessThan(SOON)
  expect(fault.why()).toMatch(/the thread that commands has been blocked for \d+ ms|the controller sends no commands/)
  expectHold(fault)
  expect(disarms().length).toBe(1)
  expect(link.state).toBe('stale')
  const last = commands().length
  operator.isAlive = true
  run(1)
  expect(link.state).toBe('ready')
  expect(commands().length).toBe(last)
  expect(bridge.guard.state).toBe('idle')
})

test('the thread that commands lives on but its controller falls silent: held after 100 ms', () => {
  const fault = armed()
  fault.operator.isCommanding = false
  expect(fault.heldWithin(0.5)).toBeLessThan(SOON)
  expect(fault.why()).toContain('the controller sends no commands')
  expectHold(fault)
})

test('armed, but the first command does not come within a second: held', () => {
  const bridge = new FakeBridge(profile)
  const { link, run } = linkTo(bridge, profile)
  run(1.5)
  link.arm(() => {})
  run(0.9)
  expect(link.state).toBe('armed')
  run(0.2)
  expect(link.state).not.toBe('armed')
  expect(bridge.guard.state).toBe('idle')
})

test('what is no JSON arrives: held, and ready again when sound messages follow', () => {
  const fault = armed()
  const { bridge, link, run, heldWithin } = fault
  bridge.malformed('the bridge sent what is no JSON: unexpected token')
  expect(heldWithin(0.1)).toBeLessThan(SOON)
  expect(fault.why()).toContain('what is no JSON')
  expectHold(fault)
  run(1)
  expect(link.state).toBe('ready')
})

describe('on a topic that the robot is steered by', () => {
  const broken: [name: string, topic: string, change: (message: object) => object, why: RegExp][] = [
    ['another type', '/tenon/ee_pose', () => ({ data: 'hello' }), /ee_pose: .*PoseStamped header: expected/],
    ['another type of an object', '/tenon/target_pose', () => ({ pose: 1 }), /target_pose: .*PoseStamped header/],
    [
      'null for NaN, as rosbridge writes it',
      '/tenon/ee_pose',
      (m) => put(m, 'pose.position.x', null),
      /position\.x: expected a finite number, got null/,
    ],
    [
      'NaN',
      '/tenon/source_pose',
      (m) => put(m, 'pose.position.z', Number.NaN),
      /position\.z: expected a finite number, got NaN/,
    ],
    [
      'no orientation',
      '/tenon/source_pose',
      (m) => put(m, 'pose.orientation', { x: 0, y: 0, z: 0, w: 0 }),
      /quaternion of length 1/,
    ],
    [
      'NaN of the force',
      '/tenon/wrench',
      (m) => put(m, 'wrench.force.z', Number.NaN),
      /force\.z: expected a finite number/,
    ],
    [
      'a foreign frame',
      '/tenon/ee_pose',
      (m) => put(m, 'header.frame_id', 'world'),
      /header\.frame_id: expected "base", as the profile says, got "world"/,
    ],
    [
      'a stamp from the future',
      '/tenon/ee_pose',
      (m) => put(m, 'header.stamp.secs', 5000),
      /ahead of the robot's clock/,
    ],
    ['time that runs backwards', '/tenon/ee_pose', (m) => put(m, 'header.stamp.secs', 900), /time ran backwards/],
    ['nonsense from the guard', '/tenon/guard', () => ({ data: 'fine' }), /state of the guard: expected an object/],
  ]
  test.each(broken)(
    '%s: held at once, not ready while it lasts, ready when it is over',
    (_name, topic, change, why) => {
      const fault = armed()
      const { bridge, link, run, heldWithin } = fault
      bridge.instead.set(topic, change)
      expect(heldWithin(0.5)).toBeLessThan(SOON)
      expect(fault.why()).toMatch(why)
      expect(link.state).not.toBe('armed')
      expectHold(fault)
      run(3)
      expect(link.state).not.toBe('ready')
      bridge.instead.clear()
      run(3)
      expect(link.state).toBe('ready')
    },
  )
})

test('one message that is overtaken by the next stops nobody', () => {
  const { bridge, link, run } = armed()
  const old = encodePoseStamped({ stamp: bridge.robotNow - 0.03, frame: 'base', pose: bridge.eeInBase }, 1)
  run(0.05)
  bridge.say('/tenon/ee_pose', old)
  run(0.1)
  expect(link.state).toBe('armed')
})

test('the clock of the ROS side is set back by 3 s: held, and ready on the new time', () => {
  const fault = armed()
  const { bridge, link, run, heldWithin } = fault
  bridge.clockError = -3
  expect(heldWithin(0.5)).toBeLessThan(SOON)
  expect(fault.why()).toMatch(/time ran backwards|clock of the ROS side was set/)
  run(1.5)
  expect(link.state).toBe('ready')
  expect(link.takeNews()?.status.offset).toBeCloseTo(997, 3)
})

test('the clock of the ROS side is set forward by 3 s: held, and ready on the new time', () => {
  const fault = armed()
  const { bridge, link, run, heldWithin } = fault
  bridge.clockError = 3
  expect(heldWithin(0.5)).toBeLessThan(SOON)
  run(1.5)
  expect(link.state).toBe('ready')
})

describe('two masters', () => {
  const stranger = (bridge: FakeBridge) =>
    encodePoseStamped({ stamp: bridge.robotNow, frame: 'base', pose: makePose([0.4, 0.1, 0.2]) }, 1)

  test('someone else commands the armed arm: a fault that a person has to clear', () => {
    const fault = armed()
    const { bridge, link, run, arm, heldWithin } = fault
    bridge.say('/tenon/command', stranger(bridge))
    expect(heldWithin(0.1)).toBeLessThan(SOON)
    expect(fault.why()).toContain('two masters: someone else publishes on /tenon/command')
    expectHold(fault)
    run(3)
    expect(link.state).toBe('fault')
    expect(bridge.guard.state).toBe('idle')
    expect(arm).toThrow('two masters')
    link.clearFault()
    fault.operator.isCommanding = false
    run(2)
    expect(link.state).toBe('ready')
  })

  test('the guard sees two publishers: the same', () => {
    const fault = armed()
    fault.bridge.guard = { ...fault.bridge.guard, state: 'holding', reason: 'two masters: /b commands as well as /a' }
    expect(fault.heldWithin(0.1)).toBeLessThan(SOON)
    expect(fault.link.state).toBe('fault')
  })

  test('someone else commands before we do: arming is refused until a second of quiet', () => {
    const bridge = new FakeBridge(profile)
    const { link, run, arm } = linkTo(bridge, profile)
    run(1.5)
    bridge.say('/tenon/command', stranger(bridge))
    run(0.1)
    expect(arm).toThrow('someone else publishes on /tenon/command: end that program first')
    expect(link.state).toBe('ready')
    run(1)
    arm()
    expect(link.state).toBe('armed')
  })
})

describe('silence', () => {
  const silences: [what: string, topic: string, limit: (profile: Profile) => number, why: RegExp][] = [
    [
      'an object’s pose',
      '/tenon/target_pose',
      ({ limits }) => limits.poseStaleAfter,
      /target: the newest on \/tenon\/target_pose is/,
    ],
    [
      'the end effector’s pose',
      '/tenon/ee_pose',
      ({ limits }) => limits.staleAfter,
      /ee: the newest on \/tenon\/ee_pose is/,
    ],
    ['the wrench', '/tenon/wrench', ({ limits }) => limits.staleAfter, /wrench: the newest on \/tenon\/wrench is/],
    ['the guard', '/tenon/guard', () => 0.3, /the guard says nothing on \/tenon\/guard/],
  ]
  test.each(silences)(
    '%s is lost: held within 100 ms of the limit, ready when it is back',
    (_what, topic, limit, why) => {
      const fault = armed()
      const { bridge, link, run, heldWithin } = fault
      bridge.silent.add(topic)
      const held = heldWithin(2)
      expect(held).toBeLessThan(limit(profile) + SOON)
      expect(held).toBeGreaterThan(limit(profile) - 0.05)
      expect(fault.why()).toMatch(why)
      expect(link.state).toBe('stale')
      bridge.silent.clear()
      run(1)
      expect(link.state).toBe('ready')
    },
  )

  test('the camera is lost: held within 100 ms of the limit, ready when it is back', () => {
    let stamp: (() => number) | undefined
    let time = () => 0
    const fault = armed({ pictureStamp: () => stamp?.() ?? time() }, (bridge) => {
      time = () => bridge.robotNow
    })
    const { bridge, link, run, heldWithin } = fault
    const lost = bridge.robotNow
    stamp = () => lost
    expect(heldWithin(2)).toBeLessThan(profile.limits.poseStaleAfter + SOON)
    expect(fault.why()).toMatch(/camera: the newest picture is 1\.\d+ s old, expected at most 1 s/)
    stamp = () => bridge.robotNow
    run(1)
    expect(link.state).toBe('ready')
    // Of the future, it would look new for as long as that.
    stamp = () => bridge.robotNow + 30
    run(0.1)
    expect(link.state).toBe('stale')
    expect(link.takeNews()?.status.waitingFor.join()).toContain('stamped 30.00 s ahead of the robot')
  })
})

test('a camera that may be off is not waited for; one that has sent a picture and falls silent holds the arm', () => {
  let stamp: number | undefined
  // Nobody publishes the camera's topics either.
  const fault = armed({ pictureStamp: () => stamp, picturesIfAny: true })
  fault.run(2)
  expect(fault.link.state).toBe('armed')
  stamp = fault.bridge.robotNow
  expect(fault.heldWithin(2)).toBeLessThan(profile.limits.poseStaleAfter + SOON)
  expect(fault.why()).toMatch(/camera: the newest picture is 1\.\d+ s old/)
})

test('a network with 30 ms each way that loses one message of twenty: armed for five minutes, and the guard never hears silence', () => {
  const { bridge, link, run, commands, operator } = armed({}, (bridge) => {
    bridge.delay = 0.03
    // A linear congruential generator is chance enough.
    let state = 12345
    bridge.loses = () => {
      state = (1103515245 * state + 12345) % 2 ** 31
      return state / 2 ** 31 < 0.05
    }
  })
  operator.interval = 1 / 30
  run(0.5)
  const from = commands().length
  for (let minute = 0; minute < 5; minute++) run(60)
  expect(link.takeNews()?.events.filter(({ kind }) => kind === 'held')).toEqual([])
  expect(link.state).toBe('armed')
  const times = commands()
    .slice(from)
    .map(({ time }) => time)
  const silence = times.map((time, i) => time - (times[i - 1] ?? time))
  expect(Math.max(...silence)).toBeLessThan(0.1)
  expect(bridge.published.length).toBeGreaterThan(300 * 80)
})

test('said again, a command is no younger: it keeps the stamp of when it was made, and is not said a third time', () => {
  const { bridge, link, run, commands, operator } = armed()
  operator.isCommanding = false
  run(0.03)
  const from = commands().length
  const made = bridge.now
  link.command({ eeInBase: operator.wanted, made })
  run(0.06)
  const said = commands()
    .slice(from)
    .map(({ message, time }) => ({ ...decodePoseStamped(message), after: time - made }))
  expect(said.length).toBe(2)
  for (const { stamp, pose } of said) {
    expect(stamp).toBeCloseTo(made + 1000, 5)
    expect(pose).toEqual(operator.wanted)
  }
  expect(said[1]?.stamp).toBeGreaterThan(said[0]?.stamp ?? 0)
  expect(said[1]?.after).toBeLessThan(0.035)
})

describe('stopping from outside', () => {
  test('the stop topic says true: held at once; not ready until it says false', () => {
    const fault = armed()
    const { bridge, link, run, heldWithin } = fault
    bridge.say('/tenon/stop', { data: true })
    expect(heldWithin(0.1)).toBeLessThan(SOON)
    expect(fault.why()).toContain('stop topic')
    run(1)
    expect(link.state).toBe('stale')
    bridge.say('/tenon/stop', { data: false })
    run(1)
    expect(link.state).toBe('ready')
  })

  test('the guard holds for a reason of its own: so do we, and its reason is told', () => {
    const fault = armed()
    fault.bridge.guard = { ...fault.bridge.guard, state: 'stopped', reason: 'emergency stop' }
    expect(fault.heldWithin(0.1)).toBeLessThan(SOON)
    expect(fault.why()).toContain('the guard is stopped: emergency stop')
    expect(fault.link.state).toBe('stale')
  })

  test('the guard never says that it is armed: held after half a second', () => {
    const fault = armed()
    fault.link.stop('begin again')
    fault.run(0.5)
    fault.bridge.instead.set('/tenon/guard', () => ({
      data: JSON.stringify({ state: 'idle', reason: 'who, me?', accepted: 0, rejected: 0 }),
    }))
    fault.link.arm(() => {})
    fault.run(1)
    expect(fault.link.state).not.toBe('armed')
  })
})

/** A copy with the value at the path. */
function put(message: object, path: string, value: unknown): object {
  const copy = structuredClone(message) as Record<string, unknown>
  const names = path.split('.')
  const last = names.pop() ?? ''
  const inner = names.reduce<Record<string, unknown>>((at, name) => at[name] as Record<string, unknown>, copy)
  inner[last] = value
  return copy
}
