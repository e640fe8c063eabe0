import { beforeAll, describe, expect, test } from 'vitest'
import { axisAngleToQuat, makePose } from '../geometry/index.ts'
import { FakeBridge, linkTo, OFFSET } from './fake-bridge.ts'
import type { News } from './link-news.ts'
import { loadProfile } from './load-profile.ts'
import { decodePoseStamped, decodeTwistStamped, encodeBool, encodeTFMessage } from './messages.ts'
import type { Profile } from './profile.ts'

let profile: Profile
beforeAll(async () => {
  profile = await loadProfile('sim')
})

/** A link that is ready after a second and a half. */
function connected(changed: Partial<Profile> = {}) {
  const used = { ...profile, ...changed }
  const bridge = new FakeBridge(used)
  const linked = linkTo(bridge, used)
  linked.run(1.5)
  return { bridge, ...linked }
}

const messages = (news: News | undefined) => (news?.events ?? []).map(({ message }) => message).join('\n')

describe('connecting', () => {
  test('it is ready when types, heartbeats and streams are right and more than a second has passed', () => {
    const bridge = new FakeBridge(profile)
    const { link, run } = linkTo(bridge, profile)
    expect(link.state).toBe('down')
    run(0.95)
    expect(link.state).toBe('syncing')
    run(0.3)
    expect(link.state).toBe('ready')
    const news = link.takeNews()
    expect(news?.status.offset).toBeCloseTo(OFFSET, 6)
    expect(news?.status.roundTrips?.p50).toBeCloseTo(0.002, 6)
    expect(news?.values.ee?.pose).toEqual(bridge.eeInBase)
    expect(news?.values.wrench?.wrench.force).toEqual([0, 0, 1])
  })

  test('nobody at the address: it dials again and again, 0.1 s to 2 s apart, and gets through when someone is', () => {
    const bridge = new FakeBridge(profile)
    bridge.isUp = false
    const { link, run } = linkTo(bridge, profile)
    run(3.2)
    // at 0, 0.1, 0.3, 0.7, 1.5 and 3.1 s, and a tick or two later each
    expect(bridge.dials).toBe(6)
    bridge.isUp = true
    run(3.5)
    expect(link.state).toBe('ready')
  })

  test('a topic that nobody publishes is waited for, by name', () => {
    const bridge = new FakeBridge(profile)
    delete bridge.types['/tenon/source_pose']
    const { link, run } = linkTo(bridge, profile)
    run(2)
    expect(link.state).toBe('syncing')
    expect(link.takeNews()?.status.waitingFor.join()).toContain('/tenon/source_pose: nobody publishes it yet')
    bridge.types['/tenon/source_pose'] = 'geometry_msgs/PoseStamped'
    run(1)
    expect(link.state).toBe('ready')
  })

  test('topics of pictures are waited for, unless they come by another bridge', () => {
    const ready = (picturesElsewhere: boolean) => {
      const bridge = new FakeBridge(profile)
      delete bridge.types['/tenon/colour']
      const { link, run } = linkTo(bridge, profile, { pictureStamp: () => bridge.now + OFFSET, picturesElsewhere })
      run(2)
      return link.state
    }
    expect(ready(false)).toBe('syncing')
    expect(ready(true)).toBe('ready')
  })

  test('what is said once, as soon as it is subscribed to, counts: a stop, and transforms that stand still', () => {
    const { cameraInBase: _, ...rest } = profile
    const bridge = new FakeBridge(rest)
    for (const topic of ['/tf', '/tf_static']) bridge.types[topic] = 'tf2_msgs/TFMessage'
    const { link, run } = linkTo(bridge, rest)
    run(0.02)
    expect(link.state).toBe('syncing')
    expect(link.takeNews()?.status.offset).toBeUndefined()
    bridge.say('/tenon/stop', encodeBool(true))
    const camera = { stamp: 0, frame: 'base', childFrame: 'camera', pose: makePose([0.9, 0, 0.4]) }
    bridge.say('/tf_static', encodeTFMessage([camera], 1))
    run(1.5)
    const status = link.takeNews()?.status
    expect(status?.state).toBe('syncing')
    expect(status?.waitingFor).toEqual(['the stop topic or button says stop'])
    expect(status?.cameraInBase?.position).toEqual([0.9, 0, 0.4])
    bridge.say('/tenon/stop', encodeBool(false))
    run(0.1)
    expect(link.state).toBe('ready')
  })

  test('the bridge keeps the newest message of a topic, and all of those that are not said again', () => {
    const { cameraInBase: _, ...rest } = profile
    const joystick = { topic: '/joy', type: 'sensor_msgs/Joy', stop: 0 } as const
    const queues: Record<string, number | undefined> = {}
    const bridge = new FakeBridge(rest)
    const { run } = linkTo(
      bridge,
      { ...rest, joystick },
      {
        dial: (handlers) => ({
          ...bridge.dial(handlers),
          subscribe: (topic, _type, options) => {
            queues[topic] = options?.queue
          },
        }),
      },
    )
    run(0.1)
    const kept = Object.keys(queues).filter((topic) => (queues[topic] ?? 1) > 1)
    expect(kept.sort()).toEqual(['/joy', '/tenon/stop', '/tf', '/tf_static'])
    expect(Object.keys(queues)).toContain('/tenon/ee_pose')
  })

  test('a topic of the wrong type is a fault that stays, with what was expected and what was got', () => {
    const bridge = new FakeBridge(profile)
    bridge.types['/tenon/ee_pose'] = 'geometry_msgs/Pose'
    const { link, run } = linkTo(bridge, profile)
    run(3)
    expect(link.state).toBe('fault')
    expect(link.takeNews()?.status.reason).toContain(
      '/tenon/ee_pose: expected geometry_msgs/PoseStamped, got geometry_msgs/Pose',
    )
    bridge.types['/tenon/ee_pose'] = 'geometry_msgs/PoseStamped'
    run(3)
    expect(link.state).toBe('fault')
    link.clearFault()
    run(1.5)
    expect(link.state).toBe('ready')
  })

  test('without rosapi it waits and says so', () => {
    const bridge = new FakeBridge(profile)
    const { link, run } = linkTo(bridge, profile, {
      dial: (handlers) => ({
        ...bridge.dial(handlers),
        call: (_s, _t, _a, done) => done({ ok: false, message: 'no such service' }),
      }),
    })
    run(2)
    expect(link.takeNews()?.status.waitingFor.join()).toContain(
      'rosapi: no such service; it has to run beside rosbridge',
    )
  })

  test('nothing but heartbeats is published before it is armed', () => {
    const { bridge, run, operator } = connected()
    operator.isCommanding = true
    run(1)
    expect(bridge.published.every(({ topic }) => topic === '/tenon/heartbeat_test')).toBe(true)
    expect(bridge.sentOn('/tenon/heartbeat_test').length).toBeGreaterThan(100)
  })
})

