import { describe, expect, it, onTestFinished } from 'vitest'
import {
  compose,
  invert,
  makePose,
  type Pose,
  poseDistance,
  type Rgbd,
  rotationVectorToQuat,
} from '../geometry/index.ts'
import { initializeParameters, sliceParameters } from '../tensor/parameters.ts'
import { Random } from '../tensor/random.ts'
import type { ImageConfig, PolicyConfig } from './config.ts'
import { picturedFrame } from './example-picture.ts'
import { exampleInfo, exampleParts, tinyConfig, withFusion } from './example-policy.ts'
import { loadPredictor } from './load-predictor.ts'
import { policySpec } from './model.ts'
import { seePicture } from './pictures.ts'
import type { Seen } from './predictor.ts'
import { buildSampler } from './sampler.ts'

const { normalizer } = exampleInfo()
const sourceInTarget = makePose([0.004, -0.003, 0.02], rotationVectorToQuat([0, 0.05, 0.02]))

function seen(error?: Pose): Seen & { view: NonNullable<Seen['view']> } {
  const frame = picturedFrame(0, sourceInTarget, error)
  const observed = error ? compose(sourceInTarget, error) : sourceInTarget
  return { sourceInTarget: observed, confidence: 1, view: { ...frame, rgbd: frame.rgbd as Rgbd } }
}

const goal = seePicture(seen().view, withFusion('gated').model.image as ImageConfig, exampleParts.boxes)

async function predictorOf(config: PolicyConfig, change: (views: Record<string, Float32Array>) => void = () => {}) {
  const specs = policySpec(config.model)
  const weights = initializeParameters(specs, new Random(1))
  change(sliceParameters(specs, weights))
  const { model } = buildSampler(config, weights, { goal })
  const predictor = await loadPredictor(config, normalizer, model, { parts: exampleParts })
  onTestFinished(() => predictor.dispose())
  predictor.begin(1)
  return predictor
}

const without = ({ view: _, ...rest }: ReturnType<typeof seen>): Seen => rest
const holes = (): Seen => {
  const { view, ...rest } = seen()
  return { ...rest, view: { ...view, rgbd: { ...view.rgbd, depth: new Float32Array(view.rgbd.depth.length) } } }
}

describe('a predictor of a policy with pictures', () => {
  it('asks for them; another does not', async () => {
    expect((await predictorOf(withFusion('gated'))).needsView).toBe(true)
    expect((await predictorOf(tinyConfig)).needsView).toBe(false)
  })

  it.each(['gated', 'concat', 'rgbd', 'corrected'] as const)('refuses to begin without: %s', async (fusion) => {
    const predictor = await predictorOf(withFusion(fusion))
    await expect(predictor.predict(without(seen()))).rejects.toThrow(
      'this policy needs pictures, the robot gives none (it has no camera, or a part is out of its sight): choose a robot with an RGBD camera, or a policy of a pose preset',
    )
    await expect(predictor.predict(holes())).rejects.toThrow('the policy cannot use the picture: expected depth with')
  })

  it('sees the picture: the same pose and noise with another picture give another chunk', async () => {
    const predictor = await predictorOf(withFusion('gated'))
    const chunk = async (view: Seen['view']) => {
      predictor.begin(2)
      return predictor.predict({ ...seen(), ...(view ? { view } : {}) })
    }
    const { view } = seen()
    const other = picturedFrame(0, makePose([-0.01, 0.01, 0.05])).rgbd as Rgbd
    expect(await chunk(view)).toEqual(await chunk(view))
    expect(await chunk({ ...view, rgbd: other })).not.toEqual(await chunk(view))
  })

  it('says what the gate let through', async () => {
    const predictor = await predictorOf(withFusion('gated'))
    expect(predictor.lastFusing).toBeUndefined()
    await predictor.predict(seen())
    const gate = predictor.lastFusing?.gate as Float32Array
    expect(gate).toHaveLength(16)
    expect(gate.every((value) => value > 0 && value < 1)).toBe(true)
    predictor.begin(3)
    expect(predictor.lastFusing).toBeUndefined()
  })

  it('needs to know the parts', async () => {
    await expect(loadPredictor(withFusion('gated'), normalizer, new Uint8Array())).rejects.toThrow('needs the boxes')
  })
})

describe('a predictor that corrects the pose', () => {
  /** Denoiser and estimate that answer with these numbers, whatever they see. */
  const answering = (action: number[], bias: string, estimate: number[]) => (views: Record<string, Float32Array>) => {
    views['denoiser.output.weight']?.fill(0)
    views['denoiser.output.bias']?.set(action)
    views[bias.replace('bias', 'weight')]?.fill(0)
    views[bias]?.set(estimate)
  }
  const action = [0.25, 0, -0.5, 1, 0, 0, 0, 1, 0]
  // centre 0 0 0.03, scale 0.04 0.04 0.06
  const planned = makePose([0.01, 0, 0])

  it('returns poses that are off as the observed one is: by rgbd alone', async () => {
    // The picture says: the part is at x = 0.02, not turned.
    const located = [0.5, 0, -0.5, 1, 0, 0, 0, 1, 0]
    const predictor = await predictorOf(withFusion('rgbd'), answering(action, 'fusion.located.bias', located))
    const truth = makePose([0.02, 0, 0])
    for (const error of [
      makePose([0, 0, 0]),
      makePose([0.002, -0.001, 0.001], rotationVectorToQuat([0.02, 0, -0.03])),
    ]) {
      const observed = compose(truth, error)
      const [first] = await predictor.predict({ ...seen(), sourceInTarget: observed })
      // What the controller makes of it: the part goes where it was meant to, by ee = planned · (truth · error)⁻¹ …
      const reached = compose(first as Pose, invert(error))
      expect(poseDistance(reached, planned).translation).toBeLessThan(1e-7)
      expect(poseDistance(reached, planned).rotation).toBeLessThan(1e-6)
    }
  })

  it('goes on by the pose alone when pictures fail later on', async () => {
    const located = [0.5, 0, -0.5, 1, 0, 0, 0, 1, 0]
    const predictor = await predictorOf(withFusion('corrected'), answering(action, 'fusion.located.bias', located))
    await predictor.predict(seen())
    const { gate, correction } = predictor.lastFusing ?? {}
    // x is 0.004 m, 0.1 of the normaliser's 0.04
    expect(correction?.[0]).toBeCloseTo((0.5 - 0.1) * (gate?.[0] as number), 6)
    for (const blind of [holes(), without(seen())]) {
      const [first] = await predictor.predict(blind)
      expect(predictor.lastFusing?.gate).toEqual(new Float32Array(9))
      expect(poseDistance(first as Pose, planned).translation).toBeLessThan(1e-7)
    }
  })
})
