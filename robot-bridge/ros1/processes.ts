// A ROS 1 of its own for a test: a master on a free port of this machine, and nodes as child processes, all ended after.
//
// Wants rospy, from a ROS that is sourced or from Debian's packages (.ci/install-extras).
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PACKAGES = 'rosmaster, rospy, geometry_msgs.msg, sensor_msgs.msg, std_msgs.msg, std_srvs.srv, tf2_ros'

/** The Python that knows ROS 1: the one on the path, or Debian's where another stands in front of it. */
export const ROS1_PYTHON = ['python3', '/usr/bin/python3'].find(
  (python) => spawnSync(python, ['-c', `import ${PACKAGES}`]).status === 0,
)

export interface RosProcess {
  readonly child: ChildProcess
  /** What it said so far, a line of JSON each. */
  readonly lines: readonly unknown[]
  /** What it complained of so far. */
  complaints(): string
  /** Resolves to the first line of which that is so; rejects when the process ends or the time (s) is over before. */
  said<T>(what: string, isSo: (line: T) => boolean, within?: number): Promise<T>
}

export interface Ros1 {
  /** of the master */
  readonly uri: string
  /** Starts a Python node. */
  python(script: string, ...args: string[]): RosProcess
  /** Starts a program in TypeScript. */
  node(script: string, ...args: string[]): RosProcess
  /** Ends everything that was started, frozen or not. */
  end(): Promise<void>
}

export async function startRos1(): Promise<Ros1> {
  const python = ROS1_PYTHON
  if (!python) throw new Error(`expected a Python that imports ${PACKAGES}, got none: run .ci/install-extras`)
  const folder = await mkdtemp(join(tmpdir(), 'tenon-ros1-'))
  const port = await freePort()
  const uri = `http://127.0.0.1:${port}/`
  const env = {
    ...process.env,
    ROS_MASTER_URI: uri,
    ROS_IP: '127.0.0.1',
    ROS_HOME: folder,
    ROS_LOG_DIR: join(folder, 'log'),
    PYTHONDONTWRITEBYTECODE: '1',
  }
  const children = new Set<ChildProcess>()
  const start = (program: string, args: readonly string[]): RosProcess => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    children.add(child)
    return watch(child)
  }
  const killAll = () => {
    for (const child of children) child.kill('SIGKILL')
  }
  process.once('exit', killAll)
  const master = start(python, ['-c', 'import rosmaster; rosmaster.rosmaster_main()', '--core', '-p', String(port)])
  try {
    await answers(port, master)
  } catch (error) {
    killAll()
    throw error
  }
  return {
    uri,
    python: (script, ...args) => start(python, [script, ...args]),
    node: (script, ...args) => start(process.execPath, ['--import', 'tsx', script, ...args]),
    async end() {
      killAll()
      const running = [...children].filter((child) => child.exitCode === null && child.signalCode === null)
      await Promise.all(running.map((child) => once(child, 'close')))
      process.off('exit', killAll)
      await rm(folder, { recursive: true })
    },
  }
}

/** One that nothing listens on; somebody else may take it before it is used, but nobody is known to. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (!address || typeof address === 'string') throw new Error('expected a port of its own, got none')
  return address.port
}

async function answers(port: number, { child, complaints }: RosProcess): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) throw new Error(`the ROS master ended: ${complaints()}`)
    const socket = connect(port, '127.0.0.1')
    const connected = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      sleep(1),
    ])
    socket.destroy()
    if (connected) return
    await sleep(0.1)
  }
  throw new Error(`the ROS master does not answer: ${complaints()}`)
}

export const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000 * seconds))

function watch(child: ChildProcess): RosProcess {
  const lines: unknown[] = []
  let rest = ''
  let complaints = ''
  const lookers = new Set<() => void>()
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts.filter((part) => part.startsWith('{')).map((part) => JSON.parse(part)))
    for (const look of lookers) look()
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  const said = <T>(what: string, isSo: (line: T) => boolean, within = 40) =>
    new Promise<T>((resolve, reject) => {
      const fail = (why: string) => settle(() => reject(new Error(`expected ${what}, but ${why}\n${complaints}`)))
      const timer = setTimeout(() => fail(`nothing like it was said in ${within} s`), 1000 * within)
      const ended = () => fail(`it ended with ${child.exitCode ?? child.signalCode}`)
      let next = 0
      const look = () => {
        while (next < lines.length) {
          const line = lines[next++] as T
          if (isSo(line)) return settle(() => resolve(line))
        }
      }
      const settle = (how: () => void) => {
        clearTimeout(timer)
        lookers.delete(look)
        child.off('close', ended)
        how()
      }
      lookers.add(look)
      child.on('close', ended)
      look()
    })
  return { child, lines, complaints: () => complaints, said }
}
