// What the page may ask of the server: names, arguments (checked), and what comes back.
import { z } from 'zod'
import type { Curves, EvaluationEntry } from './library.ts'
import type { EpisodeTrack, EvaluatedEpisode } from './track.ts'

/** A path inside the data folder: names of letters, digits, `.`, `_`, `-`, none of which begins with a dot. */
const id = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/, 'expected a path inside the data folder')
/** One name. */
const name = z
  .string()
  .max(80)
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/, 'expected letters, digits, dots and dashes')
const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1)
const count = z.int().min(1).max(100_000)

const setup = z.strictObject({
  task: name,
  clearanceMm: z.number().positive().max(5),
  chamferMm: z.number().nonnegative().max(5),
  split: z.enum(['id', 'ood']),
  noise: name,
  seed,
})
const episode = z.strictObject({ dataset: id, episode: name })

/** Who may call: `watch` anybody, `write` only who has the seat. */
interface Call {
  access: 'watch' | 'write'
  args: z.ZodType
}

export const CALLS = {
  /** Takes the free seat; with `force` from whoever has it. */
  claim: { access: 'watch', args: z.strictObject({ force: z.boolean().optional() }) },
  release: { access: 'write', args: z.strictObject({}) },

  /** Everybody may stop. */
  stop: { access: 'watch', args: z.strictObject({ reason: z.string().max(200) }) },
  pause: { access: 'watch', args: z.strictObject({}) },
  resume: { access: 'write', args: z.strictObject({}) },
  /** Releases a stop; arms a real robot. `halts`: the governor's when somebody looked; who has said stop since meant it. */
  rearm: { access: 'write', args: z.strictObject({ halts: z.int().nonnegative() }) },

  /** Another task, fit or seed, of the simulator. */
  setup: { access: 'write', args: setup },
  /** A new episode: the next one, or this one. */
  reset: { access: 'write', args: z.strictObject({ episode: z.int().nonnegative().optional() }) },
  teleop: { access: 'write', args: z.strictObject({ on: z.boolean() }) },
  runPolicy: { access: 'write', args: z.strictObject({ checkpoint: id }) },
  stopPolicy: { access: 'write', args: z.strictObject({}) },

  /** Into a dataset that is made when it is not there. */
  startRecording: { access: 'write', args: z.strictObject({ dataset: id, pictures: z.boolean() }) },
  endRecording: { access: 'write', args: z.strictObject({}) },
  decideRecording: { access: 'write', args: z.strictObject({ keep: z.boolean() }) },

  readEpisode: { access: 'watch', args: episode },
  /** A PNG of one frame, base64; null when there are no pictures. */
  thumbnail: { access: 'watch', args: episode },
  /** Keeps it, to be brought back. */
  deleteEpisode: { access: 'write', args: episode },
  restoreEpisode: { access: 'write', args: episode },
  /** Keeps the frames from `from` to `to`, s; the whole one can be brought back. Refused unless it has `frames` still. */
  trimEpisode: {
    access: 'write',
    args: episode.extend({ from: z.number().nonnegative(), to: z.number().positive(), frames: z.int().positive() }),
  },

  train: {
    access: 'write',
    args: z.strictObject({
      dataset: id,
      checkpoint: id,
      preset: name,
      steps: count.optional(),
      /** episodes that are simulated at each validation */
      rollouts: z.int().min(0).max(1000),
      seed,
    }),
  },
  resumeTraining: { access: 'write', args: z.strictObject({ checkpoint: id, dataset: id }) },
  curves: { access: 'watch', args: z.strictObject({ checkpoint: id }) },
  evaluate: {
    access: 'write',
    args: z.strictObject({
      checkpoint: id,
      episodes: count,
      clearanceMm: z.number().positive().max(5),
      chamferMm: z.number().nonnegative().max(5),
      split: z.enum(['id', 'ood']),
      noise: name,
      seed,
    }),
  },
  evaluation: { access: 'watch', args: z.strictObject({ checkpoint: id, name }) },
  /** Simulates one episode of an evaluation again. */
  evaluatedEpisode: {
    access: 'watch',
    args: z.strictObject({ checkpoint: id, name, index: z.int().nonnegative() }),
  },
  stopJob: { access: 'write', args: z.strictObject({ job: z.string().max(80) }) },
} as const satisfies Record<string, Call>

export type CallName = keyof typeof CALLS
export type Args<N extends CallName> = z.infer<(typeof CALLS)[N]['args']>

/** What comes back; `null` for calls that only do something. */
export interface Results {
  readEpisode: EpisodeTrack
  thumbnail: string | null
  curves: Curves
  evaluation: { entry: EvaluationEntry; episodes: EvaluatedEpisode[] }
  evaluatedEpisode: EpisodeTrack
  train: { job: string }
  resumeTraining: { job: string }
  evaluate: { job: string }
}
export type Result<N extends CallName> = N extends keyof Results ? Results[N] : null
