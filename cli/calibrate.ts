// tenon calibrate: where the camera is, from pairs of the arm's pose and a tracked pose.
import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Command, Option } from 'commander'
import { writeWhole } from '../demos/index.ts'
import { type Pose, poseDistance } from '../geometry/index.ts'
import { CalibrationError, type HandEye, MOUNTINGS, type Mounting, solveHandEye } from '../perception/index.ts'
import { parseProfile } from '../robot-bridge/load-profile.ts'
import { UserError } from './errors.ts'
import { jsonOption, seedOption } from './options.ts'
import { refuseTakenFile } from './output-file.ts'
import { type NamedPair, type PairSource, pairsFromEpisodes, pairsFromFile } from './pairs.ts'
import { pairsFromRos } from './pairs-from-ros.ts'
import type { TlsFiles } from './ros-connection.ts'
import { refuseStray } from './stray-options.ts'
import { answer, say, table } from './terminal.ts'

export interface CalibrateOptions extends TlsFiles {
  pairs?: string
  data?: string[]
  mounting?: Mounting
  seed: number
  out?: string
  profile?: string
  force?: boolean
  from?: 'ros'
  url?: string
  save?: string
}

/** What `--json` prints and `--out` writes; `cameraInBase` is what an arm's profile takes. */
export interface CalibrateResult {
  mounting: Mounting
  /** eye-to-hand */
  cameraInBase?: Pose
  markerInEe?: Pose
  /** eye-in-hand */
  cameraInEe?: Pose
  markerInBase?: Pose
  pairs: number
  /** indices of the pairs that were not believed */
  outliers: number[]
  /** of the others' residuals */
  rms: { mm: number; degrees: number }
  /** one standard deviation of the camera's pose along and about the axes of its frame, and of where a point is put */
  deviation: { positionMm: number[]; rotationDegrees: number[]; amidMarkersMm: number }
  residuals: { name: string; mm: number; degrees: number; outlier: boolean }[]
}

export function calibrateCommand(): Command {
  return new Command('calibrate')
    .addOption(
      new Option('--pairs <file>', 'JSON or CSV with pairs of poses, see docs/calibration.md').conflicts('data'),
    )
    .option('--data <episodes...>', 'recorded episodes (.mcap) or datasets in which the arm stops at each pose')
    .addOption(new Option('--mounting <how>', 'camera fixed, or on the arm (default: eye-to-hand)').choices(MOUNTINGS))
    .addOption(
      new Option('--from <source>', 'from a live arm: a key takes a pair at each pose')
        .choices(['ros'])
        .conflicts(['pairs', 'data']),
    )
    .option('--url <address>', 'from ros: of its rosbridge, like ws://192.168.0.10:9090')
    .option('--ca <file>', 'from ros, for wss: certificate of the authority to trust, PEM')
    .option('--cert <file>', 'from ros, for wss: certificate of this client, PEM')
    .option('--key <file>', 'from ros, for wss: key of this client, PEM')
    .option('--save <file>', 'from ros: where the pairs go as they are taken', 'calibration-pairs.json')
    .option('--out <file>', 'write the result, as --json prints it')
    .option(
      '--profile <file>',
      'write the result into this profile, and keep the rest; from ros: the profile to read, which stays as it is',
    )
    .addOption(seedOption())
    .addOption(new Option('--force', 'overwrite the files of --out and --save'))
    .addOption(jsonOption())
    .action(async (options: CalibrateOptions & { json?: boolean }, command: Command) => {
      if (!options.from) refuseStray(command, ['url', 'ca', 'cert', 'key', 'save'], 'is for a live arm: add --from ros')
      const result = await calibrate(options)
      if (options.json) answer(result)
    })
}

/** Solves, says how well, and writes what was asked for. */
export async function calibrate(options: CalibrateOptions): Promise<CalibrateResult> {
  const { out, profile, force = false, seed } = options
  await refuseInVain(out, force)
  if (options.from === 'ros') await refuseInVain(options.save, force)
  const { pairs, mounting, named } = await collect(sourceOf(options), options.mounting)
  const previous = profile === undefined || options.from ? undefined : await readProfile(profile, mounting)
  if (options.from === 'ros') say(`the pairs are in ${options.save}`)
  const solved = solve(pairs, mounting, seed, (other) => adviceFor(other, named, options))
  const result = resultOf(solved, pairs)
  say(describe(result, solved))
  if (out !== undefined) {
    await writeWhole(out, `${JSON.stringify(result, null, 2)}\n`)
    say(`written to ${out}`)
  }
  if (options.from === 'ros') {
    say(`write the result into a profile with: npx tenon calibrate --pairs ${options.save} --profile FILE`)
  }
  if (profile !== undefined && previous) {
    await writeWhole(profile, withCamera(previous.text, solved.camera))
    say(`written into ${profile} as cameraInBase${movedBy(previous.cameraInBase, solved.camera)}`)
  }
  return result
}

