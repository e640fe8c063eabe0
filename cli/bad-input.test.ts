import { spawnSync } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openDataset, readEpisode } from '../demos/index.ts'
import {
  type Ended,
  start,
  TENON,
  TINY_CONFIG,
  tenon,
  tenonJson,
  testFolder,
  writeExampleDataset,
  writeJson,
} from './child.ts'
import { complaintOf } from './complaint.ts'

// Each spawns several processes, on machines that may be busy.
vi.setConfig({ testTimeout: 180_000 })

const folder = await testFolder()
const at = (...path: string[]) => join(folder, ...path)

/** Edits a file of a copied checkpoint or dataset. */
async function edit(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(at(path), change(await readFile(at(path), 'utf8')))
}

const home = process.cwd()
const listeners = process.listeners('SIGTERM')
afterAll(() => {
  process.chdir(home)
  // Commands run in here would otherwise keep the test's own process from being ended.
  for (const listener of process.listeners('SIGTERM')) {
    if (!listeners.includes(listener)) process.off('SIGTERM', listener)
  }
})

beforeAll(async () => {
  process.chdir(folder)
  await writeExampleDataset(at('data'), 2)
  await writeJson(at('tiny.json'), TINY_CONFIG)
  await tenonJson(folder, 'train', '--data', 'data', '--out', 'run', '--config', 'tiny.json', '--steps', '3')
}, 60_000)

/** One sentence for people on stderr, nothing on stdout, and no word of where in the program it was noticed. */
function expectSentence({ code, stdout, stderr }: Ended, sentence: string): void {
  expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining(sentence) })
  expect(stderr).not.toMatch(/^ +at |bug in tenon|node:internal/m)
}

const RECORD = ['record', '--task', 'square-peg', '--out', 'new']
const TRAIN = ['train', '--data', 'data', '--out', 'new', '--config', 'tiny.json']
const EVAL = ['eval', '--checkpoint', 'run']
const REPLAY = ['eval', '--replay', 'target']

