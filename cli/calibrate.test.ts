import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { createDataset, EpisodeWriter, FORMAT_VERSION, nextEpisodePath } from '../demos/index.ts'
import { compose, interpolateLinear, invert, makePose, type Pose, poseDistance } from '../geometry/index.ts'
import { EXAMPLE_NOISE, examplePairs, NO_NOISE } from '../perception/example-pairs.ts'
import type { HandEyePair } from '../perception/index.ts'
import { parseProfile } from '../robot-bridge/load-profile.ts'
import { Random } from '../tensor/random.ts'
import { type CalibrateOptions, calibrate } from './calibrate.ts'
import { tenonJson, testFolder, writeJson } from './child.ts'
import { explain } from './errors.ts'
import { COLUMNS } from './pairs.ts'

const folder = await testFolder()
const at = (name: string) => join(folder, name)

/** What the command says on stderr, besides its result. */
async function run(options: Partial<CalibrateOptions>) {
  let said = ''
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text
    return true
  })
  try {
    return { result: await calibrate({ seed: 0, ...options }), said }
  } finally {
    spy.mockRestore()
  }
}

/** What goes wrong, as a user reads it; short names for what lies in the test's folder. */
const complaintOf = async (options: Partial<CalibrateOptions>): Promise<string> =>
  run(options).then(
    () => expect.fail('expected it to be refused'),
    (error) => explain(error).replaceAll(`${folder}/`, ''),
  )

const example = examplePairs(new Random(3), 20, 'eye-to-hand')
const plain = (pairs: readonly HandEyePair[]) =>
  pairs.map(({ markerInCamera, eeInBase }) => ({ markerInCamera, eeInBase }))
await writeJson(at('pairs.json'), { pairs: plain(example.pairs) })

const toCsv = (pairs: readonly HandEyePair[], columns = COLUMNS) => {
  const row = ({ markerInCamera: marker, eeInBase: ee }: HandEyePair) => {
    const numbers = [...marker.position, ...marker.orientation, ...ee.position, ...ee.orientation]
    return columns.map((name) => numbers[COLUMNS.indexOf(name)]).join(',')
  }
  return ['# recorded by hand', columns.join(','), ...pairs.map(row), ''].join('\r\n')
}

function expectNear(a: Pose | undefined, b: Pose, metres: number): void {
  if (!a) expect.fail('expected a pose')
  const { translation, rotation } = poseDistance(a, b)
  expect(translation).toBeLessThan(metres)
  expect(rotation).toBeLessThan(metres)
}