function sourceOf({ pairs, data, from, url, profile, save, ...tls }: CalibrateOptions): PairSource {
  if (from === 'ros') {
    if (url === undefined || profile === undefined || save === undefined) {
      throw new UserError(
        '--from ros needs --url and --profile, like --url ws://192.168.0.10:9090 --profile my-arm.json',
      )
    }
    return pairsFromRos({ ...tls, url, profile, save })
  }
  if (pairs !== undefined) return pairsFromFile(pairs)
  if (data !== undefined) return pairsFromEpisodes(data)
  throw new UserError('nothing to calibrate from: give --pairs FILE, --data EPISODE.mcap, or at a live arm --from ros')
}

async function collect(
  source: PairSource,
  asked: Mounting | undefined,
): Promise<{ pairs: readonly NamedPair[]; mounting: Mounting; named: boolean }> {
  const { pairs, mounting } = await source(asked)
  if (asked && mounting && asked !== mounting) {
    throw new UserError(`the pairs say ${mounting}, --mounting says ${asked}: leave out --mounting, or correct one`)
  }
  return { pairs, mounting: asked ?? mounting ?? 'eye-to-hand', named: mounting !== undefined }
}

/** How to take the pairs for those of the other mounting; `named`: they say of which they are. Undefined where they would be others. */
function adviceFor(other: Mounting, named: boolean, { pairs, save, data }: CalibrateOptions): string | undefined {
  if (data !== undefined) return undefined
  if (!named) return `give --mounting ${other}`
  return pairs === undefined
    ? `set "mounting" in ${save} to "${other}", and solve with --pairs ${save}`
    : `set "mounting" in ${pairs} to "${other}"`
}

/** Throws before anything is computed, if the result could not be put away. */
async function refuseInVain(out: string | undefined, force: boolean): Promise<void> {
  if (out === undefined) return
  const folder = await stat(dirname(out)).catch(() => undefined)
  if (!folder?.isDirectory()) throw new UserError(`${out}: there is no folder ${dirname(out)}: make it first`)
  await refuseTakenFile(out, force)
}

/** A user's own profile; the ready ones are not written into. Throws a UserError or a ProfileError. */
async function readProfile(
  path: string,
  mounting: Mounting,
): Promise<{ text: string; cameraInBase: Pose | undefined }> {
  if (mounting === 'eye-in-hand') {
    throw new UserError(
      '--profile takes the place of a fixed camera (cameraInBase); one on the arm moves with it: use --out instead',
    )
  }
  const text = await readFile(path, 'utf8').catch((cause) => {
    const missing = `there is no such file; give the path of your own profile, say a copy of one in robot-bridge/profiles`
    throw new UserError(`${path}: ${cause.code === 'ENOENT' ? missing : cause.message}`, { cause })
  })
  return { text, cameraInBase: parseProfile(text, path).cameraInBase }
}

/** The JSON text of a profile with another `cameraInBase`. Lists of numbers stay on one line. */
function withCamera(text: string, cameraInBase: Pose): string {
  const laidOut = JSON.stringify({ ...JSON.parse(text), cameraInBase }, null, 2)
  return `${laidOut.replace(/\[[^[\]{}"]*\]/g, (list) => list.replace(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']'))}\n`
}

function movedBy(before: Pose | undefined, after: Pose): string {
  if (!before) return ''
  const { translation, rotation } = poseDistance(before, after)
  return `, ${(translation * 1000).toFixed(1)} mm and ${degrees(rotation).toFixed(2)}° from what it was`
}