describe('a command line that cannot be carried out is answered in one sentence', () => {
  const whole = (option: string, got: string, limits: string) =>
    `error: option '${option} <n>' argument '${got}' is invalid. expected a whole number ${limits}`
  test.for<[string, string[], string]>([
    ['unknown command', ['insert'], "error: unknown command 'insert'\n(--help shows what is possible)\n"],
    ['unknown option', [...EVAL, '--sped', '3'], "error: unknown option '--sped'\n(Did you mean --seed?)\n"],
    ['excess argument', [...EVAL, 'now'], "error: too many arguments for 'eval'. Expected 0 arguments but got 1.\n"],
    ['no task', ['record', '--out', 'new'], "error: required option '--task <name>' not specified\n"],
    ['no method', ['eval'], 'error: nothing to evaluate: give --checkpoint RUN, or --replay FRAME --data DIR\n'],
    [
      'no pairs',
      ['calibrate'],
      'error: nothing to calibrate from: give --pairs FILE, --data EPISODE.mcap, or at a live arm --from ros\n',
    ],
    ['pairs from nowhere', ['calibrate', '--from', 'ros'], 'error: --from ros needs --url and --profile, like '],
    [
      'two sources of pairs',
      ['calibrate', '--pairs', 'pairs.json', '--data', 'data'],
      "error: option '--pairs <file>' cannot be used with option '--data <episodes...>'\n",
    ],
    [
      'unknown mounting',
      ['calibrate', '--pairs', 'pairs.json', '--mounting', 'ceiling'],
      "error: option '--mounting <how>' argument 'ceiling' is invalid. Allowed choices are eye-to-hand, eye-in-hand.\n",
    ],
    ['a recording from nowhere', [...RECORD, '--from', 'ros'], 'error: --from ros needs --url and --profile, like '],
    [
      'noise that nobody adds',
      [...RECORD, '--from', 'ros', '--noise', 'usb'],
      'error: --noise is for --from expert, got --from ros\n',
    ],
    [
      'an address for the expert',
      [...RECORD, '--url', 'ws://x'],
      'error: --url is for --from ros, got --from expert\n',
    ],
    [
      'a robot that is not there',
      [...RECORD, '--from', 'ros', '--url', 'ws://127.0.0.1:1', '--profile', 'sim'],
      'check the address, and that rosbridge runs there\n',
    ],
    [
      'an unknown profile',
      [...RECORD, '--from', 'ros', '--url', 'ws://127.0.0.1:1', '--profile', 'kuka'],
      'error: no profile is called "kuka"; ready ones: ',
    ],
    ['replay of nothing', REPLAY, 'error: --replay needs the demonstrations: --data DIR\n'],
    [
      'replay with tries',
      [...REPLAY, '--data', 'data', '--retry', '2'],
      'error: --retry is for the controller, which --replay target does without: leave it out\n',
    ],
    [
      'replay with weights',
      ['eval', '--replay', 'servo', '--data', 'data', '--weights', 'int8'],
      'error: --weights is for a policy, which --replay servo has none of: leave it out\n',
    ],
    [
      'two methods',
      [...EVAL, '--replay', 'base', '--data', 'data'],
      "error: option '--replay <frame>' cannot be used with option '--checkpoint <run>'\n",
    ],
    [
      'unknown task',
      ['record', '--task', 'rivet', '--out', 'new'],
      "error: option '--task <name>' argument 'rivet' is invalid. Allowed choices are ",
    ],
    [
      'unknown clearance',
      [...RECORD, '--clearance', '0.3'],
      "error: option '--clearance <mm>' argument '0.3' is invalid. valid values: 1, 0.5, 0.1, 0.05, 0.02, 0.01\n",
    ],
    [
      'unknown preset',
      [...TRAIN, '--preset', 'huge'],
      "error: option '--preset <name>' argument 'huge' is invalid. Allowed choices are edge-pose, edge-rgbd, paper-pose, paper-rgbd.\n",
    ],
    [
      'unknown split',
      [...EVAL, '--split', 'test'],
      "error: option '--split <name>' argument 'test' is invalid. Allowed choices are id, ood.\n",
    ],
    [
      'unknown noise',
      [...EVAL, '--noise', 'fog'],
      "error: option '--noise <preset>' argument 'fog' is invalid. Allowed choices are none, tracker, usb.\n",
    ],
    ['zero episodes', [...EVAL, '--episodes', '0'], whole('--episodes', '0', 'from 1 to 100000')],
    ['negative episodes', [...RECORD, '--episodes', '-2'], whole('--episodes', '-2', 'from 1 to 100000')],
    ['a fraction of an episode', [...EVAL, '--episodes', '1.5'], whole('--episodes', '1.5', 'from 1 to 100000')],
    ['a seed that is no number', [...RECORD, '--seed', 'NaN'], whole('--seed', 'NaN', 'of at least 0')],
    ['a negative seed', [...TRAIN, '--seed', '-1'], whole('--seed', '-1', 'of at least 0')],
    ['a seed without digits', [...TRAIN, '--seed', ''], whole('--seed', '', 'of at least 0')],
    ['endless steps', [...TRAIN, '--steps', 'Infinity'], whole('--steps', 'Infinity', 'of at least 1')],
    ['no workers', [...EVAL, '--workers', '0'], whole('--workers', '0', 'from 1 to 256')],
    [
      'a chamfer out of range',
      [...RECORD, '--chamfer', '2.5'],
      "error: option '--chamfer <mm>' argument '2.5' is invalid. expected a number from 0 to 2\n",
    ],
    [
      'a picture of no size',
      [...RECORD, '--rgbd', '--picture-size', '320'],
      "error: option '--picture-size <WxH>' argument '320' is invalid. expected WIDTHxHEIGHT in pixels, each from 16 to 4096, like 160x160\n",
    ],
    ['a picture too small', [...RECORD, '--picture-size', '8x8'], "argument '8x8' is invalid. expected WIDTHxHEIGHT"],
    [
      'more pictures than frames',
      [...RECORD, '--rgbd', '--picture-rate', '60'],
      "error: option '--picture-rate <hz>' argument '60' is invalid. expected a number from 0.1 to 30\n",
    ],
    [
      'pictures without --rgbd',
      [...RECORD, '--picture-rate', '5'],
      'error: --picture-rate is for pictures: add --rgbd\n',
    ],
    ['nothing to inspect', ['data', 'inspect'], "error: missing required argument 'dir'\n"],
    ['unknown data verb', ['data', 'look'], "error: unknown command 'look'\n"],
    [
      'a negative bias',
      [...EVAL, '--bias', '-1'],
      "error: option '--bias <mm>' argument '-1' is invalid. expected a number from 0 to 10\n",
    ],
  ])('%s', async ([, args, sentence]) => {
    expect(await complaintOf(args)).toContain(sentence)
    expect(await readdir(folder)).not.toContain('new')
  })
})

