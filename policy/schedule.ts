// The diffusion schedule and DDIM: plain numbers, no tensors.
//
// Forward process: x_t = √ᾱ_t x₀ + √(1 − ᾱ_t) ε, with ᾱ the running product of 1 − β and the squared-cosine betas of
// Nichol & Dhariwal, "Improved Denoising Diffusion Probabilistic Models" (2021), eq. 17. Sampling: Song et al.,
// "Denoising Diffusion Implicit Models" (2021), eq. 12 with σ = 0, for a network that predicts x₀.

/** `f(t) = cos²((t + s)/(1 + s) · π/2)`, s = 0.008 */
const cosineSquared = (t: number): number => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2

/** `β_i = min(1 − f((i+1)/n)/f(i/n), 0.999)` for i = 0 … n−1 */
export function squaredCosineBetas(steps: number): number[] {
  return Array.from({ length: steps }, (_, i) =>
    Math.min(1 - cosineSquared((i + 1) / steps) / cosineSquared(i / steps), 0.999),
  )
}

/** `ᾱ_t = Π_{i ≤ t} (1 − β_i)` */
export function cumulativeAlphas(betas: readonly number[]): number[] {
  let product = 1
  return betas.map((beta) => (product *= 1 - beta))
}

/** The parts of clean sample and noise in x_t: `√ᾱ_t` and `√(1 − ᾱ_t)`. */
export function noiseLevel(trainSteps: number, t: number): { signal: number; noiseRate: number } {
  const alpha = cumulativeAlphas(squaredCosineBetas(trainSteps))[t]
  if (alpha === undefined) throw new RangeError(`expected a step from 0 to ${trainSteps - 1}, got ${t}`)
  return { signal: Math.sqrt(alpha), noiseRate: Math.sqrt(1 - alpha) }
}

/** Steps at which the sampler calls the network, with leading spacing, rounded down: `(n−1)·T/n, …, T/n, 0`. */
export function inferenceTimesteps(trainSteps: number, inferenceSteps: number): number[] {
  if (!(Number.isInteger(inferenceSteps) && inferenceSteps >= 1 && inferenceSteps <= trainSteps)) {
    throw new RangeError(`expected 1 to ${trainSteps} inference steps, got ${inferenceSteps}`)
  }
  return Array.from({ length: inferenceSteps }, (_, i) =>
    Math.floor(((inferenceSteps - 1 - i) * trainSteps) / inferenceSteps),
  )
}

export interface DdimStep {
  /** step t that the network is told */
  t: number
  /** weight of the predicted clean sample in x of the next step of the chain */
  cleanWeight: number
  /** weight of x_t in it */
  noisyWeight: number
}

/**
 * The chain of deterministic DDIM steps. With ε̂ = (x_t − √ᾱ_t x̂₀)/√(1 − ᾱ_t), the next sample is
 * `√ᾱ' x̂₀ + √(1 − ᾱ') ε̂ = (√ᾱ' − √ᾱ_t r) x̂₀ + r x_t`, `r = √((1 − ᾱ')/(1 − ᾱ_t))`, and ᾱ' = 1 after t = 0.
 */
export function ddimSteps(trainSteps: number, inferenceSteps: number): DdimStep[] {
  const alphas = cumulativeAlphas(squaredCosineBetas(trainSteps))
  const timesteps = inferenceTimesteps(trainSteps, inferenceSteps)
  return timesteps.map((t, i) => {
    const alpha = alphas[t] as number
    const after = timesteps[i + 1]
    const next = after === undefined ? 1 : (alphas[after] as number)
    const ratio = Math.sqrt((1 - next) / (1 - alpha))
    return { t, cleanWeight: Math.sqrt(next) - Math.sqrt(alpha) * ratio, noisyWeight: ratio }
  })
}
