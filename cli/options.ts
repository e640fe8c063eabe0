// Options that several commands share, with their checks.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { DEFAULT_ROCKING, ENSEMBLE_MODES } from '../control/index.ts'
import { NOISE_PRESETS } from '../perception/index.ts'
import { CLEARANCES_MM, FRAME_INTERVAL, LOOK_LEVELS, SPLITS, TASKS } from '../sim/index.ts'
import { DEVICES, WEIGHT_TYPES } from '../tensor/compile/index.ts'
import { PICTURES, type Pictures } from './demonstrate.ts'

/** A parser for numbers in a range, whole or not. */
export function number(range: { low: number; high?: number; whole?: boolean }) {
  return (text: string): number => {
    const value = Number(text)
    const { low, high = Number.POSITIVE_INFINITY, whole = false } = range
    if (text.trim() === '' || !(value >= low && value <= high) || (whole && !Number.isSafeInteger(value))) {
      const kind = whole ? 'a whole number' : 'a number'
      const limits = Number.isFinite(high) ? `from ${low} to ${high}` : `of at least ${low}`
      throw new InvalidArgumentError(`expected ${kind} ${limits}`)
    }
    return value
  }
}

const count = (most?: number) => number({ low: 1, whole: true, ...(most ? { high: most } : {}) })

/** Like `Option.choices`, for numbers. */
function oneOf(values: readonly number[]) {
  return (text: string): number => {
    const value = values.find((valid) => valid === Number(text))
    if (value === undefined) throw new InvalidArgumentError(`valid values: ${values.join(', ')}`)
    return value
  }
}

export const taskOption = () => new Option('--task <name>', 'insertion task').choices(Object.keys(TASKS))

export const DEFAULT_CLEARANCE_MM = 0.1

/** `otherwise`: what it is where nothing is said, if that is not always the same. */
export const clearanceOption = (otherwise?: string) => {
  const option = new Option(
    '--clearance <mm>',
    `diametral clearance: ${CLEARANCES_MM.join(', ')}${otherwise ? ` (default: ${otherwise})` : ''}`,
  ).argParser(oneOf(CLEARANCES_MM))
  return otherwise ? option : option.default(DEFAULT_CLEARANCE_MM)
}

export const chamferOption = () =>
  new Option('--chamfer <mm>', 'lead-in on part and receptacle').argParser(number({ low: 0, high: 2 })).default(0.5)

export const noiseOption = (preset: string) =>
  new Option('--noise <preset>', 'what the simulated tracker does to poses')
    .choices(Object.keys(NOISE_PRESETS))
    .default(preset)

export const splitOption = () =>
  new Option('--split <name>', 'starts within (id) or beyond (ood) the demonstrations')
    .choices([...SPLITS])
    .default('id')

export const seedOption = () =>
  new Option('--seed <n>', 'everything random follows from it').argParser(number({ low: 0, whole: true })).default(0)

export const episodesOption = (fallback: number | undefined, meaning = 'how many') => {
  const option = new Option('--episodes <n>', meaning).argParser(count(100_000))
  return fallback === undefined ? option : option.default(fallback)
}

/** `320x240` */
function size(text: string): PictureSize {
  const [width, height, ...more] = text.split(/[x×]/i).map(Number)
  const fits = (side = Number.NaN) => Number.isInteger(side) && side >= 16 && side <= 4096
  if (width === undefined || height === undefined || !fits(width) || !fits(height) || more.length > 0) {
    throw new InvalidArgumentError('expected WIDTHxHEIGHT in pixels, each from 16 to 4096, like 160x160')
  }
  return { width, height }
}

export type PictureSize = Pick<Pictures, 'width' | 'height'>

export const rgbdOption = () => new Option('--rgbd', 'also what the camera sees: colour and depth')

export const pictureRateOption = () =>
  new Option('--picture-rate <hz>', `pictures per second (default: ${PICTURES.rate})`).argParser(
    number({ low: 0.1, high: Math.round(1 / FRAME_INTERVAL) }),
  )

export const pictureSizeOption = () =>
  new Option(
    '--picture-size <WxH>',
    `pixels of a picture: square, round the parts, else all that the camera sees (default: ${PICTURES.width}x${PICTURES.height})`,
  ).argParser(size)

export const lookOption = () =>
  new Option(
    '--look <level>',
    `light, colours and clutter: always the same, or drawn anew for each episode (default: ${PICTURES.look})`,
  ).choices([...LOOK_LEVELS])

export const stepsOption = () => new Option('--steps <n>', 'training steps (default: the preset’s)').argParser(count())

export const rolloutsOption = () =>
  new Option(
    '--rollouts <n>',
    'at each validation the policy so far drives n episodes in the simulator, always the same (default: 0). One that seats takes a core a second or two, one that fails six or more, longer with pictures',
  ).argParser(number({ low: 0, high: 1000, whole: true }))

export const retryOption = () =>
  new Option('--retry <n>', 'take a part that is stuck out and bring it again, up to n times').argParser(
    number({ low: 0, high: 20, whole: true }),
  )

export const spiralOption = () =>
  new Option('--spiral', 'a part that is stuck at the mouth searches for it in a spiral')

const WIDEST_ROCKING = ((DEFAULT_ROCKING.widest * 180) / Math.PI).toFixed(1)

/** On unless it is said: commander's name for its absence is `rocking`. */
export const noRockingOption = () =>
  new Option(
    '--no-rocking',
    `do not rock a part that has wedged: its axis is else led round a cone of up to ${WIDEST_ROCKING}°`,
  )

export const noContactTrimOption = () =>
  new Option('--no-contact-trim', 'do not let the force sensor correct the command, nor rock a part that has wedged')

export const ensembleOption = () =>
  new Option(
    '--ensemble <mode>',
    'where plans overlap: follow the newest, the oldest, or a mean of them; act and hato weigh it towards old and new ones (default: new)',
  ).choices([...ENSEMBLE_MODES])

export const ddimStepsOption = () =>
  new Option('--ddim-steps <n>', 'DDIM steps of the sampler (default: as trained)').argParser(count())

export const warmStepsOption = () =>
  new Option('--warm-steps <n>', 'start from the previous chunk and run only the last n steps').argParser(count())

export const weightsOption = () =>
  new Option('--weights <type>', 'int8 is smaller and faster, and less exact')
    .choices([...WEIGHT_TYPES])
    .default('float32')

export const deviceOption = () =>
  new Option('--device <name>', 'what computes the network').choices([...DEVICES]).default('cpu')

export const workersOption = (fallback: number) =>
  new Option('--workers <n>', 'episodes run at the same time').argParser(count(256)).default(fallback)

export const jsonOption = () => new Option('--json', 'print the result as one JSON object on stdout')
export const forceOption = () => new Option('--force', 'overwrite what an earlier run left in the output folder')

/** The options of what is simulated: how the parts fit, where they start, and what the tracker does to poses. */
export const withConditions = (command: Command, clearance = clearanceOption()): Command =>
  command
    .addOption(clearance)
    .addOption(chamferOption())
    .addOption(splitOption())
    .addOption(noiseOption('tracker'))
    .addOption(seedOption())
