// Which tfjs backend runs eagerly: libtensorflow when the user installed it, else WebAssembly, which is always there.
import * as tf from '@tensorflow/tfjs'

export const EAGER_BACKENDS = ['tfjs-node-gpu', 'tfjs-node', 'wasm'] as const
export type EagerBackend = (typeof EAGER_BACKENDS)[number]

/**
 * Makes `name`, or the first of EAGER_BACKENDS that loads, the tfjs backend, and returns which it is.
 * Throws an Error when `name` is asked for and does not load, with what to do.
 */
export async function useEagerBackend(name?: EagerBackend): Promise<EagerBackend> {
  if (name && !EAGER_BACKENDS.includes(name)) {
    throw new Error(`unknown tfjs backend "${name}"; there are ${EAGER_BACKENDS.join(', ')}`)
  }
  for (const candidate of name ? [name] : EAGER_BACKENDS) {
    const problem = await tryBackend(candidate)
    if (problem === undefined) return candidate
    if (name) {
      const install = name === 'wasm' ? '' : `; install it with: npm install --ignore-scripts=false @tensorflow/${name}`
      throw new Error(`the tfjs backend ${name} does not load: ${problem}${install}`)
    }
  }
  throw new Error('no tfjs backend loads, not even wasm: reinstall with npm ci')
}

/** tfjs does not say why, and goes on with another. */
const NOT_READY = 'it could not be initialised'

/** Loads the backend; what went wrong, if something did. */
export async function tryBackend(name: EagerBackend): Promise<string | undefined> {
  try {
    if (name === 'wasm') {
      await import('@tensorflow/tfjs-backend-wasm')
      if (!(await tf.setBackend('wasm'))) return NOT_READY
    } else {
      // A name that the type checker cannot follow: these packages are optional.
      const packageName: string = `@tensorflow/${name}`
      await import(packageName)
      if (!(await tf.setBackend('tensorflow'))) return NOT_READY
    }
    await tf.ready()
    return undefined
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  }
}