describe('a file of pairs', () => {
  test('gives the camera, names the outliers by index, and tells how good it is', async () => {
    const { result, said } = await run({ pairs: at('pairs.json') })
    expectNear(result.cameraInBase, example.camera, 2e-3)
    expectNear(result.markerInEe, example.marker, 2e-3)
    expect(result.outliers).toEqual(example.wrong)
    expect(result.rms.mm).toBeLessThan(1)
    expect(said).toContain(`outliers: ${example.wrong.join(', ')} (4 of 20 pairs)`)
    expect(said.match(/outlier: left out/g)).toHaveLength(4)
    expect(said).toMatch(/cameraInBase: position \[[-\d., ]+\] m, orientation \[[-\d., ]+\]\n {2}give or take /)
    expect(result).not.toHaveProperty('cameraInEe')
  })

  test('whose quaternions were copied with few digits is not stretched by their length', async () => {
    const { pairs, camera } = examplePairs(new Random(6), 20, 'eye-to-hand', NO_NOISE)
    const long = ({ position, orientation }: Pose) => ({ position, orientation: orientation.map((x) => 1.0009 * x) })
    const stretched = pairs.map((pair) => ({
      markerInCamera: long(pair.markerInCamera),
      eeInBase: long(pair.eeInBase),
    }))
    await writeJson(at('long.json'), { pairs: stretched })
    expectNear((await run({ pairs: at('long.json') })).result.cameraInBase, camera, 1e-6)
  })

  test('may be CSV, with its columns in any order, comments and the line ends of Windows', async () => {
    await writeFile(at('pairs.csv'), toCsv(example.pairs, [...COLUMNS].reverse()))
    const { result, said } = await run({ pairs: at('pairs.csv') })
    const { result: fromJson } = await run({ pairs: at('pairs.json') })
    expect(result.cameraInBase).toEqual(fromJson.cameraInBase)
    expect(said).toContain('line 3')
  })

  test('of a camera on the arm says so itself, or is told', async () => {
    const { pairs, camera } = examplePairs(new Random(4), 15, 'eye-in-hand')
    await writeJson(at('on-hand.json'), { mounting: 'eye-in-hand', pairs: plain(pairs) })
    await writeJson(at('untold.json'), { pairs: plain(pairs) })
    const { result } = await run({ pairs: at('on-hand.json') })
    expect(result).toMatchObject({ mounting: 'eye-in-hand', cameraInEe: expect.anything() })
    expectNear(result.cameraInEe, camera, 2e-3)
    expect((await run({ pairs: at('untold.json'), mounting: 'eye-in-hand' })).result).toEqual(result)
    expect(await complaintOf({ pairs: at('untold.json') })).toBe(
      'as eye-to-hand these pairs do not fit together, as eye-in-hand they do: give --mounting eye-in-hand',
    )
    await writeJson(at('wrong.json'), { mounting: 'eye-to-hand', pairs: plain(pairs) })
    expect(await complaintOf({ pairs: at('wrong.json') })).toBe(
      'as eye-to-hand these pairs do not fit together, as eye-in-hand they do: set "mounting" in wrong.json to "eye-in-hand"',
    )
    expect(await complaintOf({ pairs: at('on-hand.json'), mounting: 'eye-to-hand' })).toBe(
      'the pairs say eye-in-hand, --mounting says eye-to-hand: leave out --mounting, or correct one',
    )
  })

  test('of few pairs is solved with a warning', async () => {
    await writeJson(at('few.json'), { pairs: plain(examplePairs(new Random(5), 5, 'eye-to-hand', NO_NOISE).pairs) })
    expect((await run({ pairs: at('few.json') })).said).toContain('warning: 5 good pairs are few')
  })
})

describe('episodes', () => {
  /** The arm goes to each place and stands still there for `rest` frames, 30 a second; the tracker lags by 3. */
  async function record(
    name: string,
    places: readonly Pose[],
    camera: Pose,
    source: Pose,
    target: Pose,
    rest = 30,
  ): Promise<void> {
    const info = {
      formatVersion: FORMAT_VERSION,
      task: 'square-peg',
      clearanceMm: 0.1,
      chamferMm: 0.5,
      seed: 0,
      recordedFrom: 'ros',
      noise: 'none',
    } as const
    await createDataset(at(name), info)
    const path = places.flatMap((place, i) => [
      ...new Array<Pose>(rest).fill(place),
      ...Array.from({ length: 10 }, (_, k) =>
        interpolateLinear(place, places[(i + 1) % places.length] as Pose, (k + 1) / 10),
      ),
    ])
    const writer = await EpisodeWriter.create(await nextEpisodePath(at(name)), { ...info, settings: {} })
    for (const [i, eeInBase] of path.entries()) {
      const late = path[Math.max(0, i - 3)] as Pose
      await writer.append({
        stamp: i / 30,
        sourceInCamera: compose(compose(invert(camera), late), source),
        targetInCamera: compose(invert(camera), target),
        eeInBase,
        // What the recorder believed then, which is to be replaced.
        cameraInBase: makePose([0, 0, 0]),
      })
    }
    await writer.finish({ seated: false, reason: 'calibration', seatSeconds: null, peakForceN: 0 })
  }
  const { camera, marker, pairs } = examplePairs(new Random(6), 12, 'eye-to-hand', NO_NOISE)
  const places = pairs.map(({ eeInBase }) => eeInBase)

  test('give a pair for each place at which the arm stood still, named by its time', async () => {
    await record('moves', places, camera, marker, makePose([0.5, 0, 0]))
    const { result, said } = await run({ data: [join(at('moves'), 'episodes', '000000.mcap')] })
    expect(result.pairs).toBe(12)
    // Late poses on the way would have been centimetres off.
    expectNear(result.cameraInBase, camera, 1e-5)
    expectNear(result.markerInEe, marker, 1e-5)
    expect(said).toContain('000000 at 1.0 s')
    expect((await run({ data: [at('moves')] })).result).toEqual(result)
  })

  test('of an arm that only translated are refused', async () => {
    const sliding = [0, 1, 2, 3, 4].map((i) => makePose([0.4 + 0.03 * i, 0, 0.3], [1, 0, 0, 0]))
    await record('sliding', sliding, camera, marker, makePose([0.5, 0, 0]))
    expect(await complaintOf({ data: [at('sliding')] })).toContain('the arm hardly turned over the 5 pairs')
  })

  test('in which the arm never stood still are refused', async () => {
    await record('restless', places.slice(0, 3), camera, marker, makePose([0.5, 0, 0]), 2)
    const frames = 3 * (2 + 10)
    expect(await complaintOf({ data: [at('restless')] })).toBe(
      `restless: the arm never stood still for 0.3 s in ${frames} frames: stop it at each pose`,
    )
  })
})

