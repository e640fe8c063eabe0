import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadProfile, parseProfile, readyProfiles } from './load-profile.ts'

const ready = await readyProfiles()
const sim = await loadProfile('sim')
/** `sim` with some of its fields changed, as the text of a file. */
const changed = (change: object) => JSON.stringify({ ...sim, ...change })

it.each(ready)('the ready profile %s is valid, goes by its own name and tells of the arm’s watchdog', async (name) => {
  const profile = await loadProfile(name)
  expect(profile.name).toBe(name)
  expect(profile.watchdog.length).toBeGreaterThan(40)
})

it('a profile of one’s own is read by its path', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'profile-')), 'mine.json')
  await writeFile(path, changed({ name: 'mine' }))
  expect((await loadProfile(path)).name).toBe('mine')
})

describe('what is wrong is said with the file and the field', () => {
  it('an unknown name: the ready ones are listed', async () => {
    await expect(loadProfile('simm')).rejects.toThrow(
      /no profile is called "simm"; ready ones: .*\bsim\b.*\.\/my-arm\.json/,
    )
  })

  it('no such file', async () => {
    await expect(loadProfile('./nowhere.json')).rejects.toThrow('./nowhere.json: there is no such file')
  })

  it('no JSON', () => {
    expect(() => parseProfile('{"name": ', 'mine.json')).toThrow(/^mine\.json: this is no JSON: /)
  })

  it('a field that does not exist', () => {
    expect(() => parseProfile(changed({ spede: 1 }), 'mine.json')).toThrow(/^mine\.json: .*spede/s)
  })

  it('a limit that is missing', () => {
    const { jerk: _, ...limits } = sim.limits
    expect(() => parseProfile(changed({ limits }), 'mine.json')).toThrow(/limits\.jerk/)
  })

  it('a command that is of no known type', () => {
    const command = { ...sim.command, type: 'std_msgs/String' }
    expect(() => parseProfile(changed({ command }), 'mine.json')).toThrow(/command\.type/)
  })

  it('but a quaternion that was rounded to three digits is mended', () => {
    const cameraInBase = { position: [0.5, 0, 1], orientation: [0.635, 0.635, -0.311, -0.311] }
    const { orientation } = parseProfile(changed({ cameraInBase }), 'mine.json').cameraInBase ?? {}
    expect(Math.hypot(...(orientation ?? []))).toBeCloseTo(1, 12)
  })

  it('a quaternion that is not of length 1', () => {
    const cameraInBase = { position: [0, 0, 0], orientation: [0, 0, 0, 0] }
    expect(() => parseProfile(changed({ cameraInBase }), 'mine.json')).toThrow(/length 1.*cameraInBase\.orientation/s)
  })

  it.each<[string, (profile: typeof sim) => void, RegExp]>([
    ['a base that is the end effector', ({ frames }) => (frames.ee = frames.base), /frames\.ee/],
    [
      'transforms without the name of one',
      ({ objects }) => (objects.source.type = 'tf2_msgs/TFMessage'),
      /objects\.source\.id/,
    ],
    ['no symmetry at all', ({ objects }) => (objects.source.symmetry = 0), />=1.*source\.symmetry/s],
    ['one topic for both objects', ({ objects }) => (objects.target = objects.source), /objects\.target/],
    ['commands too rare', ({ command }) => (command.rate = 10), /at least 20 Hz.*command\.rate/s],
    [
      'commands too rare, without a guard',
      (profile) => {
        delete profile.guard
        profile.command.rate = 10
      },
      /at least 20 Hz.*command\.rate/s,
    ],
    ['a rate of what is not there', (profile) => delete profile.wrench, /there is no wrench.*leastRate\.wrench/s],
    ['a creep that is no creep', ({ limits }) => (limits.creep.speed = 0.2), /no more than limits\.speed, 0\.1 m\/s/],
    ['a haste at contact', ({ limits }) => (limits.contactZone.speed = 0.2), /limits\.contactZone\.speed/],
    [
      'a guard of velocities',
      (profile) => {
        const gain = { linear: 1, angular: 1 }
        profile.command = { kind: 'twist', topic: '/x', type: 'geometry_msgs/TwistStamped', rate: 30, gain }
      },
      /the guard holds by sending poses.*at guard/s,
    ],
    [
      'an axis that is not of length 1',
      ({ limits }) => (limits.tilt = { axisInEe: [0, 0, 1], axisInBase: [0, 0, -2], angle: 1 }),
      /limits\.tilt\.axisInBase/,
    ],
  ])('%s', (_, change, message) => {
    const profile = structuredClone(sim)
    change(profile)
    expect(() => parseProfile(JSON.stringify(profile), 'mine.json')).toThrow(message)
  })
})

it('every ready arm is guarded, or halts by itself when its commands age', async () => {
  for (const name of ready) {
    const { guard, watchdog } = await loadProfile(name)
    expect(guard !== undefined || /stamp is incoming_command_timeout/.test(watchdog), name).toBe(true)
  }
})

it('the ready profiles are those the documentation lists', () => {
  expect(ready).toEqual([
    'franka-cartesian-impedance',
    'fzi-cartesian-compliance',
    'moveit-servo-pose',
    'moveit-servo-twist',
    'sim',
    'ur-cartesian-motion',
  ])
})
