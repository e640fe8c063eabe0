// tenon studio: the browser page that shows the robot, and by which it is driven, recorded, trained and judged.
import { spawn } from 'node:child_process'
import { mkdir, stat } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { loadProfile } from '../robot-bridge/load-profile.ts'
import type { Profile } from '../robot-bridge/profile.ts'
import { RosRobot } from '../robot-bridge/ros-robot.ts'
import { askForPriority } from '../robot-bridge/thread-priority.ts'
import type { Split } from '../sim/index.ts'
import { buildPage } from '../viewer/build.ts'
import { GRACE, openShelf } from '../viewer/library/index.ts'
import type { LogLine, Setup } from '../viewer/protocol/session.ts'
import type { Session, Shelf } from '../viewer/server/backend.ts'
import { isLoopback, parseOrigin, printable, startStudioServer } from '../viewer/server/index.ts'
import { createRosSession, createSimSession } from '../viewer/session/index.ts'
import { UserError } from './errors.ts'
import { interruption } from './interrupt.ts'
import { number, taskOption, withConditions } from './options.ts'
import { readTlsFiles, type TlsFiles, withArm } from './ros-connection.ts'
import { refuseStray } from './stray-options.ts'
import { answer, say } from './terminal.ts'

export interface StudioOptions extends TlsFiles {
  port: number
  host: string
  origin?: string
  token?: string
  /** default: {@link DATA}, which is made where it is not there */
  data?: string
  task: string
  clearance: number
  chamfer: number
  split: Split
  noise: string
  seed: number
  robot: 'sim' | 'ros'
  url?: string
  cameraUrl?: string
  profile?: string
  open?: boolean
  json?: boolean
}

const DATA = 'runs'
/** A token of fewer characters may be guessed. */
const SHORT_TOKEN = 16
/** What is being put away when the studio ends has so long: more than a job that is stopped, ms. */
const FAREWELL = GRACE + 5000

export function studioCommand(): Command {
  return withArm(
    withConditions(
      new Command('studio')
        .addOption(
          new Option('--port <port>', 'where to listen; 0: any free port')
            .argParser(number({ low: 0, high: 65_535, whole: true }))
            .default(4173),
        )
        .option('--host <address>', 'who may connect: any but this machine alone demands the token', '127.0.0.1')
        .option('--token <text>', 'what the page has to know (default: made up where one is demanded)')
        .addOption(
          new Option(
            '--origin <url>',
            'address of a proxy in front, like https://studio.lab.example; demands the token',
          ).argParser(originOf),
        )
        .option('--data <dir>', `folder of datasets and checkpoints (default: ${DATA})`)
        .addOption(taskOption().default('square-peg')),
    ).addOption(
      new Option('--robot <kind>', 'sim: in this process; ros: an arm behind a rosbridge, watched until it is armed')
        .choices(['sim', 'ros'])
        .default('sim'),
    ),
  )
    .option('--open', 'also open the page in the browser of this machine')
    .option('--json', 'print the URL in one JSON object on stdout once it can be opened')
    .action(async (options: StudioOptions, command: Command) => {
      const ofRobots = ['url', 'cameraUrl', 'profile', 'ca', 'cert', 'key']
      if (options.robot === 'sim') refuseStray(command, ofRobots, 'is for a live robot: add --robot ros')
      return serveStudio(options)
    })
}