describe('the result', () => {
  test('is written whole with --out, as --json prints it, and not over another file', async () => {
    const { result } = await run({ pairs: at('pairs.json'), out: at('camera.json') })
    expect(JSON.parse(await readFile(at('camera.json'), 'utf8'))).toEqual(result)
    expect(await readdir(folder)).not.toContain('camera.json.part')
    const again = { pairs: at('pairs.json'), out: at('camera.json') }
    expect(await complaintOf(again)).toBe('camera.json exists: choose another file, or overwrite it with --force')
    await run({ ...again, force: true })
    expect(await complaintOf({ ...again, out: at('no/camera.json') })).toMatch(/^no\/camera\.json: there is no folder /)
    expect(await complaintOf({ ...again, out: folder })).toContain('is a folder, expected the name of a file')
  })

  test('goes into a profile with --profile, and the rest of that stays as it is', async () => {
    const before = await readFile(new URL('../robot-bridge/profiles/sim.json', import.meta.url), 'utf8')
    await writeFile(at('mine.json'), before)
    const { result, said } = await run({ pairs: at('pairs.json'), profile: at('mine.json') })
    const after = await readFile(at('mine.json'), 'utf8')
    expect(JSON.parse(after)).toEqual({ ...JSON.parse(before), cameraInBase: result.cameraInBase })
    expect(Object.keys(JSON.parse(after))).toEqual(Object.keys(JSON.parse(before)))
    expect(parseProfile(after, 'mine.json').cameraInBase).toEqual(result.cameraInBase)
    // A list of numbers on its own line each would be hard to read and to compare.
    expect(after).toMatch(/"low": \[0\.25, -0\.3, 0\.05\],\n/)
    expect(said).toMatch(/written into .*mine\.json as cameraInBase, \d+\.\d mm and \d+\.\d\d° from what it was\n/)
  })

  test('leaves a profile alone that is wrong, or when the pairs are', async () => {
    await writeJson(at('wrong.json'), { name: 'mine' })
    expect(await complaintOf({ pairs: at('pairs.json'), profile: at('wrong.json') })).toMatch(/^wrong\.json: /)
    const text = await readFile(new URL('../robot-bridge/profiles/sim.json', import.meta.url), 'utf8')
    await writeFile(at('kept.json'), text)
    await writeJson(at('two.json'), { pairs: plain(example.pairs.slice(0, 2)) })
    expect(await complaintOf({ pairs: at('two.json'), profile: at('kept.json') })).toContain('2 pairs: at least 3')
    expect(await readFile(at('kept.json'), 'utf8')).toBe(text)
    expect(await complaintOf({ pairs: at('pairs.json'), profile: 'franka' })).toContain(
      'franka: there is no such file; give the path of your own profile',
    )
    expect(await complaintOf({ pairs: at('pairs.json'), profile: at('kept.json'), mounting: 'eye-in-hand' })).toContain(
      '--profile takes the place of a fixed camera',
    )
  })

  test('is the same for the same seed, and one JSON object on stdout', async () => {
    const printed = await tenonJson(folder, 'calibrate', '--pairs', 'pairs.json', '--seed', '7')
    expect(printed).toEqual(JSON.parse(JSON.stringify((await run({ pairs: at('pairs.json'), seed: 7 })).result)))
  }, 60_000)
})

