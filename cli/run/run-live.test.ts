import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { FakeRobot } from '../../control/fake-robot.ts'
import { type Cycle, control, Governor, type InsertionStatus } from '../../control/index.ts'
import { makePose, poseDistance } from '../../geometry/index.ts'
import { findTask, simLimits } from '../../sim/index.ts'
import { alwaysArmed, type LiveRobot, moveNothing } from './live-robot.ts'
import { BY_OPERATOR, type Ended, type LiveRun, runLive } from './run-live.ts'
import { RunStatistics } from './statistics.ts'
import type { RunWord } from './words.ts'

const predictor = {
  needsView: false,
  poseInterval: 0.1,
  actionHorizon: 5,
  begin() {},
  predict: async () => Array.from({ length: 20 }, (_, k) => makePose([0, 0, 0.08 - 0.001 * k])),
}

/** A robot that has to be armed, and can be taken out of our hands. */
function armable(fake: FakeRobot) {
  const state: { obstacle: string | undefined; refusal?: string; lost?: string; arms: number; isReady: boolean } = {
    obstacle: undefined,
    arms: 0,
    isReady: true,
  }
  const robot: LiveRobot = {
    ...alwaysArmed(fake),
    get obstacle() {
      return state.obstacle
    },
    get isReady() {
      return state.isReady
    },
    async arm() {
      state.arms++
      await setImmediate()
      if (state.refusal) throw new Error(state.refusal)
      state.obstacle = state.lost
    },
  }
  return { state, robot }
}

/** Runs with a script: what happens when so many cycles are over. */
async function play(
  script: Record<number, (scene: Scene) => void>,
  options: Partial<LiveRun> & { insertion?: (cycle: number) => Partial<InsertionStatus> } = {},
) {
  const fake = new FakeRobot()
  const { state, robot } = armable(fake)
  const governor = new Governor(simLimits(findTask('square-peg')))
  const abort = new AbortController()
  const told: string[] = []
  const shown: string[] = []
  let speak: (word: RunWord) => void = () => {}
  let goAway = () => {}
  const cycles: Cycle[] = []
  const scene: Scene = { fake, state, governor, abort, say: (word) => speak(word), leave: () => goAway() }
  async function* scripted() {
    const ports = { robot: options.robot ?? robot, clock: fake, governor, predictor, seed: 0, trim: null }
    for await (const cycle of control({ ...ports, commandInterval: 0.1 })) {
      const felt = options.insertion?.(cycles.length)
      const seen = felt ? { ...cycle, insertion: { ...FREE, ...felt } } : cycle
      cycles.push(seen)
      yield seen
      script[cycles.length]?.(scene)
      await setImmediate()
    }
  }
  const statistics = new RunStatistics()
  const { insertion: _, ...changes } = options
  const ended = await runLive({
    robot,
    governor,
    statistics,
    cycles: scripted(),
    signal: abort.signal,
    limit: 100,
    listen: ({ onWord, onEnd }) => {
      speak = onWord
      goAway = onEnd
      return () => {
        speak = () => {}
      }
    },
    show: (text) => shown.push(text),
    tell: (text) => told.push(text),
    ...changes,
  })
  return { ended, fake, state, governor, told, shown, cycles, statistics }
}

interface Scene {
  fake: FakeRobot
  state: ReturnType<typeof armable>['state']
  governor: Governor
  abort: AbortController
  say(word: RunWord): void
  /** nobody will say anything any more */
  leave(): void
}

const FREE: InsertionStatus = {
  phase: 'free',
  mode: 'following',
  push: 0,
  force: 0,
  retried: 0,
  found: 0,
  shift: [0, 0, 0],
}

/** Whether the arm stood where it was after each of the cycles from `from` to `to`. */
const held = ({ cycles }: { cycles: readonly Cycle[] }, from: number, to: number) =>
  new Set(cycles.slice(from + 1, to + 1).map(({ observation }) => JSON.stringify(observation.eeInBase))).size === 1

test('seated for half a second is seated, with the time at which it came', async () => {
  const run = await play({}, { insertion: (cycle) => ({ phase: cycle >= 10 ? 'seated' : 'free' }) })
  expect(run.ended).toMatchObject({ seated: true, reason: 'seated' })
  expect(run.ended.seatSeconds).toBeCloseTo(1, 6)
  expect(run.cycles.length).toBe(16)
  expect(run.fake.stops.length).toBeGreaterThan(0)
})

test('a seat that does not last is none', async () => {
  const run = await play({}, { limit: 3, insertion: (cycle) => ({ phase: cycle % 4 ? 'seated' : 'free' }) })
  expect(run.ended).toEqual({ seated: false, reason: 'not seated within 3 s', seatSeconds: null })
})