describe('files that do not serve are named, with what was expected and what to do', () => {
  test.for<[string, () => Promise<unknown>, string[], string]>([
    [
      'a dataset that is not there',
      async () => {},
      ['train', '--data', 'none', '--out', 'new'],
      'error: none: expected a dataset (a folder with dataset.json), there is no such folder; make one with: npx tenon record --task NAME --out none\n',
    ],
    [
      'no dataset to inspect',
      async () => {},
      ['data', 'inspect', 'none'],
      'error: none: expected a dataset (a folder with dataset.json), there is no such folder; make one with',
    ],
    [
      'a dataset without pictures',
      async () => {},
      ['data', 'inspect', 'data', '--pictures', 'sheets'],
      'error: data has no pictures to put into sheets: record some with tenon record --rgbd\n',
    ],
    [
      'a file for the pictures',
      async () => {},
      ['data', 'inspect', 'data', '--pictures', 'tiny.json'],
      'error: tiny.json: is a file, expected a folder\n',
    ],
    [
      'a folder for the pictures that holds other things',
      async () => {},
      ['data', 'inspect', 'data', '--pictures', 'run'],
      'error: run is not empty: choose another folder, or overwrite what is there with --force\n',
    ],
    [
      'an empty dataset',
      () => writeExampleDataset(at('empty'), 0),
      ['train', '--data', 'empty', '--out', 'new'],
      'error: empty: expected at least one finished episode, found none; record some: npx tenon record --task square-peg --out empty\n',
    ],
    [
      'a dataset without its dataset.json',
      async () => {
        await writeExampleDataset(at('headless'), 1)
        await rm(at('headless', 'dataset.json'))
      },
      [...REPLAY, '--data', 'headless'],
      'error: headless: expected a dataset (a folder with dataset.json), found episodes; name a folder that',
    ],
    [
      'a dataset without its episodes',
      async () => {
        await writeExampleDataset(at('gone'), 1)
        await rm(at('gone', 'episodes'), { recursive: true })
      },
      ['train', '--data', 'gone', '--out', 'new'],
      'error: gone: expected at least one finished episode, found none; record some',
    ],
    [
      'a dataset whose only episode was being written',
      async () => {
        await writeExampleDataset(at('half'), 1)
        await rename(at('half/episodes/000000.mcap'), at('half/episodes/000000.mcap.part'))
      },
      [...REPLAY, '--data', 'half'],
      'half/episodes/000000.mcap.part: an unfinished recording, left out; its whole frames can still be read',
    ],
    [
      'a dataset of which nothing is finished',
      async () => {
        await writeExampleDataset(at('cut'), 1)
        await truncate(at('cut/episodes/000000.mcap'), 12_000)
      },
      ['train', '--data', 'cut', '--out', 'new'],
      'error: cut: none of its 1 episodes seated: nothing to learn from\n',
    ],
    [
      'a file for a dataset',
      () => writeFile(at('file'), 'precious'),
      ['train', '--data', 'tiny.json', '--out', 'new'],
      'error: tiny.json: expected a folder, got a file\n',
    ],
    [
      'a checkpoint that is not there',
      async () => {},
      ['eval', '--checkpoint', 'none'],
      'error: none is no whole checkpoint: config.json is missing (there is no such folder); make one with npx tenon train --data DIR --out RUN\n',
    ],
    [
      'a file for a checkpoint',
      async () => {},
      ['eval', '--checkpoint', 'tiny.json'],
      'error: tiny.json/config.json: a file stands where a folder is expected\n',
    ],
    [
      'a checkpoint of another version',
      async () => {
        await cp(at('run'), at('newer'), { recursive: true })
        await edit('newer/config.json', (text) => text.replace('"formatVersion": 3', '"formatVersion": 4'))
      },
      ['eval', '--checkpoint', 'newer'],
      'error: newer/config.json: checkpoint format 4, this version of tenon reads 3: train it again, or use the version that wrote it\n',
    ],
    [
      'a checkpoint without its policy',
      async () => {
        await cp(at('run'), at('unfinished'), { recursive: true })
        await rm(at('unfinished/policy.onnx'))
      },
      ['eval', '--checkpoint', 'unfinished'],
      'error: unfinished is no whole checkpoint: policy.onnx is missing (it holds config.json, metrics.jsonl, optimizer.safetensors, weights.safetensors); the run was not finished: npx tenon train --resume --data DIR --out unfinished\n',
    ],
    [
      'a checkpoint with a damaged policy',
      async () => {
        await cp(at('run'), at('damaged'), { recursive: true })
        await truncate(at('damaged/policy.onnx'), 1000)
      },
      ['eval', '--checkpoint', 'damaged'],
      'error: damaged/policy.onnx does not load (Failed to load model because protobuf parsing failed.): write it again with npx tenon train --resume --data DIR --out damaged\n',
    ],
    [
      'a checkpoint whose config was cut short',
      async () => {
        await cp(at('run'), at('torn'), { recursive: true })
        await truncate(at('torn/config.json'), 100)
      },
      ['eval', '--checkpoint', 'torn'],
      'error: torn/config.json is no JSON: was it cut short?',
    ],
    [
      'a damaged state to resume from',
      async () => {
        await cp(at('run'), at('scratched'), { recursive: true })
        await truncate(at('scratched/optimizer.safetensors'), 1000)
      },
      ['train', '--data', 'data', '--out', 'scratched', '--resume', '--steps', '5'],
      'error: scratched/optimizer.safetensors: tensor "theta" ends at byte ',
    ],
    [
      'resuming what never began',
      async () => {},
      ['train', '--data', 'data', '--out', 'new', '--resume'],
      'error: new is no whole checkpoint: config.json is missing (there is no such folder); make one with npx tenon train',
    ],
    [
      'resuming with other data',
      () => writeExampleDataset(at('other'), 3),
      ['train', '--data', 'other', '--out', 'run', '--resume'],
      'error: other is not the dataset that run was trained on: resume with that one\n',
    ],
    [
      'resuming with a dataset that has grown, though no pose in it is new',
      async () => {
        await cp(at('data'), at('grown'), { recursive: true })
        await cp(at('grown/episodes/000000.mcap'), at('grown/episodes/000009.mcap'))
      },
      ['train', '--data', 'grown', '--out', 'run', '--resume'],
      'error: grown is not the dataset that run was trained on: resume with that one\n',
    ],
    [
      'resuming with other settings',
      async () => {},
      ['train', '--data', 'data', '--out', 'run', '--resume', '--config', 'tiny.json'],
      'error: run keeps the settings it began with: leave out --config, or train anew\n',
    ],
    [
      'resuming with another preset',
      async () => {},
      ['train', '--data', 'data', '--out', 'run', '--resume', '--preset', 'paper-pose'],
      'error: run was begun with --preset edge-pose, got paper-pose: leave that out\n',
    ],
    [
      'resuming with another seed',
      async () => {},
      ['train', '--data', 'data', '--out', 'run', '--resume', '--seed', '7'],
      'error: --seed is for a run that begins: leave it out to --resume\n',
    ],
    [
      'a config that is not there',
      async () => {},
      [...TRAIN, '--config', 'none.json'],
      'error: none.json: there is no such file\n',
    ],
    [
      'a folder for a config',
      async () => {},
      [...TRAIN, '--config', 'data'],
      'error: data: a folder stands where a file is expected\n',
    ],
    [
      'a config that is no JSON',
      () => writeFile(at('yaml.json'), 'steps: 5'),
      [...TRAIN, '--config', 'yaml.json'],
      'error: yaml.json is no JSON: ',
    ],
    [
      'a config that is no object',
      () => writeFile(at('list.json'), '[5]\n'),
      [...TRAIN, '--config', 'list.json'],
      'error: list.json: expected a JSON object of settings, got [5]\n',
    ],
    [
      'a config with an unknown key',
      () => writeJson(at('colour.json'), { control: { colour: 'red' } }),
      [...TRAIN, '--config', 'colour.json'],
      'error: colour.json: unknown setting control.colour; valid here: poseInterval, actionHorizon\n',
    ],
    [
      'a config with an unknown group',
      () => writeJson(at('group.json'), { trainin: {} }),
      [...TRAIN, '--config', 'group.json'],
      'error: group.json: unknown setting trainin; valid here: model, diffusion, training, control\n',
    ],
    [
      'demonstrations in which the arm never turned, to calibrate from',
      async () => {},
      ['calibrate', '--data', 'data', '--out', 'new'],
      'error: data: the arm never stood still for 0.3 s in 60 frames: stop it at each pose\n',
    ],
    [
      'a config with a wrong value',
      () => writeJson(at('value.json'), { training: { batch: 0, steps: 'many' } }),
      [...TRAIN, '--config', 'value.json'],
      'error: value.json: training.steps: Invalid input: expected number, received string, got "many"; training.batch: Too small: expected number to be >0, got 0\n',
    ],
    [
      'a config whose values do not fit together',
      () => writeJson(at('fit.json'), { control: { actionHorizon: 21 } }),
      [...TRAIN, '--config', 'fit.json'],
      'error: fit.json: actionHorizon 21 exceeds predictionHorizon 20\n',
    ],
    [
      'a network that no memory holds',
      () => writeJson(at('vast.json'), { model: { widths: [262144] } }),
      ['train', '--data', 'data', '--out', 'vast', '--config', 'vast.json'],
      'error: the network needs at least ',
    ],
    [
      'a batch that no memory holds',
      () => writeJson(at('crowd.json'), { training: { batch: 1e8 } }),
      ['train', '--data', 'data', '--out', 'crowd', '--config', 'crowd.json'],
      'error: the network needs at least ',
    ],
    [
      'an output folder that is a file',
      () => writeFile(at('occupied'), ''),
      ['record', '--task', 'square-peg', '--out', 'occupied'],
      'error: occupied: expected a folder, got a file\n',
    ],
    [
      'a checkpoint folder that is a file',
      () => writeFile(at('held'), ''),
      ['train', '--data', 'data', '--out', 'held'],
      'error: held: is a file, expected a folder\n',
    ],
    [
      'an output folder below a file',
      () => writeFile(at('floor'), ''),
      ['demo', '--out', 'floor/demo'],
      'error: floor/demo: is a file, expected a folder\n',
    ],
  ])('%s', async ([, prepare, args, sentence]) => {
    await prepare()
    const complaint = await complaintOf(args)
    expect(complaint).toContain(sentence)
    expect(complaint).not.toMatch(/^ +at |bug in tenon/m)
    expect(await readdir(folder)).not.toContain('new')
  })
})

