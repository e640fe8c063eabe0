// policy.onnx as a Predictor: poses and pictures in, chunks of poses out.
import type { InferenceSession } from 'onnxruntime-node'
import { compose, type Pose, relative } from '../geometry/index.ts'
import { type Arrays, loadSession, runSession, type SessionOptions, type TensorSpec } from '../tensor/compile/index.ts'
import { Random } from '../tensor/random.ts'
import { type PolicyConfig, weighsTracker } from './config.ts'
import { decodePose9, encodePose9, type Normalizer } from './normalizer.ts'
import { blankPicture, type Parts, seePicture } from './pictures.ts'
import type { Fusing, Predictor, Seen } from './predictor.ts'
import { samplerOutputs, samplerSpecs, threadsFor } from './sampler.ts'
import { POSE_WIDTH } from './widths.ts'

export interface PredictorOptions extends SessionOptions {
  /** a warm sampler, which takes every chunk after the first from the one before */
  warm?: string | Uint8Array
  /** of a policy that sees pictures */
  parts?: Parts | undefined
}

/** A picture that a policy cannot go by; the message says what is wrong with it and what to do. */
export class ViewError extends Error {
  override readonly name = 'ViewError'
}

/**
 * Loads policy.onnx (a path or bytes) as a Predictor. Of a policy that needs pictures, `predict` throws a ViewError for a
 * robot that gives none, or a picture that is of no use: of the wrong size, without intrinsics or depth, or beside the
 * parts. The fusion `corrected` refuses only an episode that begins so; later on it can do without for a while. Throws an
 * Error for a model with other inputs or outputs than the sampler of that configuration.
 */
export async function loadPredictor(
  config: PolicyConfig,
  normalizer: Normalizer,
  model: string | Uint8Array,
  { warm, parts, ...chosen }: PredictorOptions = {},
): Promise<Predictor & { dispose(): Promise<void> }> {
  const options = { ...threadsFor(config), ...chosen }
  const { image } = config.model
  if (image && !parts) throw new Error('a policy that sees pictures needs the boxes of the parts')
  const look = image && parts ? (seen: Seen) => seeWhatBelongs(seen, image, parts) : undefined
  const inputs = toSpecs(samplerSpecs(config))
  const warmInputs = toSpecs(samplerSpecs(config, { warmSteps: 1 }))
  const outputs = toSpecs(samplerOutputs(config))
  const cold = await loadSampler(model, inputs, outputs, options)
  const warmed = warm === undefined ? undefined : await loadSampler(warm, warmInputs, outputs, options)
  const { predictionHorizon } = config.model
  const { actionHorizon } = config.control
  let random = new Random(0)
  let chunks = 0
  let last: Float32Array | undefined
  /** how often what is known of earlier chunks was to be dropped: a plan that was being made then is none to go on from */
  let dropped = 0
  let fusing: Fusing | undefined
  return {
    needsView: image !== null,
    ...config.control,
    get lastFusing() {
      return fusing
    },
    begin(seed) {
      random = new Random(seed).fork('diffusion')
      chunks = 0
      last = undefined
      fusing = undefined
      dropped++
    },
    forget() {
      last = undefined
      dropped++
    },
    async predict(seen): Promise<Pose[]> {
      const begun = dropped
      const observation = new Float32Array(POSE_WIDTH)
      encodePose9(normalizer, seen.sourceInTarget, observation)
      const picture = look && glance(look, seen, config, chunks > 0)
      const noise = random.fork(chunks++).fillNormal(new Float32Array(predictionHorizon * POSE_WIDTH))
      const feeds = { observation, noise, ...picture }
      const results =
        warmed && last
          ? await run(warmed, warmInputs, outputs, { ...feeds, previous: later(last, actionHorizon) })
          : await run(cold, inputs, outputs, feeds)
      const { actions, ...told } = results
      if (dropped === begun) {
        last = actions
        fusing = look && told
      }
      const { correction } = told
      const poses = Array.from({ length: predictionHorizon }, (_, k) =>
        decodePose9(normalizer, actions, k * POSE_WIDTH),
      )
      if (!correction) return poses
      // Planned from the true pose, along true poses: whoever executes it lives with the tracker's error.
      const corrected = observation.map((number, i) => number + (correction[i] as number))
      const error = relative(decodePose9(normalizer, corrected), seen.sourceInTarget)
      return poses.map((pose) => compose(pose, error))
    },
    async dispose() {
      await cold.release()
      await warmed?.release()
    },
  }
}

/** The sampler's inputs that come from the picture. `begun`: the episode has had pictures. */
function glance(look: (seen: Seen) => Float32Array, seen: Seen, { model }: PolicyConfig, begun: boolean): Arrays {
  if (!weighsTracker(model.fusion)) return { image: look(seen) }
  const confidence = Float32Array.of(seen.confidence)
  try {
    return { image: look(seen), confidence, imageless: Float32Array.of(0) }
  } catch (error) {
    if (!begun || !(error instanceof ViewError)) throw error
    return { image: blankPicture(model), confidence, imageless: Float32Array.of(1) }
  }
}

function seeWhatBelongs({ view }: Seen, image: NonNullable<PolicyConfig['model']['image']>, { boxes }: Parts) {
  if (!view) {
    throw new ViewError(
      'this policy needs pictures, the robot gives none (it has no camera, or a part is out of its sight): choose a robot with an RGBD camera, or a policy of a pose preset',
    )
  }
  try {
    return seePicture(view, image, boxes)
  } catch (cause) {
    throw new ViewError(`the policy cannot use the picture: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    })
  }
}

/** A file of the right name may hold a sampler for batches, or one that goes on from the chunk before. */
async function loadSampler(
  model: string | Uint8Array,
  inputs: Specs,
  outputs: Specs,
  options: SessionOptions,
): Promise<InferenceSession> {
  const session = await loadSession(model, options)
  const signature = (of: readonly InferenceSession.ValueMetadata[]) =>
    of.map((each) => (each.isTensor ? `${each.name} ${each.shape.join('×')}` : each.name)).toSorted()
  const wanted = (specs: Specs) => [...specs].map(([name, { shape }]) => `${name} ${shape.join('×')}`).toSorted()
  for (const [what, got, expected] of [
    ['inputs', signature(session.inputMetadata), wanted(inputs)],
    ['outputs', signature(session.outputMetadata), wanted(outputs)],
  ] as const) {
    if (String(got) === String(expected)) continue
    await session.release()
    throw new Error(`expected ${what} ${expected.join(', ')}, got ${got.join(', ')}`)
  }
  return session
}

type Specs = ReturnType<typeof toSpecs>
type Results = { actions: Float32Array } & Fusing

async function run(session: InferenceSession, inputs: Specs, outputs: Specs, feeds: Arrays): Promise<Results> {
  return (await runSession(session, inputs, outputs, feeds)) as unknown as Results
}

/** The chunk as it looks `steps` poses later: what is over goes, the last pose repeats. */
function later(chunk: Float32Array, steps: number): Float32Array {
  const shifted = new Float32Array(chunk.length)
  const begin = Math.min(steps * POSE_WIDTH, chunk.length - POSE_WIDTH)
  shifted.set(chunk.subarray(begin))
  for (let at = chunk.length - begin; at < chunk.length; at += POSE_WIDTH) shifted.set(chunk.subarray(-POSE_WIDTH), at)
  return shifted
}

const toSpecs = (specs: Record<string, TensorSpec>) =>
  new Map(Object.entries(specs).map(([name, { shape }]) => [name, { shape, dtype: 'float32' as const }]))
