// Episodes of the simulated ROS robot, one after the other, and what the judge says of each.
//
// Nobody knows when whoever commands the robot will begin: an episode's time runs from the first command that the guard
// lets through. Scenario, noise and look are those of `tenon eval` with the same seed and number.
import { findNoise } from '../../perception/index.ts'
import {
  type CameraOptions,
  drawScenario,
  type Failure,
  judge,
  SimRobot,
  type Split,
  type World,
} from '../../sim/index.ts'
import { Random } from '../../tensor/random.ts'

/** Everything random in an episode. */
export const episodeRandom = (seed: number, index: number): Random => new Random(seed).fork('evaluate', index)

export interface EpisodesOptions {
  world: World
  split: Split
  noise: string
  seed: number
  /** none: a robot that sees poses only */
  camera?: CameraOptions | undefined
}

/** What the verdict service says, as JSON. */
export interface EpisodeVerdict {
  /** `waiting`: for the first command */
  state: 'waiting' | 'running' | 'seated' | 'failed'
  task: string
  seed: number
  episode: number
  /** since the first command, s; it stands still once the episode is over */
  seconds: number
  /** null as long as it is not seated */
  seatSeconds: number | null
  failure: Failure | null
  /** largest 5 ms mean of the contact force, N */
  peakForceN: number
  /** deepest overlap of the parts, µm: how far physics can be believed */
  penetrationUm: number
  /** of the part's tip over full depth, and beside the axis, mm */
  heightMm: number
  offsetMm: number
}

export class Episodes {
  readonly #options: EpisodesOptions
  #index = 0
  #isClaimed = false
  #robot: SimRobot
  /** simulated time of the first command */
  #begun: number | undefined
  #over: EpisodeVerdict | undefined
  readonly #past: EpisodeVerdict[] = []

  constructor(options: EpisodesOptions) {
    this.#options = options
    this.#robot = this.#start()
  }

  get robot(): SimRobot {
    return this.#robot
  }

  get index(): number {
    return this.#index
  }

  /** Those that had begun. */
  get past(): readonly EpisodeVerdict[] {
    return this.#past
  }

  /** The next episode; the first time, unless it has begun, the first one. */
  next(): void {
    this.finish()
    if (this.#isClaimed) this.#index++
    this.#isClaimed = true
    this.#begun = undefined
    this.#over = undefined
    this.#robot = this.#start()
  }

  /** Ends the episode and keeps its verdict, if it had begun. */
  finish(): void {
    const verdict = this.verdict()
    if (verdict.state !== 'waiting') this.#past.push(verdict)
  }

  /** A command went to the arm. */
  commanded(): void {
    this.#isClaimed = true
    this.#begun ??= this.#robot.now()
  }

  /** Lets the judge look; call this often. */
  async look(): Promise<void> {
    if (this.#begun === undefined || this.#over) return
    const robot = this.#robot
    const { source } = await robot.observe()
    const { task, peakForce } = robot.world
    const time = robot.now() - this.#begun
    const lastSeen = source.stamp - this.#begun
    const verdict = judge(task, { sourceInTarget: robot.sourceInTarget, peakForce, time, lastSeen })
    if (!verdict) return
    const { seated, seatSeconds, failure = null } = verdict
    this.#over = { ...this.verdict(), state: seated ? 'seated' : 'failed', seatSeconds, failure }
  }

  verdict(): EpisodeVerdict {
    if (this.#over) return this.#over
    const { world, sourceInTarget } = this.#robot
    const [x, y, z] = sourceInTarget.position
    return {
      state: this.#begun === undefined ? 'waiting' : 'running',
      task: world.task.name,
      seed: this.#options.seed,
      episode: this.#index,
      seconds: this.#begun === undefined ? 0 : this.#robot.now() - this.#begun,
      seatSeconds: null,
      failure: null,
      peakForceN: world.peakForce,
      penetrationUm: world.deepestPenetration * 1e6,
      heightMm: (z + world.task.depth) * 1e3,
      offsetMm: Math.hypot(x, y) * 1e3,
    }
  }

  #start(): SimRobot {
    const { world, split, noise, seed, camera } = this.#options
    const random = episodeRandom(seed, this.#index)
    const scenario = drawScenario(world.task, split, random.fork('scenario'))
    return new SimRobot({ world, scenario, noise: findNoise(noise), random, camera })
  }
}