test('what was doubted is trusted once nothing has been doubtful for 0.2 s, however long it lasted', () => {
  const { bridge, link, run } = connected()
  bridge.silent.add('/tenon/ee_pose')
  run(1)
  expect(link.state).toBe('stale')
  bridge.silent.clear()
  run(0.15)
  expect(link.state).toBe('stale')
  bridge.malformed('no JSON')
  run(0.15)
  expect(link.state).toBe('stale')
  run(0.1)
  expect(link.state).toBe('ready')
})

describe('arming', () => {
  test('armed, commands arrive stamped with when they were made on the robot’s clock, each later than the last', () => {
    const { bridge, link, run, arm, operator } = connected()
    operator.wanted = makePose([0.5, 0.001, 0.3], [1, 0, 0, 0])
    arm()
    run(0.5)
    expect(link.state).toBe('armed')
    const sent = bridge.sentOn('/tenon/command').map(({ message, time }) => ({ ...decodePoseStamped(message), time }))
    expect(sent.length).toBeGreaterThan(30)
    sent.forEach(({ stamp, frame, pose, time }, i) => {
      expect(frame).toBe('base')
      expect(pose).toEqual(operator.wanted)
      expect(Math.abs(stamp - OFFSET - time)).toBeLessThan(0.0025)
      expect(stamp).toBeGreaterThan(sent[i - 1]?.stamp ?? 0)
    })
    expect(link.takeNews()?.status).toMatchObject({ sent: sent.length, dropped: {}, guard: { state: 'armed' } })
  })

  test('what is not ready cannot be armed, and says why', () => {
    const bridge = new FakeBridge(profile)
    const { link, arm, run } = linkTo(bridge, profile)
    expect(arm).toThrow('the connection is down, not ready')
    run(0.5)
    expect(arm).toThrow(/the connection is syncing, not ready: .*known for a second/)
    expect(link.state).toBe('syncing')
  })

  test('a guard that refuses is not argued with', () => {
    const { bridge, link, arm } = connected()
    bridge.refused.set('arm', 'the stop is latched')
    expect(arm).toThrow('the guard did not arm: the stop is latched')
    expect(link.state).toBe('ready')
  })

  test('a guard whose answer to arming is lost is disarmed before anything else', () => {
    const bridge = new FakeBridge(profile)
    let isDeaf = false
    const { link, run } = linkTo(bridge, profile, {
      dial: (handlers) => {
        const wire = bridge.dial(handlers)
        return { ...wire, call: (s, t, a, done) => wire.call(s, t, a, (answer) => void (isDeaf || done(answer))) }
      },
    })
    run(1.5)
    isDeaf = true
    let failure: string | undefined
    link.arm((reason) => {
      failure = reason
    })
    run(1.1)
    expect(failure).toContain('no answer in time')
    isDeaf = false
    run(0.6)
    expect(bridge.guard.state).toBe('idle')
    expect(link.state).toBe('ready')
  })

  test('stopped while the guard is asked to arm, it is not armed by its answer, and the guard is disarmed', () => {
    const { bridge, link, run } = connected()
    const answers: (string | undefined)[] = []
    link.arm((reason) => answers.push(reason))
    link.stop('the operator said so')
    run(0.5)
    expect(answers).toEqual(['stopped while it was being armed: the operator said so'])
    expect(link.state).toBe('ready')
    expect(bridge.guard.state).toBe('idle')
    expect(bridge.sentOn('/tenon/command')).toEqual([])
    link.arm((reason) => answers.push(reason))
    run(0.01)
    expect(answers.at(-1)).toBeUndefined()
    expect(link.state).toBe('armed')
  })

  test('stopping sends the measured pose as the last command, disarms the guard, and says when that is done', () => {
    const { bridge, link, run, arm, operator } = connected()
    arm()
    operator.isCommanding = false
    let failure: string | undefined = 'no answer'
    link.stop('the operator said so', (reason) => {
      failure = reason
    })
    expect(link.state).toBe('ready')
    run(0.01)
    expect(failure).toBeUndefined()
    expect(bridge.guard.state).toBe('idle')
    expect(decodePoseStamped(bridge.sentOn('/tenon/command').at(-1)?.message).pose).toEqual(bridge.eeInBase)
    expect(messages(link.takeNews())).toContain(
      'the operator said so; the measured pose was sent, the guard asked to disarm',
    )
    link.stop('and again')
    run(0.1)
    expect(link.state).toBe('ready')
  })

  test('a guard that does not hear of being disarmed is told again until it does', () => {
    const { bridge, link, run, arm } = connected()
    arm()
    bridge.refused.set('disarm', 'busy')
    link.stop('enough')
    run(1)
    expect(bridge.guard.state).toBe('armed')
    expect(bridge.services.filter(({ service }) => service.endsWith('/disarm')).length).toBeGreaterThan(2)
    expect(arm).toThrow('the guard has not confirmed yet that it is disarmed')
    bridge.refused.clear()
    run(0.3)
    expect(bridge.guard.state).toBe('idle')
  })

  test('without a guard the arm’s own topic is used, and its own watchdog has to do', () => {
    const { guard: _, ...bare } = profile
    const bridge = new FakeBridge(bare)
    const { link, run, arm } = linkTo(bridge, bare)
    run(1.5)
    arm()
    expect(bridge.sentOn('/tenon/command').length).toBeGreaterThan(5)
    link.stop('enough')
    run(0.01)
    expect(bridge.services.every(({ service }) => service === '/rosapi/topics')).toBe(true)
  })

  test('an arm that obeys velocities gets those towards the wanted pose, and a standstill at the end', () => {
    const command: Profile['command'] = {
      kind: 'twist',
      topic: '/servo/twist',
      type: 'geometry_msgs/TwistStamped',
      rate: 50,
      gain: { linear: 2, angular: 2 },
    }
    const { guard: _, ...bare } = { ...profile, command }
    const bridge = new FakeBridge(bare)
    const { link, run, arm, operator } = linkTo(bridge, bare)
    run(1.5)
    const { position, orientation } = bridge.eeInBase
    operator.wanted = { position: [position[0], position[1], position[2] - 0.01], orientation }
    arm()
    const moving = decodeTwistStamped(bridge.sentOn('/servo/twist').at(-1)?.message)
    expect(moving.velocity.linear[2]).toBeCloseTo(-0.02, 9)
    expect(moving.frame).toBe('base')
    link.stop('enough')
    run(0.01)
    expect(decodeTwistStamped(bridge.sentOn('/servo/twist').at(-1)?.message).velocity.linear).toEqual([0, 0, 0])
  })

  test('the gripper is told when its width changes, not with each command', () => {
    const gripper = { topic: '/gripper', type: 'std_msgs/Float64', openM: 0.08 } as const
    const { bridge, link, run, arm, operator } = connected({ gripper })
    arm()
    operator.isCommanding = false
    for (const gripperWidth of [0.04, 0.04, 0.03]) {
      link.command({ eeInBase: operator.wanted, gripperWidth, made: bridge.now })
      run(0.02)
    }
    expect(bridge.sentOn('/gripper').map(({ message }) => message)).toEqual([{ data: 0.04 }, { data: 0.03 }])
  })
})

