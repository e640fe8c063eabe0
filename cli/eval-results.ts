// The file of `tenon eval --results`: what was evaluated and under which conditions, the summary, and every episode.
import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { ENSEMBLE_MODES } from '../control/index.ts'
import { writeWhole } from '../demos/index.ts'
import { FAILURES, LOOK_LEVELS, SPLITS } from '../sim/index.ts'
import { WEIGHT_TYPES } from '../tensor/compile/index.ts'
import { UserError } from './errors.ts'
import type { EvalResult } from './eval.ts'

export const EVAL_RESULTS_VERSION = 1

/** As {@link Conditions} of an episode. */
const conditions = z.object({
  task: z.string(),
  clearanceMm: z.number().positive(),
  chamferMm: z.number().nonnegative(),
  split: z.enum(SPLITS),
  noise: z.string(),
  biasMm: z.number().exactOptional(),
  biasDegrees: z.number().exactOptional(),
  seed: z.int().nonnegative(),
  contactTrim: z.boolean().exactOptional(),
  rocking: z.boolean().exactOptional(),
  retries: z.int().exactOptional(),
  spiral: z.boolean().exactOptional(),
  ensemble: z.enum(ENSEMBLE_MODES).exactOptional(),
  look: z.enum(LOOK_LEVELS).exactOptional(),
})

const episode = z.object({
  index: z.int().nonnegative(),
  seated: z.boolean(),
  seatSeconds: z.number().nullable(),
  peakForceN: z.number(),
  penetrationUm: z.number(),
  failure: z.enum(FAILURES).exactOptional(),
})

const summary = z.looseObject({
  method: z.string(),
  episodes: z.int().positive(),
  successes: z.int().nonnegative(),
  wilson95: z.tuple([z.number(), z.number()]),
  failures: z.record(z.string(), z.int()),
})

/** How the policy was loaded; null for a demonstration played back. */
const loading = z
  .object({
    weights: z.enum(WEIGHT_TYPES),
    inferenceSteps: z.int().exactOptional(),
    warmSteps: z.int().exactOptional(),
  })
  .nullable()

const EvalResults = z.object({
  formatVersion: z.literal(EVAL_RESULTS_VERSION),
  conditions,
  loading,
  summary,
  episodes: z.array(episode).min(1),
})
/** What the file holds; the summary is what `--json` prints. */
export type EvalResults = z.infer<typeof EvalResults>

/** Makes the folder too. The file is there whole or not at all. */
export async function writeEvalResults(
  path: string,
  results: Omit<EvalResults, 'formatVersion' | 'summary'> & { summary: EvalResult },
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeWhole(path, `${JSON.stringify({ formatVersion: EVAL_RESULTS_VERSION, ...results })}\n`)
}

/** Throws a UserError that names the file, for one that is missing, damaged or of another version. */
export async function readEvalResults(path: string): Promise<EvalResults> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new UserError(`${path}: ${cause.code === 'ENOENT' ? 'there is no such file' : cause.message}`, { cause })
  })
  const again = 'evaluate again'
  const json = parseJson(path, text, again)
  const version = (json as { formatVersion?: unknown } | null)?.formatVersion
  if (version !== EVAL_RESULTS_VERSION) {
    throw new UserError(
      `${path}: results of format ${version ?? '(none)'}, this version of tenon reads ${EVAL_RESULTS_VERSION}: ${again}`,
    )
  }
  const parsed = EvalResults.safeParse(json)
  if (!parsed.success) throw new UserError(`${path}: ${z.prettifyError(parsed.error)}\n${again}`)
  return parsed.data
}

function parseJson(path: string, text: string, again: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UserError(`${path} is no JSON: was it cut short? ${again}`, { cause })
  }
}