describe('a file that is none is answered in one sentence', () => {
  const pose = { position: [0, 0, 0], orientation: [0, 0, 0, 1] }
  const csv = toCsv(example.pairs)
  test.for<[string, string, string, string]>([
    ['no JSON', 'broken.json', '{"pairs": [', 'broken.json is no JSON: '],
    ['no pairs', 'none.json', '{}', 'none.json: pairs: Invalid input: expected array'],
    ['an unknown key', 'key.json', '{"pairs": [], "units": "mm"}', 'key.json: the file: Unrecognized key: "units"'],
    [
      'a quaternion of another length',
      'quat.json',
      JSON.stringify({ pairs: [{ markerInCamera: pose, eeInBase: { ...pose, orientation: [0, 0, 0, 2] } }] }),
      'quat.json: pairs.0.eeInBase.orientation: expected a quaternion [x, y, z, w] of length 1; see docs/calibration.md',
    ],
    [
      'millimetres',
      'mm.json',
      JSON.stringify({ pairs: [{ markerInCamera: { ...pose, position: [0, 0, 800] }, eeInBase: pose }] }),
      'mm.json: pair 0: a position of 800 m: expected metres, are these millimetres?',
    ],
    ['an empty CSV file', 'empty.csv', '', 'empty.csv: expected a first line with the names marker_x,marker_y,'],
    ['no header', 'bare.csv', csv.split('\r\n').slice(2).join('\n'), 'bare.csv: expected a first line with the names'],
    ['an unknown column', 'more.csv', `${COLUMNS.join(',')},speed`, 'got one with the unknown speed'],
    ['a short line', 'short.csv', `${csv}1,2,3\n`, 'short.csv: line 23: expected 14 numbers, got 3'],
    [
      'a word',
      'word.csv',
      `${COLUMNS.join(',')}\n${COLUMNS.map((_, i) => (i === 2 ? 'lost' : 1)).join(',')}`,
      'word.csv: line 2: marker_z: expected a number, got "lost"',
    ],
  ])('%s', async ([, name, text, sentence]) => {
    await writeFile(at(name), text)
    const complaint = await complaintOf({ pairs: at(name) })
    expect(complaint).toContain(sentence)
    expect(complaint).not.toContain('bug in tenon')
  })

  test('no file at all', async () => {
    expect(await complaintOf({ pairs: at('nowhere.json') })).toBe('nowhere.json: there is no such file')
    expect(await complaintOf({ data: [at('nowhere.mcap')] })).toBe('nowhere.mcap: there is no such file')
  })

  test('pairs of which none fits another', async () => {
    const { pairs } = examplePairs(new Random(4), 12, 'eye-to-hand', { ...EXAMPLE_NOISE, outliers: 1 })
    await writeJson(at('noise.json'), { pairs: plain(pairs) })
    expect(await complaintOf({ pairs: at('noise.json') })).toContain('no calibration fits half of the 12 pairs')
  })
})