function originOf(text: string): string {
  try {
    return parseOrigin(text)
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}

/** Until Ctrl-C. */
export async function serveStudio(options: StudioOptions): Promise<void> {
  const signal = interruption()
  const folder = await dataFolder(options.data)
  if (options.token !== undefined && options.token.length < SHORT_TOKEN) {
    if (options.token === '')
      throw new UserError('--token is empty: leave it out, or give something that nobody guesses')
    say(`warning: --token: ${options.token.length} characters may be guessed: ${SHORT_TOKEN} are better`)
  }
  const robot = await robotOf(options)
  const page = await builtPage()
  // Begun last and put away first: what is driven waits for nothing.
  const begun: { close(): Promise<void> }[] = []
  try {
    const shelf = await openShelf({ folder, log })
    begun.push(shelf)
    // Held for want of a command is the arm whose controller waits for the processor, for a training perhaps.
    askForPriority()
    const session = await robot.open(folder)
    begun.push(session)
    refreshWhenRecorded(session, shelf)
    const { port, host, token, origin } = options
    const server = await startStudioServer({
      session,
      shelf,
      page,
      host,
      port,
      log,
      ...(token && { token }),
      ...(origin && { origin }),
    })
    begun.push(server)
    greet(server.url, options, robot.name)
    if (options.json) answer({ url: server.url })
    if (options.open) openInBrowser(server.url)
    await aborted(signal)
    // The page is about to go: what is said from now on, of a recording that is left perhaps, is said here.
    session.onLog(sayHere)
  } finally {
    await putAway(begun)
  }
}

/** Throws a UserError for a folder that is not there. */
async function dataFolder(asked: string | undefined): Promise<string> {
  if (asked === undefined) await mkdir(DATA, { recursive: true })
  const folder = asked ?? DATA
  const found = await stat(folder).catch(() => undefined)
  if (!found) throw new UserError(`--data ${folder}: there is no such folder; make it, or name another`)
  if (!found.isDirectory()) throw new UserError(`--data ${folder}: a file stands there, where a folder is expected`)
  return folder
}

interface RobotChoice {
  /** for people */
  name: string
  open(folder: string): Promise<Session>
}

/** Checks all that was said of the robot, and connects to nothing yet. */
async function robotOf(options: StudioOptions): Promise<RobotChoice> {
  const setup: Setup = {
    task: options.task,
    clearanceMm: options.clearance,
    chamferMm: options.chamfer,
    split: options.split,
    noise: options.noise,
    seed: options.seed,
  }
  if (options.robot === 'ros') return rosRobot(options, setup)
  return {
    name: `the simulator, ${setup.task} ${setup.clearanceMm} mm`,
    open: (folder) => createSimSession({ setup, folder }),
  }
}

async function rosRobot(options: StudioOptions, setup: Setup): Promise<RobotChoice> {
  const { url, cameraUrl, profile: profileName } = options
  if (url === undefined || profileName === undefined) {
    throw new UserError('--robot ros needs --url and --profile, like --url ws://192.168.0.10:9090 --profile sim')
  }
  checkUrl('--url', url)
  if (cameraUrl !== undefined) checkUrl('--camera-url', cameraUrl)
  const profile: Profile = await loadProfile(profileName)
  const tls = await readTlsFiles(options, [url, cameraUrl])
  // A robot whose camera is off can be steered all the same.
  const camera = profile.camera !== undefined && 'if any'
  if (cameraUrl !== undefined && !camera) {
    throw new UserError(`--camera-url: the profile "${profile.name}" has no camera`)
  }
  return {
    name: `${profile.name} at ${url} with the part of ${setup.task} ${setup.clearanceMm} mm, watched until somebody arms it`,
    async open(folder) {
      const robot = new RosRobot({ url, profile, tls, camera, ...(cameraUrl !== undefined && { cameraUrl }) })
      return createRosSession({ robot, profile, url, folder, setup })
    },
  }
}

function checkUrl(option: string, text: string): void {
  if (!/^wss?:\/\/[^/]/.test(text) || !URL.canParse(text)) {
    throw new UserError(`${option} ${text}: expected an address like ws://192.168.0.10:9090`)
  }
}

async function builtPage(): Promise<string> {
  const begin = performance.now()
  const { folder, isNew } = await buildPage()
  if (isNew) say(`the page was built in ${((performance.now() - begin) / 1000).toFixed(1)} s`)
  return folder
}

/** What was recorded, or thrown away, is seen in the library at once. */
function refreshWhenRecorded(session: Session, shelf: Shelf): void {
  let last = session.state.recording.state
  session.onState(({ recording: { state } }) => {
    if (state === last) return
    last = state
    shelf.refresh().catch((error) => log(`the data folder could not be read again: ${error.stack ?? error}`))
  })
}

function greet(url: string, { host }: StudioOptions, robot: string): void {
  say(`Tenon Studio: ${url}`)
  say(`shows ${robot}. Open it in a browser; whoever takes the seat there drives, all others watch (Ctrl-C ends it)`)
  if (!isLoopback(host)) say('whoever knows this address, token and all, may drive the robot: it is sent unencrypted')
}

function log(text: string): void {
  say(`${new Date().toTimeString().slice(0, 8)} ${printable(text)}`)
}

function sayHere(lines: readonly LogLine[]): void {
  for (const { text } of lines) log(text)
}

/** One that cannot be opened is said, and changes nothing. */
function openInBrowser(url: string): void {
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', url]
        : ['xdg-open', url]
  spawn(program as string, args, { stdio: 'ignore', detached: true })
    .on('error', (error) => say(`the browser could not be opened (${error.message}): open ${url} yourself`))
    .unref()
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** The last that was begun first. One that fails, or takes too long, does not keep the others from being put away. */
async function putAway(begun: readonly { close(): Promise<void> }[]): Promise<void> {
  for (const one of begun.toReversed()) {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(reject, FAREWELL, new Error(`not put away after ${FAREWELL / 1000} s`))
    })
    await Promise.race([one.close(), late]).catch((error) => log(`while ending: ${error.stack ?? error}`))
    clearTimeout(timer)
  }
}
