// tenon doctor: what this machine has, and whether the parts that everything rests on work.
import { statfs } from 'node:fs/promises'
import { availableParallelism, freemem, totalmem } from 'node:os'
import loadMujoco from '@mujoco/mujoco'
import * as tf from '@tensorflow/tfjs'
import { Command } from 'commander'
import { identityPose, makePose } from '../geometry/index.ts'
import { findTask, World } from '../sim/index.ts'
import { EAGER_BACKENDS, tryBackend } from '../tensor/backend.ts'
import { compile, DEVICES, probeDevice } from '../tensor/compile/index.ts'
import { addRosOptions, doctorRos, type RosDoctorOptions } from './doctor-ros.ts'
import { UserError } from './errors.ts'
import { jsonOption } from './options.ts'
import { refuseStray } from './stray-options.ts'
import { answer, say } from './terminal.ts'

interface Check {
  name: string
  /** 'missing' is no fault: something optional is not there */
  state: 'ok' | 'missing' | 'failed'
  detail: string
}

export function doctorCommand(): Command {
  return addRosOptions(new Command('doctor'))
    .addOption(jsonOption())
    .action(async (options: RosDoctorOptions, command: Command) => {
      if (options.robot === 'ros') return doctorRos(options)
      const ofRobots = ['url', 'cameraUrl', 'profile', 'ca', 'cert', 'key', 'seconds']
      refuseStray(command, ofRobots, 'is for a live robot: add --robot ros')
      const { json } = options
      const checks = await runChecks()
      const mark = { ok: '✓', missing: '–', failed: '✗' }
      for (const { name, state, detail } of checks) say(`${mark[state]} ${name.padEnd(26)} ${detail}`)
      if (json) answer({ ok: checks.every(({ state }) => state !== 'failed'), checks })
      const failed = checks.filter(({ state }) => state === 'failed')
      if (failed.length > 0) throw new UserError(`${failed.length} of ${checks.length} checks failed`)
      say('\nReady. Try: npm run demo')
    })
}

async function runChecks(): Promise<Check[]> {
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GB`
  const disk = await statfs('.')
  // There, what is not called free is mostly kept for later and can be had.
  const isMac = process.platform === 'darwin'
  return [
    { name: 'Node.js', state: 'ok', detail: process.version },
    { name: 'processor', state: 'ok', detail: `${availableParallelism()} cores, ${process.arch}, ${process.platform}` },
    isMac
      ? enough('memory', totalmem(), 2 ** 31, gigabytes(totalmem()))
      : enough('memory', freemem(), 2 ** 31, `${gigabytes(freemem())} free of ${gigabytes(totalmem())}`),
    enough('disk here', disk.bavail * disk.bsize, 2 ** 30, `${gigabytes(disk.bavail * disk.bsize)} free`),
    ...(await Promise.all([check('physics (MuJoCo)', checkPhysics), check('compiler (onnxruntime)', checkCompiler)])),
    ...(await checkDevices()),
    ...(await checkEagerBackends()),
  ]
}

const enough = (name: string, have: number, need: number, detail: string): Check => ({
  name,
  state: have >= need ? 'ok' : 'failed',
  detail: have >= need ? detail : `${detail}, needs ${need / 2 ** 30} GB`,
})

async function check(name: string, work: () => Promise<string>): Promise<Check> {
  try {
    return { name, state: 'ok', detail: await work() }
  } catch (error) {
    return {
      name,
      state: 'failed',
      detail: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
    }
  }
}

/** Lets a part fall into its hole. */
async function checkPhysics(): Promise<string> {
  const world = await World.create(findTask('square-peg'), { clearance: 1e-4, chamfer: 5e-4 })
  world.reset(makePose([0, 0, 0.002]), identityPose())
  world.setTarget(makePose([0, 0, -0.005]))
  world.step(3000)
  const height = world.sourceInBase.position[2]
  world.dispose()
  if (Math.abs(height + 0.005) > 1e-4)
    throw new Error(`a part told to go to −5 mm went to ${(height * 1e3).toFixed(2)} mm`)
  return `version ${(await loadMujoco()).mj_versionString()}, a part follows its command into a hole`
}

/** Compiles and runs a small product and compares it. */
async function checkCompiler(): Promise<string> {
  const shape = [2, 2]
  const square = await compile(({ x }) => ({ y: tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D) }), { x: { shape } })
  const { y } = await square.run({ x: Float32Array.of(1, 2, 3, 4) })
  await square.dispose()
  // [1 2; 3 4]² = [7 10; 15 22]
  if (String(y) !== '7,10,15,22') throw new Error(`[1 2; 3 4]² came out as ${y}`)
  return 'a compiled matrix product is right'
}

/** Only the processor must be there. */
async function checkDevices(): Promise<Check[]> {
  return Promise.all(
    DEVICES.filter((device) => device !== 'cpu').map(async (device) => {
      const problem = await probeDevice(device)
      const state = problem === undefined ? ('ok' as const) : ('missing' as const)
      return { name: `--device ${device}`, state, detail: problem ?? 'computes' }
    }),
  )
}

/** wasm must load; the others are the user's choice. */
async function checkEagerBackends(): Promise<Check[]> {
  const checks: Check[] = []
  for (const name of EAGER_BACKENDS) {
    const problem = await tryBackend(name)
    const missing = problem !== undefined && /Cannot find (package|module)/.test(problem)
    checks.push({
      name: `tfjs backend ${name}`,
      state: problem === undefined ? 'ok' : name !== 'wasm' && missing ? 'missing' : 'failed',
      detail: problem === undefined ? 'loads' : missing ? 'not installed (optional)' : problem,
    })
  }
  return checks
}