test('given up, it ends with how often it was tried', async () => {
  const run = await play({}, { insertion: (cycle) => (cycle > 5 ? { mode: 'exhausted', retried: 2 } : {}) })
  expect(run.ended.reason).toBe('stuck, after 2 more tries')
})

test('who knows better decides, whatever is felt', async () => {
  const verdict: Ended = { seated: false, reason: 'jammed', seatSeconds: null }
  const run = await play(
    {},
    { insertion: () => ({ phase: 'seated' }), judge: ({ time }) => (time > 2 ? verdict : undefined) },
  )
  expect(run.ended).toEqual(verdict)
})

test('stop stops governor and robot at once, and nothing moves until it is armed again', async () => {
  const run = await play({
    5: ({ say }) => say('stop'),
    15: ({ say }) => say('rearm'),
    25: ({ say }) => say('quit'),
  })
  expect(run.fake.stops[0]).toBe('stopped by the operator')
  expect(held(run, 6, 14)).toBe(true)
  expect(held(run, 17, 24)).toBe(false)
  expect(run.state.arms).toBe(1)
  expect(run.told).toContain('armed again')
})

test.each([
  ['before', 3],
  ['while', 10],
])('a pause said %s it is stopped holds when it is armed again, until it is said to go on', async (_, cycle) => {
  const run = await play({
    [cycle]: ({ say }) => say('pause'),
    5: ({ say }) => say('stop'),
    15: ({ say }) => say('rearm'),
    25: ({ say }) => say('pause'),
    35: ({ say }) => say('quit'),
  })
  expect(held(run, 6, 24)).toBe(true)
  expect(held(run, 27, 34)).toBe(false)
})

test('pause holds, and goes on without arming', async () => {
  const run = await play({
    5: ({ say }) => say('pause'),
    12: ({ say }) => say('pause'),
    20: ({ say }) => say('quit'),
  })
  expect(held(run, 6, 11)).toBe(true)
  expect(held(run, 13, 19)).toBe(false)
  expect(run.state.arms).toBe(0)
  expect(run.fake.stops[0]).toBe(BY_OPERATOR)
})

test('a key that can do nothing now says what it waits for', async () => {
  const run = await play({
    3: ({ say }) => say('rearm'),
    5: ({ say }) => say('stop'),
    8: ({ say }) => say('pause'),
    20: ({ say }) => say('quit'),
  })
  expect(run.state.arms).toBe(0)
  expect(run.told).toContain('it is armed already')
  expect(run.told).toContain('paused: p goes on, once it is armed again')
})

test('time that it stood still does not count against it', async () => {
  const run = await play({ 5: ({ say }) => say('pause'), 45: ({ say }) => say('pause') }, { limit: 2 })
  expect(run.ended.reason).toBe('not seated within 2 s')
  // 2 s of moving and 4 s of pause.
  expect(run.cycles.length).toBeGreaterThan(58)
})

test('time for which the governor held it does not count either', async () => {
  const run = await play(
    {
      5: async ({ fake }) => {
        fake.frozen = await fake.observe()
      },
      45: ({ fake }) => {
        fake.frozen = undefined
      },
    },
    { limit: 2 },
  )
  expect(run.ended.reason).toBe('not seated within 2 s')
  expect(run.cycles.length).toBeGreaterThan(52)
})

test('what stopped when nobody is there to go on with it ends, and says why', async () => {
  const taken = ({ state }: Scene) => {
    state.obstacle = 'stale: no heartbeat'
  }
  const run = await play({ 2: ({ leave }) => leave(), 5: taken })
  expect(run.ended).toEqual({ seated: false, reason: 'stale: no heartbeat', seatSeconds: null })
  const afterwards = await play({ 5: ({ say }) => say('stop'), 9: ({ leave }) => leave() })
  expect(afterwards.ended.reason).toBe('stopped by the operator')
  expect(afterwards.cycles.length).toBeGreaterThan(8)
})

test('who wants it armed before there is a plan hears that it will be, and it is not armed too early', async () => {
  const saying =
    (...words: RunWord[]): LiveRun['listen'] =>
    ({ onWord }) => {
      for (const word of words) onWord(word)
      return () => {}
    }
  const run = await play({ 20: ({ abort }) => abort.abort() }, { listen: saying('rearm') })
  expect(run.told[0]).toBe('it is armed when its first plan is there')
  expect(run.state.arms).toBe(0)
  const released = await play({ 20: ({ abort }) => abort.abort() }, { listen: saying('stop', 'rearm') })
  expect(released.state.arms).toBe(0)
  expect(held(released, 5, 19)).toBe(false)
})

