// The pose-guided diffusion policy: data, model, training, checkpoints.
export {
  amendMetrics,
  appendMetrics,
  CHECKPOINT_VERSION,
  CheckpointConfig,
  CheckpointError,
  createCheckpoint,
  describeCheckpoint,
  type LoadOptions,
  loadFlatWeights,
  loadGoal,
  loadPolicy,
  loadTrainingState,
  readCheckpointConfig,
  readMetrics,
  savePolicy,
  saveTrainingState,
  truncateMetrics,
} from './checkpoint.ts'
export { PolicyConfig, PRESETS, type PresetName } from './config.ts'
export { practiceCount, prepareData, withPractice } from './dataset.ts'
export { ENGINES, type Engine } from './engine.ts'
export { loadPredictor, type PredictorOptions, ViewError } from './load-predictor.ts'
export { policySpec } from './model.ts'
export type { Normalizer } from './normalizer.ts'
export { blankGoal, Parts } from './pictures.ts'
export { loadPolicyThread } from './policy-thread.ts'
export type { Fusing, Predictor, Seen } from './predictor.ts'
export { buildSampler, compileSampler, type SamplerVariant, samplerSource, samplerSpecs } from './sampler.ts'
export { initialState, isMilestone, type Metrics, type Rollouts, type TrainingState, train } from './train.ts'
