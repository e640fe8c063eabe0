// The simulator in this process, as a session drives it.
import { PICTURES } from '../../cli/demonstrate.ts'
import { alwaysArmed } from '../../cli/run/live-robot.ts'
import type { Limits } from '../../control/index.ts'
import { relative } from '../../geometry/index.ts'
import { findNoise } from '../../perception/index.ts'
import type { Scheduler } from '../../robot-bridge/server/scheduler.ts'
import {
  drawScenario,
  findClearance,
  findTask,
  judge,
  SimRobot,
  simLimits,
  TIME_LIMIT,
  World,
} from '../../sim/index.ts'
import { Random } from '../../tensor/random.ts'
import type { Setup } from '../protocol/session.ts'
import { inWords } from './in-words.ts'
import { PacedRobot } from './paced-robot.ts'
import type { Ended, Glance, Station } from './station.ts'

const COMMAND_INTERVAL = 1 / 60

/**
 * Everything random in an episode. Neither those of `tenon record` nor those of `tenon eval`: what is recorded here must
 * not be what a policy is measured by.
 */
const episodeRandom = (seed: number, episode: number): Random => new Random(seed).fork('studio', episode)

/** Throws a UserError for a setup that is none. */
export async function openSimStation(setup: Setup, time: Scheduler): Promise<SimStation> {
  return inWords(async () => {
    const world = await createWorld(setup)
    return new SimStation(world, setup, simulate(world, setup, 0), time)
  })
}

export class SimStation implements Station {
  readonly identity = { kind: 'sim' } as const
  readonly commandInterval = COMMAND_INTERVAL
  readonly isStreamed = false
  readonly connection = null
  readonly hasPictures = true
  readonly #paced: PacedRobot
  readonly robot: Station['robot']
  #world: World
  #setup: Setup
  #episode = 0

  constructor(world: World, setup: Setup, robot: SimRobot, time: Scheduler) {
    this.#world = world
    this.#setup = setup
    this.#paced = new PacedRobot(robot, time)
    this.robot = alwaysArmed(this.#paced)
  }

  get limits(): Limits {
    return simLimits(this.#world.task)
  }

  get setup(): Setup {
    return this.#setup
  }

  get episode(): number {
    return this.#episode
  }

  get peakForceN(): number {
    return this.#world.peakForce
  }

  get policySeed(): number {
    return episodeRandom(this.#setup.seed, this.#episode).fork('policy').uint32()
  }

  async glance(): Promise<Glance> {
    const observation = await this.#paced.observe()
    const { simulated } = this.#paced
    return {
      stamp: simulated.now(),
      eeInBase: simulated.eeInBase,
      sourceInBase: this.#world.sourceInBase,
      targetInBase: simulated.scenario.targetInBase,
      trackedSourceInTarget: relative(observation.target.pose, observation.source.pose),
      wrench: simulated.readWrench(),
      contacts: this.#world.contactPoints(),
      observation,
    }
  }

  listen(): () => void {
    return () => {}
  }

  commanded(): void {}

  judge({ stamp, observation }: Glance, seconds: number, isTimed: boolean): Ended | undefined {
    const { task, peakForce } = this.#world
    // A person takes the time that it takes.
    const time = isTimed ? seconds : Math.min(seconds, TIME_LIMIT / 2)
    const lastSeen = seconds - (stamp - observation.source.stamp)
    const verdict = judge(task, { sourceInTarget: this.#paced.simulated.sourceInTarget, peakForce, time, lastSeen })
    if (!verdict) return undefined
    const { seated, failure } = verdict
    return { seated, reason: failure ?? 'seated', seatedAt: seated ? stamp : null }
  }

  async change(setup: Setup): Promise<void> {
    await inWords(async () => {
      const world = await createWorld(setup)
      const robot = simulate(world, setup, 0)
      const old = this.#world
      this.#world = world
      this.#setup = setup
      this.#episode = 0
      this.#paced.replace(robot)
      old.dispose()
    })
  }

  async reset(episode: number): Promise<void> {
    await inWords(async () => {
      const robot = simulate(this.#world, this.#setup, episode)
      this.#episode = episode
      this.#paced.replace(robot)
    })
  }

  begin(): void {}

  rest(): void {
    this.#paced.rest()
  }

  wake(): void {
    this.#paced.wake()
  }

  async close(): Promise<void> {
    this.#paced.rest()
    this.#world.dispose()
  }
}

async function createWorld({ task, clearanceMm, chamferMm, noise }: Setup): Promise<World> {
  findNoise(noise)
  return World.create(findTask(task), { clearance: findClearance(clearanceMm), chamfer: chamferMm / 1e3 })
}

function simulate(world: World, { seed, split, noise }: Setup, episode: number): SimRobot {
  const random = episodeRandom(seed, episode)
  const scenario = drawScenario(world.task, split, random.fork('scenario'))
  return new SimRobot({ world, scenario, noise: findNoise(noise), random, camera: PICTURES })
}