test('stopped before it moved, it does not wait for a verdict that never comes when nobody is there', async () => {
  const listen: LiveRun['listen'] = ({ onWord, onEnd }) => {
    onWord('stop')
    onEnd()
    return () => {}
  }
  const run = await play({ 50: ({ abort }) => abort.abort() }, { listen, judge: () => undefined })
  expect(run.ended.reason).toBe('stopped by the operator')
})

test('an arm that the governor holds, or that is paused, is given up after 10 s where nobody can say anything', async () => {
  const lose = async ({ fake }: Scene) => {
    fake.frozen = await fake.observe()
  }
  const run = await play({ 2: ({ leave }) => leave(), 5: lose })
  expect(run.ended).toMatchObject({ seated: false, reason: expect.stringMatching(/^stale: observation is \d/) })
  expect(run.cycles.length).toBeLessThan(120)
  const paused = await play({ 5: ({ say }) => say('pause'), 6: ({ leave }) => leave() })
  expect(paused.ended.reason).toBe('paused')
  const dry = { robot: moveNothing(alwaysArmed(new FakeRobot())) }
  const looking = await play({ 5: ({ say }) => say('pause'), 6: ({ leave }) => leave() }, dry)
  expect(looking.ended.reason).toBe('paused')
  // With somebody there it waits, for as long as they like.
  const watched = await play({ 5: lose, 150: ({ say }) => say('quit') })
  expect(watched.ended.reason).toBe(BY_OPERATOR)
})

test('what the governor holds the arm for is told once, with its numbers', async () => {
  const run = await play({
    5: async ({ fake }) => {
      fake.frozen = await fake.observe()
    },
    30: ({ say }) => say('quit'),
  })
  const lines = run.told.filter((text) => text.startsWith('stale: '))
  expect(lines).toEqual([expect.stringMatching(/^stale: observation is 0\.\d+ s old, limit 0\.5 s/)])
})

test('a part that was seated when somebody stopped it is not counted as seated: nobody looked on', async () => {
  const run = await play(
    { 12: ({ say }) => say('stop'), 30: ({ say }) => say('quit') },
    { insertion: (cycle) => ({ phase: cycle >= 10 ? 'seated' : 'free' }) },
  )
  expect(run.ended).toEqual({ seated: false, reason: BY_OPERATOR, seatSeconds: null })
})

test('nobody is needed as long as it moves, or arms itself again', async () => {
  const whole = await play({ 2: ({ leave }) => leave() }, { limit: 3 })
  expect(whole.ended.reason).toBe('not seated within 3 s')
  const taken = ({ state }: Scene) => {
    state.obstacle = 'stale: no heartbeat'
  }
  const rearmed = await play({ 2: ({ leave }) => leave(), 5: taken }, { rearms: 1, limit: 3 })
  expect(rearmed.state.arms).toBe(1)
  expect(rearmed.ended.reason).toBe('not seated within 3 s')
})

test('a robot taken out of our hands is told of, and waits to be armed when it comes back', async () => {
  const run = await play({
    5: ({ state }) => {
      state.obstacle = 'stale: no heartbeat'
    },
    10: ({ state }) => {
      state.obstacle = undefined
    },
    20: ({ say }) => say('quit'),
  })
  expect(run.told).toContain('stopped: stale: no heartbeat; r arms again, q ends')
  expect(held(run, 7, 19)).toBe(true)
})

test('a simulated robot is armed again by itself as often as was said, but never after somebody stopped it', async () => {
  const taken = ({ state }: Scene) => {
    state.obstacle = 'stale: no heartbeat'
  }
  const run = await play({ 5: taken, 15: taken, 25: taken, 35: ({ say }) => say('quit') }, { rearms: 2 })
  expect(run.state.arms).toBe(2)
  expect(held(run, 10, 14)).toBe(false)
  expect(held(run, 27, 34)).toBe(true)
  const stopped = await play(
    {
      5: (scene) => {
        scene.state.isReady = false
        taken(scene)
      },
      8: ({ say }) => say('stop'),
      10: ({ state }) => {
        state.isReady = true
      },
      20: ({ say }) => say('quit'),
    },
    { rearms: 2 },
  )
  expect(stopped.state.arms).toBe(0)
  expect(held(stopped, 8, 19)).toBe(true)
})

