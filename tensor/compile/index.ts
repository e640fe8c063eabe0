// compile(): a tfjs function becomes one ONNX graph that onnxruntime runs at native speed.
export { DEVICES, type Device, probeDevice } from './device.ts'
export { eager } from './eager.ts'
export { type Inspection, inspect, type PassReport } from './inspect.ts'
export { countFlops, countKernels, countTraffic, type Graph, peakBytes, TooLargeError } from './ir.ts'
export { lowerableKernels } from './lower.ts'
export {
  type ConstantSpec,
  RecordingError,
  recordableKernels,
  type TensorMap,
  type TensorSpec,
} from './record.ts'
export {
  type Array32,
  type Arrays,
  type BuildOptions,
  type Built,
  build,
  type Compiled,
  type CompileOptions,
  compile,
  DeviceError,
  loadSession,
  type Runnable,
  runSession,
  type SessionOptions,
  start,
  WEIGHT_TYPES,
  type WeightType,
} from './session.ts'