describe('a command is dropped, and told of, when', () => {
  test('it is no pose', () => {
    const { bridge, link, arm, run } = connected()
    arm()
    const before = bridge.sentOn('/tenon/command').length
    const bad = { position: [0.5, Number.NaN, 0.3], orientation: [1, 0, 0, 0] } as const
    expect(link.command({ eeInBase: bad, made: bridge.now })).toBe('invalid')
    const long = { position: [0.5, 0, 0.3], orientation: [1, 1, 0, 0] } as const
    expect(link.command({ eeInBase: long, made: bridge.now })).toBe('invalid')
    run(0.005)
    expect(bridge.sentOn('/tenon/command').length - before).toBeLessThanOrEqual(1)
    expect(messages(link.takeNews())).toContain('pose.position[1]: expected a finite number, got NaN')
  })

  test('the gripper cannot open so far', () => {
    const gripper = { topic: '/gripper', type: 'std_msgs/Float64', openM: 0.08 } as const
    const { bridge, link, arm, operator } = connected({ gripper })
    arm()
    expect(link.command({ eeInBase: operator.wanted, gripperWidth: 0.081, made: bridge.now })).toBe('invalid')
    expect(messages(link.takeNews())).toContain('expected a gripper width from 0 to 0.08 m')
    expect(bridge.sentOn('/gripper')).toEqual([])
  })

  test('it was made too long ago', () => {
    const { bridge, link, arm, operator } = connected()
    arm()
    expect(link.command({ eeInBase: operator.wanted, made: bridge.now - 0.06 })).toBe('late')
  })

  test('the bridge does not carry away what it was given', () => {
    const bridge = new FakeBridge(profile)
    let isFull = false
    const { link, run, arm, operator } = linkTo(bridge, profile, {
      dial: (handlers) => {
        const wire = bridge.dial(handlers)
        return { ...wire, publish: (topic, message) => !isFull && wire.publish(topic, message) }
      },
    })
    run(1.5)
    arm()
    isFull = true
    expect(link.command({ eeInBase: operator.wanted, made: bridge.now })).toBe('congested')
    expect(link.takeNews()?.status.dropped).toEqual({ congested: 1 })
  })
})

test('a tilted pose arrives as it was sent', () => {
  const { bridge, run, arm, operator } = connected()
  operator.wanted = makePose([0.5, 0.01, 0.29], axisAngleToQuat([1, 2, 3], 0.7))
  arm()
  run(0.1)
  const { pose } = decodePoseStamped(bridge.sentOn('/tenon/command').at(-1)?.message)
  expect(pose.position).toEqual(operator.wanted.position)
  pose.orientation.forEach((value, i) => {
    expect(value).toBeCloseTo(operator.wanted.orientation[i as 0], 12)
  })
})

test('news is told once: the newest of each stream, and each event', () => {
  const { link, run } = connected()
  expect(link.takeNews()?.events.length).toBeGreaterThan(2)
  expect(link.takeNews()).toBeUndefined()
  run(0.025)
  const news = link.takeNews()
  expect(news?.events).toEqual([])
  expect(Object.keys(news?.values ?? {}).sort()).toEqual(['ee', 'source', 'target', 'wrench'])
})
