// How the policy's functions are run: compiled to ONNX, or eagerly on tfjs.
import { useEagerBackend } from '../tensor/backend.ts'
import {
  type CompileOptions,
  compile,
  eager,
  type Runnable,
  type TensorMap,
  type TensorSpec,
} from '../tensor/compile/index.ts'

export const ENGINES = ['compiled', 'eager'] as const
export type Engine = (typeof ENGINES)[number]

export async function prepare(
  engine: Engine,
  fn: (tensors: TensorMap) => TensorMap,
  inputs: Readonly<Record<string, TensorSpec>>,
  options: CompileOptions = {},
): Promise<Runnable> {
  if (engine === 'compiled') return compile(fn, inputs, options)
  await useEagerBackend()
  return eager(fn, inputs)
}
