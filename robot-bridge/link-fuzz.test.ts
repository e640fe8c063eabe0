import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { makePose } from '../geometry/index.ts'
import { FakeBridge, linkTo } from './fake-bridge.ts'
import { loadProfile } from './load-profile.ts'
import { encodePoseStamped } from './messages.ts'
import type { Profile } from './profile.ts'

let profile: Profile
beforeAll(async () => {
  profile = await loadProfile('sim')
})

const WANTED = makePose([0.5, 0.002, 0.3], [1, 0, 0, 0])

/** What may befall a link, and how it is undone; each by name, so that a failure can be read. */
type World = ReturnType<typeof world>
const BEFALLS: Record<string, (world: World) => void> = {
  kill: ({ bridge }) => bridge.kill(),
  restart: ({ bridge }) => {
    bridge.isUp = true
  },
  freeze: ({ bridge }) => {
    bridge.isFrozen = true
  },
  thaw: ({ bridge }) => bridge.thaw(),
  vanish: ({ bridge }) => bridge.vanish(),
  malformed: ({ bridge }) => bridge.malformed('no JSON'),
  'silent target': ({ bridge }) => void bridge.silent.add('/tenon/target_pose'),
  'silent guard': ({ bridge }) => void bridge.silent.add('/tenon/guard'),
  nonsense: ({ bridge }) => void bridge.instead.set('/tenon/ee_pose', () => ({ data: null })),
  'all is well': ({ bridge }) => {
    bridge.silent.clear()
    bridge.instead.clear()
  },
  'clock back': ({ bridge }) => {
    bridge.clockError -= 5
  },
  'clock forward': ({ bridge }) => {
    bridge.clockError += 5
  },
  'blocked thread': ({ operator }) => {
    operator.isAlive = false
  },
  'thread back': ({ operator }) => {
    operator.isAlive = true
  },
  stranger: ({ bridge }) =>
    bridge.say(
      '/tenon/command',
      encodePoseStamped({ stamp: bridge.robotNow, frame: 'base', pose: makePose([0, 0, 0]) }, 1),
    ),
  nothing: () => {},
  stop: ({ link }) => link.stop('stop'),
  'clear fault': ({ link }) => link.clearFault(),
}

function world() {
  const bridge = new FakeBridge(profile)
  const seen = { wanted: 0, whileNotArmed: 0, whileAsleep: 0, frozenSince: Number.POSITIVE_INFINITY }
  const linked = linkTo(bridge, profile, {
    dial: (handlers) => {
      const wire = bridge.dial(handlers)
      return {
        ...wire,
        publish: (topic, message) => {
          const { y } = (message as { pose?: { position: { y: number } } }).pose?.position ?? {}
          if (topic === '/tenon/command' && y === WANTED.position[1]) {
            seen.wanted++
            if (linked.link.state !== 'armed') seen.whileNotArmed++
            if (bridge.now - seen.frozenSince > 0.1) seen.whileAsleep++
          }
          return wire.publish(topic, message)
        },
      }
    },
  })
  linked.operator.wanted = WANTED
  linked.operator.isCommanding = true
  linked.run(1.5)
  return { bridge, seen, ...linked }
}

test('whatever befalls it, commands leave only while it is armed and the bridge awake, and in the end it is ready again', () => {
  let moved = 0
  const steps = fc.array(
    fc.tuple(
      fc.constantFrom('arm', 'clear fault', 'all is well', ...Object.keys(BEFALLS)),
      fc.integer({ min: 0, max: 80 }),
    ),
    { minLength: 5, maxLength: 25 },
  )
  fc.assert(
    fc.property(steps, (befalls) => {
      const all = world()
      const { bridge, seen, link, run, operator } = all
      for (const [name, hundredths] of befalls) {
        // An operator who arms whenever that is possible.
        link.arm(() => {})
        run(0.05)
        BEFALLS[name]?.(all)
        if (!bridge.isFrozen) seen.frozenSince = Number.POSITIVE_INFINITY
        else if (seen.frozenSince === Number.POSITIVE_INFINITY) seen.frozenSince = bridge.now
        run(hundredths / 100)
      }
      moved += seen.wanted
      for (const name of ['restart', 'thaw', 'all is well', 'thread back', 'stop']) BEFALLS[name]?.(all)
      operator.isCommanding = false
      run(3)
      link.clearFault()
      run(7)
      expect(link.state).toBe('ready')
      expect(bridge.guard.state).toBe('idle')
      expect(seen).toMatchObject({ whileNotArmed: 0, whileAsleep: 0 })
    }),
    { numRuns: 40 },
  )
  // Nothing is proven by a link that never moved.
  expect(moved).toBeGreaterThan(500)
})
