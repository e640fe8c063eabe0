// The same functions without compiling: tensors on a tfjs backend. Slow and sure, the reference for compiled results.
import * as tf from '@tensorflow/tfjs'
import type { TensorMap, TensorSpec } from './record.ts'
import { type Array32, type Arrays, checkArray, type Runnable } from './session.ts'

/** Runs `fn` on the selected tfjs backend each time. */
export function eager(fn: (tensors: TensorMap) => TensorMap, inputs: Readonly<Record<string, TensorSpec>>): Runnable {
  return {
    async run(feeds: Readonly<Arrays>, into?: Arrays): Promise<Arrays> {
      const outputs = tf.tidy(() => {
        const tensors: TensorMap = {}
        for (const [name, { shape, dtype = 'float32' }] of Object.entries(inputs)) {
          tensors[name] = tf.tensor(checkArray(name, { shape, dtype }, feeds[name]), [...shape], dtype)
        }
        // Clones, because one tensor may be two outputs, or belong to someone else.
        return Object.fromEntries(Object.entries(fn(tensors)).map(([name, tensor]) => [name, tf.clone(tensor)]))
      })
      const arrays: Arrays = {}
      for (const [name, tensor] of Object.entries(outputs)) {
        const values = (await tensor.data()) as Array32
        tensor.dispose()
        into?.[name]?.set(values)
        arrays[name] = into?.[name] ?? values
      }
      return arrays
    },
    dispose: async () => {},
  }
}