/** When the pairs do not fit, they may fit the other mounting: the commonest mistake, and worth a word. */
function solve(
  pairs: readonly NamedPair[],
  mounting: Mounting,
  seed: number,
  adviceFor: (other: Mounting) => string | undefined,
): HandEye {
  try {
    return solveHandEye(pairs, { mounting, seed })
  } catch (error) {
    if (!(error instanceof CalibrationError)) throw error
    const other = MOUNTINGS.find((one) => one !== mounting)
    const advice = other && adviceFor(other)
    if (advice && fits(pairs, other, seed)) {
      throw new UserError(`as ${mounting} these pairs do not fit together, as ${other} they do: ${advice}`)
    }
    throw error
  }
}

function fits(pairs: readonly NamedPair[], mounting: Mounting, seed: number): boolean {
  try {
    solveHandEye(pairs, { mounting, seed })
    return true
  } catch (error) {
    if (error instanceof CalibrationError) return false
    throw error
  }
}

function resultOf({ mounting, camera, marker, deviation, residuals, rms }: HandEye, pairs: readonly NamedPair[]) {
  const found =
    mounting === 'eye-to-hand'
      ? { cameraInBase: camera, markerInEe: marker }
      : { cameraInEe: camera, markerInBase: marker }
  const result: CalibrateResult = {
    mounting,
    ...found,
    pairs: pairs.length,
    outliers: residuals.flatMap(({ outlier }, i) => (outlier ? [i] : [])),
    rms: { mm: rms.translation * 1000, degrees: degrees(rms.rotation) },
    deviation: {
      positionMm: deviation.camera.position.map((metres) => metres * 1000),
      rotationDegrees: deviation.camera.rotation.map(degrees),
      amidMarkersMm: deviation.amidMarkers * 1000,
    },
    residuals: residuals.map(({ translation, rotation, outlier }, i) => ({
      name: pairs[i]?.name ?? '',
      mm: translation * 1000,
      degrees: degrees(rotation),
      outlier,
    })),
  }
  return result
}

/** Fewer pairs than this are worth a word. */
const ENOUGH_PAIRS = 10

/** A tracker at rest is better than this; what is worse moved, or is no rigid marker. */
const ROUGH = { rmsMm: 2, rmsDegrees: 1, amidMarkersMm: 0.5 }

function describe(result: CalibrateResult, { camera, marker, mounting }: HandEye): string {
  const { residuals, outliers, rms, deviation, pairs } = result
  const [cameraName, markerName] =
    mounting === 'eye-to-hand' ? ['cameraInBase', 'markerInEe'] : ['cameraInEe', 'markerInBase']
  const rows = residuals.map(({ name, mm, degrees: turn, outlier }, i) => [
    String(i),
    name,
    mm.toFixed(2),
    turn.toFixed(2),
    outlier ? 'outlier: left out' : '',
  ])
  const lines = [
    table(['#', 'pair', 'mm', '°', ''], rows),
    outliers.length > 0
      ? `outliers: ${outliers.join(', ')} (${outliers.length} of ${pairs} pairs)`
      : `no outliers among ${pairs} pairs`,
    `residuals of the others: ${rms.mm.toFixed(2)} mm, ${rms.degrees.toFixed(2)}° (root mean square)`,
    `${cameraName}: ${poseText(camera)}`,
    `  give or take ${list(deviation.positionMm, 2)} mm along x, y, z and ${list(deviation.rotationDegrees, 3)}° about them`,
    `  a point amid the recorded poses is placed within ${deviation.amidMarkersMm.toFixed(2)} mm (one standard deviation)`,
    `${markerName}: ${poseText(marker)}`,
  ]
  if (pairs - outliers.length < ENOUGH_PAIRS) {
    lines.push(
      `warning: ${pairs - outliers.length} good pairs are few: 15 to 30 give a better result and find wrong ones`,
    )
  }
  if (outliers.length > pairs / 4) {
    lines.push('warning: more than a quarter of the pairs are outliers: look for what is wrong with the tracker')
  }
  if (rms.mm > ROUGH.rmsMm || rms.degrees > ROUGH.rmsDegrees || deviation.amidMarkersMm > ROUGH.amidMarkersMm) {
    lines.push(
      'warning: this is rough: parts may be misplaced by more than a lead-in forgives; let the arm rest at each pose, and see that the marker is held fast',
    )
  }
  return lines.join('\n')
}

const poseText = ({ position, orientation }: Pose): string =>
  `position ${list(position, 5)} m, orientation ${list(orientation, 6)}`

const list = (values: readonly number[], digits: number): string =>
  `[${values.map((value) => value.toFixed(digits)).join(', ')}]`

const degrees = (radians: number): number => (radians * 180) / Math.PI