test.concurrent.for<[string, string[], string]>([
  ['a command line', [...EVAL, '--episodes', '0'], "error: option '--episodes <n>' argument '0' is invalid."],
  ['an unknown verb', ['insert'], "error: unknown command 'insert'"],
  ['a dataset', ['train', '--data', 'none', '--out', 'new'], 'error: none: expected a dataset'],
  ['a checkpoint', ['eval', '--checkpoint', 'none'], 'error: none is no whole checkpoint'],
  ['a config', [...TRAIN, '--config', 'none.json'], 'error: none.json: there is no such file'],
])('a process that fails over %s exits with 1, a sentence and no stack trace', async ([, args, sentence]) => {
  expectSentence(await tenon(folder, ...args), sentence)
})

describe.concurrent('an output folder that exists is refused without --force and left as it is', () => {
  test.for<[string, string[], string]>([
    ['record', ['record', '--task', 'round-peg', '--out', 'OUT'], 'expected a new or empty folder, found '],
    [
      'train',
      ['train', '--data', 'data', '--out', 'OUT'],
      'exists: choose another folder, or overwrite it with --force',
    ],
    [
      'demo',
      ['demo', '--out', 'OUT'],
      'exists: give --force (npm run demo -- --force) to do the demo again there, or another folder with --out',
    ],
  ])('%s', async ([verb, args, sentence]) => {
    const out = `kept-${verb}`
    if (verb === 'train') await cp(at('run'), at(out), { recursive: true })
    else await writeExampleDataset(at(out), 1)
    const before = await contents(at(out))
    expect(await complaintOf(args.map((arg) => (arg === 'OUT' ? out : arg)))).toContain(sentence)
    expect(await contents(at(out))).toEqual(before)
  })

  test('--force does not touch a folder with anything else in it', async () => {
    await mkdir(at('thesis'))
    await writeFile(at('thesis/thesis.tex'), 'precious')
    for (const args of [['record', '--task', 'square-peg'], ['train', '--data', 'data'], ['demo']]) {
      expect(await complaintOf([...args, '--out', 'thesis', '--force'])).toMatch(/^error: thesis.*thesis\.tex/)
    }
    expect(await contents(at('thesis'))).toEqual({ 'thesis.tex': 'precious' })
  })
})

