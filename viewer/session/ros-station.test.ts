import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { makePose } from '../../geometry/index.ts'
import { loadProfile, type RosRobot } from '../../robot-bridge/index.ts'
import type { Setup } from '../protocol/session.ts'
import { RosStation } from './ros-station.ts'
import type { Glance } from './station.ts'

const SETUP: Setup = { task: 'square-peg', clearanceMm: 1, chamferMm: 0.5, split: 'id', noise: 'none', seed: 0 }
const profile = await loadProfile('sim')
const stations: RosStation[] = []
afterEach(() => Promise.all(stations.splice(0).map((station) => station.close())))

/** A robot whose episode is as it is told, and which writes down what is asked of it. */
function open({ resets = true } = {}) {
  const robot = { episode: 'running', asked: [] as string[], time: 0 }
  const ros = {
    state: 'ready',
    now: () => robot.time,
    sleepUntil: async (time: number) => {
      robot.time = time
    },
    observe: async () => ({ stamp: robot.time, source: { stamp: robot.time }, target: { stamp: robot.time } }),
    stop: async () => void robot.asked.push('stop'),
    close: async () => {},
    async trigger(service: string) {
      if (!service.endsWith('verdict')) robot.asked.push(service)
      return JSON.stringify({ state: robot.episode, seatSeconds: null, failure: null, peakForceN: 0 })
    },
  } as unknown as RosRobot
  const { episode: _, ...real } = profile
  const station = new RosStation({ robot: ros, profile: resets ? profile : real, url: 'ws://fake', setup: SETUP })
  stations.push(station)
  return { robot, station, judge: () => station.judge(GLANCE, 1, true) }
}

const GLANCE = { stamp: 5, trackedSourceInTarget: makePose([0, 0, 0.05]) } as Glance
/** Longer than between two questions. */
const ASKED = 500

test('a simulated robot knows when the part is seated, whatever is felt', async () => {
  const { robot, station, judge } = open()
  expect(judge()).toBeUndefined()
  station.begin()
  await sleep(ASKED)
  expect(judge()).toBeUndefined()
  robot.episode = 'seated'
  await sleep(ASKED)
  expect(judge()).toEqual({ seated: true, reason: 'seated', seatedAt: 5 })
})

test('what was seated before anybody drove is no news, and its failing is for us to say', async () => {
  const { robot, station, judge } = open()
  robot.episode = 'seated'
  station.begin()
  await sleep(ASKED)
  expect(judge()).toBeUndefined()
  robot.episode = 'running'
  station.begin()
  await sleep(ASKED)
  robot.episode = 'failed'
  await sleep(ASKED)
  expect(judge()).toBeUndefined()
})

test('it begins its next episode, held first; a real one is not reset from here', async () => {
  const { robot, station } = open()
  expect(station.identity).toMatchObject({ resets: true })
  await station.reset(1)
  expect(robot.asked).toEqual(['stop', '/tenon/reset'])
  expect(station.episode).toBe(1)
  await expect(station.reset(1)).rejects.toThrow('begins its next episode and no other')
  const real = open({ resets: false })
  expect(real.station.identity).toMatchObject({ resets: false })
  await expect(real.station.reset(1)).rejects.toThrow('a real robot is not reset from here')
  expect(real.robot.asked).toEqual([])
})
