// The guard node as a user starts it, as far as that goes without ROS; ros1.test.ts has the rest.
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { GuardState } from './guard.ts'
import { PYTHON } from './testing/replay.ts'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const python = (script: string, ...args: string[]) =>
  spawnSync('python3', ['-B', path(script), ...args], { encoding: 'utf8' })

describe.skipIf(!PYTHON)(`the guard node${PYTHON ? '' : ' (skipped: no python3)'}`, () => {
  it('guards an arm on ROS 2, as far as a stand-in for rclpy tells', () => {
    const { status, stdout, stderr } = python(
      './testing/ros2_stand_in.py',
      ...['--base', 'base', '--arm', '/arm/target', '--ee', '/arm/pose', '--stop', '/tenon/stop'],
      // Longer than usual, so that a machine with much else to do is not taken for silence.
      ...['--silence', '0.5', '--max-age', '0.5', '--measured-max-age', '0.5'],
    )
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const { replies, told, states } = JSON.parse(stdout) as {
      replies: [boolean, string][]
      told: [number, string][]
      states: GuardState[]
    }
    expect(replies).toEqual([
      [false, 'no measured pose for 500 ms: none has come'],
      [true, 'armed: expects a command within 1000 ms'],
      [true, 'armed: expects a command within 1000 ms'],
      [false, '2 publish commands, expected one: end the others'],
      [true, 'stopped: holds until released, and is disarmed then'],
    ])
    const xs = told.map(([x]) => x)
    // Ten commands, where the arm is in the silence after them, three more, and where the arm is again.
    expect(xs.slice(0, 10)).toEqual([...Array(10).keys()].map((step) => 0.5 + step / 1000))
    const second = xs.indexOf(0.6)
    expect(new Set(xs.slice(10, second))).toEqual(new Set([0.4]))
    expect(xs.slice(second, second + 3)).toEqual([0.6, 0.601, 0.602])
    expect(new Set(xs.slice(second + 3))).toEqual(new Set([0.4]))
    expect(new Set(told.map(([, frame]) => frame))).toEqual(new Set(['base']))
    const reasons = states.map(({ state, reason }) => `${state}: ${reason}`)
    expect(reasons.filter((reason, i) => reason !== reasons[i - 1])).toEqual([
      'idle: not armed yet',
      'armed: waits for the first command',
      `armed: obeys /rosbridge (${'01'.repeat(16)})`,
      'holding: no command for 500 ms',
      'armed: waits for the first command',
      `armed: obeys /rosbridge (${'01'.repeat(16)})`,
      'holding: two masters: 2 publish commands',
      'stopped: emergency stop',
    ])
  })

  it('takes what it needs to know from the profile that the bridge uses', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tenon-guard-'))
    try {
      const profile = {
        frames: { base: 'base_link', ee: 'tool0', camera: 'camera' },
        command: { kind: 'pose', topic: '/arm/target', type: 'geometry_msgs/PoseStamped', rate: 50 },
        ee: { topic: '/tf', type: 'tf2_msgs/TFMessage' },
        guard: { command: '/tenon/command', state: '/tenon/guard' },
        stop: { topic: '/stop', type: 'std_msgs/Bool' },
      }
      const file = join(folder, 'arm.json')
      await writeFile(file, JSON.stringify(profile))
      expect(optionsOf('--profile', file, '--stop', '/e_stop', '--max-age', '0.1')).toMatchObject({
        command: '/tenon/command',
        arm: '/arm/target',
        base: 'base_link',
        ee: '/tf',
        ee_type: 'tf2_msgs/TFMessage',
        ee_frame: 'tool0',
        stop: '/e_stop',
        state: '/tenon/guard',
        max_age: 0.1,
        silence: 0.1,
      })
      await writeFile(file, JSON.stringify({ ...profile, guard: { command: 'arm/target', state: '/tenon/guard' } }))
      expect(refusalOf('--profile', file)).toContain(
        'expected two topics, got /arm/target for commands and for the arm',
      )
      const { guard: _, ...unguarded } = profile
      await writeFile(file, JSON.stringify(unguarded))
      expect(refusalOf('--profile', file)).toContain('expected a profile with `guard`, and a `command` of kind pose')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it.each([
    [['--base', 'base'], 'expected --profile, or --arm and --ee'],
    [['--base', 'base', '--arm', '/a', '--ee', '/tf', '--ee-type', 'tf2_msgs/TFMessage'], 'or --ee-frame'],
    [['--silence', '60'], 'expected more than 0 and at most 2 s, got 60'],
    [['--max-age', 'nan'], 'expected more than 0 and at most 2 s, got nan'],
    [['--profile', '/no/such/file.json'], "/no/such/file.json: expected an arm's profile: [Errno 2]"],
    [['--profile', path('./cases.json')], "expected an arm's profile, got none with 'command'"],
  ])('refuses %j', (args, refusal) => {
    expect(refusalOf(...args)).toContain(refusal)
  })

  it('explains its options without ROS, and says that it needs one', () => {
    const { stdout, status } = withoutRos('tenon_guard.main()', '--help')
    expect(status).toBe(0)
    expect(stdout).toContain('--profile')
    const { stderr } = withoutRos('tenon_guard.main()', '--base', 'base', '--arm', '/a', '--ee', '/b')
    expect(stderr).toBe("expected rospy or rclpy, got neither: source ROS's setup.bash first\n")
  })
})

function withoutRos(code: string, ...args: string[]) {
  const setup = 'import sys; sys.modules.update(rospy=None, rclpy=None); import tenon_guard'
  return spawnSync('python3', ['-B', '-c', `${setup}; ${code}`, ...args], { encoding: 'utf8', cwd: path('.') })
}

const optionsOf = (...args: string[]): unknown =>
  JSON.parse(withoutRos('import json; print(json.dumps(vars(tenon_guard.read_options(sys.argv[1:]))))', ...args).stdout)

function refusalOf(...args: string[]): string {
  const { status, stderr } = withoutRos('tenon_guard.read_options(sys.argv[1:])', ...args)
  expect(status).not.toBe(0)
  return stderr
}
