import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Observation } from '../../control/index.ts'
import { loadProfile, RosRobot } from '../../robot-bridge/index.ts'
import { LocalGraph, RosbridgeServer } from '../../robot-bridge/server/index.ts'
import { type Running, startTenon, testFolder } from '../child.ts'
import { type SimResult, simCommand } from './sim.ts'

// Each spawns a process that keeps time with the wall, on machines that may be busy.
vi.setConfig({ testTimeout: 180_000 })

const folder = await testFolder()
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function startSim(...more: string[]): Promise<{ sim: Running; url: string }> {
  const sim = startTenon(folder, 'sim', '--rosbridge', '0', '--json', ...more)
  ends.push(() => sim.child.kill('SIGKILL'))
  let told = ''
  sim.child.stderr?.on('data', (text) => (told += text))
  await sim.said('Ctrl-C ends it')
  const [url] = /ws:\/\/[\d.:]+/.exec(told) ?? []
  if (!url) throw new Error(`expected an address, got ${told}`)
  return { sim, url }
}

async function connect(url: string, camera = false): Promise<RosRobot> {
  const robot = new RosRobot({ url, profile: await loadProfile('sim'), camera })
  ends.push(() => robot.close())
  await robot.ready(60)
  return robot
}

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1e3))

describe('tenon sim --rosbridge', () => {
  it('is a robot like any other to the bridge: seen, armed, commanded, judged', async () => {
    const { sim, url } = await startSim('--seed', '3', '--rgbd', '--picture-size', '32x32', '--latency', '10')
    const robot = await connect(url, true)
    // Pictures are drawn, sent and decoded in threads of their own, which take a while to start on a busy machine.
    const observe = async (): Promise<Observation> => {
      const observation = await robot.observe().catch(() => undefined)
      if (observation) return observation
      await sleep(0.1)
      return observe()
    }
    const { eeInBase, source, rgbd, wrench } = await observe()
    expect(rgbd?.intrinsics).toMatchObject({ width: 32, height: 32 })
    expect(Math.hypot(...(wrench?.force ?? []))).toBeLessThan(5)
    expect(source.confidence).toBeGreaterThan(0)
    expect(JSON.parse(await robot.trigger('/tenon/reset'))).toEqual({ episode: 0 })

    const verdict = async () => JSON.parse(await robot.trigger('/tenon/verdict'))
    expect(await verdict()).toMatchObject({ state: 'waiting', episode: 0, seed: 3, task: 'square-peg' })
    // A processor that is busy elsewhere for 100 ms ends a stream of commands, as it should: then another begins.
    for (let tries = 0; (await verdict()).state === 'waiting'; tries++) {
      expect(tries, JSON.stringify(robot.events.slice(-5))).toBeLessThan(20)
      await robot.ready(60)
      await robot.arm().catch(() => {})
      for (let i = 0; i < 30; i++) {
        await robot.command({ eeInBase })
        await sleep(0.02)
      }
      await robot.stop('enough')
    }
    expect(await verdict()).toMatchObject({ state: 'running', episode: 0 })

    sim.child.kill('SIGINT')
    const { code, stdout, stderr } = await sim.ended
    expect(code, stderr).toBe(0)
    const result = JSON.parse(stdout) as SimResult
    expect(result).toMatchObject({ url, episodes: [{ episode: 0, state: 'running' }] })
    expect(result.commands.accepted).toBeGreaterThan(0)
    expect(result.pictures).toBeGreaterThan(1)
    expect(stderr).toContain('0 of 1 episodes seated')
  })

  it('says what is wrong with where it is to listen', async () => {
    const taken = await RosbridgeServer.listen({ graph: new LocalGraph(), port: 0 })
    ends.push(() => taken.close())
    const again = run('--rosbridge', `${taken.port}`)
    await expect(again).rejects.toThrow(`127.0.0.1:${taken.port} is taken: choose another --rosbridge PORT`)
    await expect(run('--rosbridge', '0', '--host', '192.0.2.1')).rejects.toThrow(
      '192.0.2.1:0: no address of this machine',
    )
  })

  it('says what is wrong with its options', async () => {
    await expect(run()).rejects.toThrow("required option '--rosbridge <port>' not specified")
    await expect(run('--rosbridge', '99999')).rejects.toThrow('expected a whole number from 0 to 65535')
    await expect(run('--rosbridge', '0', '--drop', '1')).rejects.toThrow('expected a number from 0 to 0.9')
    await expect(run('--rosbridge', '0', '--picture-size', '32x32')).rejects.toThrow('add --rgbd')
    await expect(run('--rosbridge', '0', '--look', 'varied')).rejects.toThrow('add --rgbd')
  })
})

/** In this process: for what fails before anything begins. */
async function run(...args: string[]): Promise<unknown> {
  return simCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parseAsync(['node', 'tenon', ...args])
}