test('a robot that cannot be armed says why, and stays stopped', async () => {
  const run = await play({
    5: ({ say }) => say('stop'),
    8: ({ state, say }) => {
      state.refusal = 'the stop topic says stop'
      say('rearm')
    },
    20: ({ say }) => say('quit'),
  })
  expect(run.told).toContain('not armed: the stop topic says stop')
  expect(held(run, 6, 19)).toBe(true)
})

test('who says stop while it is being armed is obeyed', async () => {
  const run = await play({
    5: ({ say }) => say('stop'),
    8: ({ say }) => {
      say('rearm')
      say('stop')
    },
    20: ({ say }) => say('quit'),
  })
  expect(run.told).not.toContain('armed again')
  expect(held(run, 6, 19)).toBe(true)
  expect(run.fake.stops).toContain('stopped while it was being armed')
})

test('what is being armed when the run ends is stopped again', async () => {
  const seated: Ended = { seated: true, reason: 'seated', seatSeconds: 1 }
  let isOver = false
  const run = await play(
    {
      5: ({ say }) => say('stop'),
      8: ({ say }) => {
        say('rearm')
        isOver = true
      },
    },
    { judge: () => (isOver ? seated : undefined) },
  )
  expect(run.ended).toEqual(seated)
  expect(run.state.arms).toBe(1)
  expect(run.told).not.toContain('armed again')
  expect(run.fake.stops.at(-1)).toBe('stopped while it was being armed')
})

test('a stop of which the robot hears a moment later is not taken for a robot that was taken away', async () => {
  const run = await play(
    {
      5: ({ say }) => say('stop'),
      7: ({ state }) => {
        state.obstacle = 'ready: stopped by the operator'
      },
      20: ({ say }) => say('quit'),
    },
    { rearms: 2 },
  )
  expect(run.state.arms).toBe(0)
  expect(held(run, 6, 19)).toBe(true)
})

test('lost again in the moment in which it was armed, it is told of and stopped', async () => {
  const run = await play({
    5: ({ say }) => say('stop'),
    8: ({ state, say }) => {
      state.lost = 'stale: no heartbeat'
      say('rearm')
    },
    20: ({ say }) => say('quit'),
  })
  expect(run.told).toContain('stopped: stale: no heartbeat; r arms again, q ends')
  expect(run.governor.state).toBe('stopped')
})

test('a clock that is set back ends it, and one that is set forward is no time that was moved', async () => {
  const back = await play({
    5: ({ fake }) => {
      fake.time -= 3600
    },
  })
  expect(back.ended.reason).toMatch(/^the robot's clock was set back by 3599\.\d s: start again$/)
  const ahead = await play({
    5: ({ fake }) => {
      fake.time += 3600
    },
    15: ({ say }) => say('quit'),
  })
  expect(ahead.ended.reason).toBe(BY_OPERATOR)
})

test('Ctrl-C stops the robot and ends the run', async () => {
  const run = await play({ 7: ({ abort }) => abort.abort() })
  expect(run.ended).toEqual({ seated: false, reason: 'interrupted', seatSeconds: null })
  expect(run.fake.stops[0]).toBe('interrupted')
  expect(run.cycles.length).toBe(8)
})

test('a controller that fails is told of, the robot is stopped, and the failure is thrown', async () => {
  const told: string[] = []
  const failing = play(
    {
      5: () => {
        throw new Error('the disk is full')
      },
    },
    { tell: (text) => told.push(text) },
  )
  await expect(failing).rejects.toThrow('the disk is full')
  expect(told).toContain('stopped: the disk is full')
})

test('a dry run commands nothing, and says so in the end', async () => {
  const fake = new FakeRobot()
  const run = await play({}, { robot: moveNothing(alwaysArmed(fake)), limit: 2 })
  expect(run.ended.reason).toBe('dry run, nothing moved')
  expect([fake.commands, fake.stops]).toEqual([[], []])
  expect(run.shown[0]).toMatch(/^dry run/)
})

test('an arm that was moved by hand while it was stopped is not sent back, not even in the moment before the governor knows that it is armed', async () => {
  const away = makePose([0.55, 0.05, 0.32], [1, 0, 0, 0])
  const run = await play({
    5: ({ say }) => say('stop'),
    9: ({ fake }) => {
      fake.eeInBase = away
    },
    12: ({ say }) => say('rearm'),
    20: ({ say }) => say('quit'),
  })
  const [before, after] = [run.cycles.slice(6, 12), run.cycles.slice(12)]
  expect(before.every(({ silent }) => silent)).toBe(true)
  const first = after.find(({ silent }) => !silent)
  expect(first?.guarded.eeInBase).toEqual(away)
  for (const pose of run.fake.commands.slice(6)) expect(poseDistance(pose, away).translation).toBeLessThan(0.1)
})