/** Every file below a folder. */
async function contents(root: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const entry of await readdir(root, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) files[path.slice(root.length + 1)] = await readFile(path, 'latin1')
  }
  return files
}

test.concurrent('of a truncated episode, what is whole is read and stderr says what was dropped', async () => {
  await writeExampleDataset(at('truncated'), 2)
  const path = 'truncated/episodes/000001.mcap'
  await truncate(at(path), 20_000)
  const { frames, dropped } = await readEpisode(at(path))
  expect(frames.length).toBeGreaterThan(0)
  expect(frames.length).toBeLessThan(30)
  expect(dropped).toMatch(
    /^file ends at byte 20000 inside a record .*: 1 unfinished frame dropped, no outcome recorded$/,
  )

  const train = ['train', '--data', 'truncated', '--out', 'from-truncated', '--config', 'tiny.json', '--steps', '1']
  const { code, stderr } = await tenon(folder, ...train)
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(`warning: ${path}: ${dropped}\n`) })
})

describe.concurrent('--debug adds a stack trace to the sentence', () => {
  test.for<[string, string[], RegExp]>([
    ['of a usage error', [...EVAL, '--episodes', '0', '--debug'], /^error: .*\n.*CommanderError: .*\n +at /],
    ['of a mistake', ['--debug', 'eval'], /^error: .*\nUserError: .*\n +at /],
    [
      'with the causes',
      ['train', '--data', 'tiny.json', '--out', 'new', '--debug'],
      /^error: tiny\.json: .*\nDatasetError: .*\n +at (?:.|\n)*\[cause\]: Error: ENOTDIR: /,
    ],
  ])('%s', async ([, args, pattern]) => {
    const { code, stderr } = await tenon(folder, ...args)
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(pattern) })
  })
})

