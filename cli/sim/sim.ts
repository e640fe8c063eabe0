// tenon sim: the simulated arm as a ROS robot, behind a rosbridge server of our own.
import { Command, Option } from 'commander'
import { LocalGraph, RosbridgeServer, type StatusLevel } from '../../robot-bridge/server/index.ts'
import { askForPriority } from '../../robot-bridge/thread-priority.ts'
import { findClearance, findTask, type LookLevel, type Shot, type Split, World, warmUp } from '../../sim/index.ts'
import { Random } from '../../tensor/random.ts'
import { PICTURES } from '../demonstrate.ts'
import { UserError } from '../errors.ts'
import { interruption } from '../interrupt.ts'
import {
  jsonOption,
  lookOption,
  number,
  type PictureSize,
  pictureSizeOption,
  rgbdOption,
  taskOption,
  withConditions,
} from '../options.ts'
import { startStatusLine } from '../status-line.ts'
import { answer, say } from '../terminal.ts'
import { describe } from './describe.ts'
import type { EpisodeVerdict } from './episodes.ts'
import { PictureThread } from './picture-thread.ts'
import { keepRealTime } from './real-time.ts'
import { SimulatedArm } from './simulated-arm.ts'

export interface SimOptions {
  rosbridge: number
  host: string
  task: string
  clearance: number
  chamfer: number
  split: Split
  noise: string
  seed: number
  look?: LookLevel
  rgbd?: boolean
  pictureSize?: PictureSize
  latency: number
  drop: number
  speed: number
}

/** What `sim --json` prints when it is stopped. */
export interface SimResult {
  url: string
  /** those that had begun */
  episodes: readonly EpisodeVerdict[]
  seconds: number
  /** wall time that was not simulated because the machine did not keep up */
  slippedSeconds: number
  commands: { accepted: number; rejected: number }
  pictures: number
}

/** ms */
const SHOW_EVERY = 500

export function simCommand(): Command {
  return withConditions(
    new Command('sim')
      .addOption(
        new Option('--rosbridge <port>', 'where to listen; 0: any free port')
          .argParser(number({ low: 0, high: 65_535, whole: true }))
          .makeOptionMandatory(),
      )
      .option(
        '--host <address>',
        'who may connect: rosbridge knows no passwords, and 0.0.0.0 lets anyone in',
        '127.0.0.1',
      )
      .addOption(taskOption().default('square-peg')),
  )
    .addOption(rgbdOption())
    .addOption(pictureSizeOption())
    .addOption(lookOption())
    .addOption(
      new Option('--latency <ms>', 'added to each message, each way')
        .argParser(number({ low: 0, high: 10_000 }))
        .default(0),
    )
    .addOption(
      new Option('--drop <fraction>', 'of the topics’ messages, each way')
        .argParser(number({ low: 0, high: 0.9 }))
        .default(0),
    )
    .addOption(
      new Option('--speed <factor>', 'simulated seconds a second')
        .argParser(number({ low: 0.05, high: 10 }))
        .default(1),
    )
    .addOption(jsonOption())
    .action(async (options: SimOptions & { json?: boolean }) => {
      if (options.pictureSize && !options.rgbd) throw new UserError('--picture-size is of pictures: add --rgbd')
      if (options.look && !options.rgbd) throw new UserError('--look is of pictures: add --rgbd')
      const result = await serveSimulator(options)
      if (options.json) answer(result)
    })
}

export async function serveSimulator(options: SimOptions): Promise<SimResult> {
  const { task, clearance, chamfer, split, noise, seed, latency, drop, speed, host } = options
  const world = await World.create(findTask(task), { clearance: findClearance(clearance), chamfer: chamfer / 1e3 })
  const camera = options.rgbd
    ? { ...PICTURES, ...options.pictureSize, ...(options.look ? { look: options.look } : {}) }
    : undefined
  warmUp(world)
  const network = new Random(seed).fork('network')
  const line = startStatusLine()
  const graph = new LocalGraph()
  const server = await listen({
    graph,
    port: options.rosbridge,
    host,
    latency: latency / 1e3,
    drop,
    random: () => network.uniform(),
    log: (_: StatusLevel, message: string) => line.tell(message),
  })
  const signal = interruption()
  const pictures = camera && new PictureThread({ task, clearance, chamfer, seed, camera })
  askForPriority()
  const draw = pictures && ((index: number, shot: Shot) => pictures.draw(index, shot))
  const arm = new SimulatedArm({ graph, world, split, noise, seed, camera, speed, ...(draw && { draw }) })
  const begun = performance.now()
  const pace = { keptUp: 1 }
  say(`${task} ${clearance} mm ${split}, seed ${seed}: profile sim, ${server.url} (Ctrl-C ends it)`)
  const showing = setInterval(
    () => line.show(describe({ ...arm.status, clients: server.clients, keptUp: pace.keptUp })),
    SHOW_EVERY,
  )
  try {
    await keepRealTime(pace, {
      signal,
      tick: () => arm.tick(),
      slipped: () => arm.status.slipped,
      onSlip: (keptUp) =>
        line.tell(
          `this machine does not keep up: ${Math.round(100 * keptUp)} % of real time was simulated, the rest was skipped; ` +
            `a lower --speed or fewer other programs help`,
        ),
    })
  } finally {
    clearInterval(showing)
    line.stop()
    await server.close()
    arm.close()
    await pictures?.close()
  }
  const { guard, slipped, pictures: drawn } = arm.status
  const episodes = arm.verdicts
  world.dispose()
  const seated = episodes.filter(({ state }) => state === 'seated').length
  say(`${seated} of ${episodes.length} episodes seated`)
  return {
    url: server.url,
    episodes,
    seconds: (performance.now() - begun) / 1e3,
    slippedSeconds: slipped,
    commands: { accepted: guard.accepted, rejected: guard.rejected },
    pictures: drawn,
  }
}

async function listen(options: Parameters<typeof RosbridgeServer.listen>[0]): Promise<RosbridgeServer> {
  try {
    return await RosbridgeServer.listen(options)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const where = `${options.host}:${options.port}`
    if (code === 'EADDRINUSE') throw new UserError(`${where} is taken: choose another --rosbridge PORT, or 0 for any`)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') throw new UserError(`${where}: no address of this machine`)
    throw error
  }
}