// A disk of a few hundred kilobytes: a tmpfs in a mount namespace of its own, which needs no rights and is gone with the
// command. What the disk holds in the end is copied out.
const ON_SMALL_DISK =
  'mkdir disk && mount -t tmpfs -o size="$1" tenon-test disk && out="$2" && shift 2 && "$@"; code=$?; ' +
  'cp -r disk/. "$out"; exit $code'
const unshare = ['--user', '--map-root-user', '--mount']
const canMount =
  spawnSync('unshare', [...unshare, 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', '/tmp'], { stdio: 'ignore' })
    .status === 0

describe.runIf(canMount).concurrent('on a full disk', () => {
  async function onSmallDisk(cwd: string, size: string, ...args: string[]): Promise<Ended> {
    const shell = [...unshare, 'sh', '-c', ON_SMALL_DISK, 'sh', size, '../left', process.execPath, TENON, ...args]
    await mkdir(join(cwd, 'work'), { recursive: true })
    await mkdir(join(cwd, 'left'))
    return start(join(cwd, 'work'), 'unshare', shell).ended
  }

  test('record says so, and keeps the episodes that are whole', async () => {
    // An episode of the square peg takes 0.7 MB.
    const args = ['record', '--task', 'square-peg', '--episodes', '3', '--out', 'disk/data']
    const ended = await onSmallDisk(at('full-record'), '1M', ...args)
    expectSentence(
      ended,
      'error: disk/data/episodes/000001.mcap: recording stopped: the disk is full: free some space and try again; ' +
        'what was written before is kept in disk/data/episodes/000001.mcap.part\n',
    )
    const { episodePaths, leftovers } = await openDataset(at('full-record/left/data'))
    expect([episodePaths.length, leftovers.length]).toEqual([1, 1])
    expect(await readEpisode(episodePaths[0] as string)).toMatchObject({
      outcome: { seated: true },
      dropped: undefined,
    })
    const { frames, dropped } = await readEpisode(leftovers[0] as string)
    expect(frames.length).toBeGreaterThan(0)
    expect(dropped).toContain('no outcome recorded')
  })

  test('train says so, and can be resumed from what was saved before', async () => {
    // The state of the tiny policy takes 3.4 MB: there is room for one, not for a second beside it.
    const state = (await readFile(at('run/optimizer.safetensors'))).length
    const train = ['train', '--data', at('data'), '--out', 'disk/run', '--config', at('tiny.json')]
    const ended = await onSmallDisk(at('full-train'), String(Math.round(1.5 * state)), ...train, '--steps', '60')
    expectSentence(ended, 'error: disk/run/optimizer.safetensors cannot be written (the disk is full: ')

    const resumed = await tenonJson(
      folder,
      'train',
      '--resume',
      '--data',
      'data',
      '--out',
      'full-train/left/run',
      '--steps',
      '60',
    )
    expect(resumed).toMatchObject({ steps: 60 })
  })

  test('a disk without room for the first file is no crash either', async () => {
    const ended = await onSmallDisk(at('full-start'), '4k', 'record', '--task', 'square-peg', '--out', 'disk/data')
    expectSentence(ended, 'the disk is full: free some space and try again')
  })
})

test.skipIf(canMount)('on a full disk: not tested, because this machine lets nobody mount a small one', () => {})
