import * as tf from '@tensorflow/tfjs'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { useEagerBackend } from './backend.ts'
import { compile } from './compile/index.ts'
import golden from './golden/layers.json' with { type: 'json' }
import { conv2d, conv2dSpec, groupNorm2d } from './image-layers.ts'
import {
  conv1d,
  conv1dSpec,
  downsample1d,
  gelu,
  groupNorm,
  layerNorm,
  linear,
  linearSpec,
  mish,
  normSpec,
  sinusoidalEmbedding,
  transformerLayer,
  transformerLayerSpec,
  upsample1d,
} from './layers.ts'
import type { Parameters } from './parameters.ts'
import { Random } from './random.ts'

type Layer = Exclude<keyof typeof golden, 'origin'>
type Golden = { shape: number[]; values: number[] }

const LAYERS: Record<Layer, (x: tf.Tensor, p: Parameters) => tf.Tensor> = {
  linear: (x, p) => linear(p, 'layer', x),
  layerNorm: (x, p) => layerNorm(p, 'layer', x),
  groupNorm: (x, p) => groupNorm(p, 'layer', x as tf.Tensor3D, 3),
  conv1d: (x, p) => conv1d(p, 'layer', x as tf.Tensor3D),
  downsample1d: (x, p) => downsample1d(p, 'layer', x as tf.Tensor3D),
  upsample1d: (x, p) => upsample1d(p, 'layer', x as tf.Tensor3D),
  mish,
  gelu,
  transformerLayer: (x, p) => transformerLayer(p, 'layer', x as tf.Tensor3D, 2),
  sinusoidalEmbedding: (x) => sinusoidalEmbedding(x as tf.Tensor1D, 8),
  conv2d: (x, p) => conv2d(p, 'layer', x as tf.Tensor4D),
  conv2dStride2: (x, p) => conv2d(p, 'layer', x as tf.Tensor4D, 2),
  groupNorm2d: (x, p) => groupNorm2d(p, 'layer', x as tf.Tensor4D, 3),
}

const names = Object.keys(LAYERS) as Layer[]
const parametersOf = (layer: Layer) => Object.entries(golden[layer].parameters as Record<string, Golden>)
const tensorOf = ({ shape, values }: Golden) => tf.tensor(values, shape)

beforeAll(async () => {
  await useEagerBackend('wasm')
})
beforeEach(() => void tf.engine().startScope())
afterEach(() => void tf.engine().endScope())

describe('a layer', () => {
  it.each(names)('%s gives what PyTorch gives', (layer) => {
    const parameters = parametersOf(layer).map(([name, value]) => [`layer.${name}`, tensorOf(value)] as const)
    const output = LAYERS[layer](tensorOf(golden[layer].input), Object.fromEntries(parameters))
    expect(output.shape).toEqual(golden[layer].output.shape)
    output.dataSync().forEach((value, i) => {
      expect(value).toBeCloseTo(golden[layer].output.values[i] as number, 5)
    })
  })

  it.each(names)('%s has the gradients that central differences give', (layer) => {
    const arrays = { input: golden[layer].input, ...Object.fromEntries(parametersOf(layer)) } as Record<string, Golden>
    // Where the activations bend: their golden inputs reach ±100, where nothing changes, and a float32 holds too little.
    if (layer === 'mish' || layer === 'gelu')
      arrays.input = { shape: [8], values: [-6, -2, -1.2, -0.3, 0, 0.3, 1, 2.5] }
    expectGradients(LAYERS[layer], arrays)
  })

  it.each(names)('%s gives the same when it is compiled', async (layer) => {
    const { input, output } = golden[layer]
    const parameters = parametersOf(layer)
    const constants = Object.fromEntries(
      parameters.map(([name, { shape, values }]) => [`layer.${name}`, { shape, data: Float32Array.from(values) }]),
    )
    const fn = ({ x, ...p }: Record<string, tf.Tensor>) => ({ y: LAYERS[layer](x as tf.Tensor, p) })
    const compiled = await compile(fn, { x: { shape: input.shape } }, { constants, threads: 1 })
    const { y } = await compiled.run({ x: Float32Array.from(input.values) })
    output.values.forEach((value, i) => void expect(y?.[i]).toBeCloseTo(value, 5))
    await compiled.dispose()
  })
})

/**
 * The gradient of Σ w·layer(x), for random w, along random directions of each array, against central differences. The
 * sum is taken in double precision, so that the rounding of the layer's float32 is all there is: 10⁻⁶ over a step of
 * 10⁻², next to a truncation of the step squared.
 */
function expectGradients(layer: (x: tf.Tensor, p: Parameters) => tf.Tensor, arrays: Record<string, Golden>): void {
  const random = new Random(3)
  const keys = Object.keys(arrays)
  const apply = (x: tf.Tensor, ...p: tf.Tensor[]) =>
    layer(x, Object.fromEntries(p.map((tensor, i) => [`layer.${keys[i + 1]}`, tensor])))
  const tensors = Object.values(arrays).map(tensorOf)
  const output = apply(...(tensors as [tf.Tensor]))
  const weights = random.fillNormal(new Float32Array(output.size))
  const loss = (values: tf.Tensor[]) =>
    (apply(...(values as [tf.Tensor])).dataSync() as Float32Array).reduce(
      (sum, value, i) => sum + value * (weights[i] as number),
      0,
    )
  const gradients = tf.grads((...values: tf.Tensor[]) => apply(...(values as [tf.Tensor])))(
    tensors,
    tf.tensor(weights, output.shape),
  )
  const STEP = 0.01
  tensors.forEach((tensor, which) => {
    expect(gradients[which]?.shape).toEqual(tensor.shape)
    const gradient = (gradients[which] as tf.Tensor).dataSync()
    for (let round = 0; round < 4; round++) {
      const direction = random.fillNormal(new Float32Array(tensor.size))
      const length = Math.hypot(...direction)
      const moved = (amount: number) =>
        tf.add(
          tensor,
          tf.tensor(
            direction.map((d) => (amount * d) / length),
            tensor.shape,
          ),
        )
      const slope = (loss(tensors.with(which, moved(STEP))) - loss(tensors.with(which, moved(-STEP)))) / (2 * STEP)
      const expected = direction.reduce((sum, d, i) => sum + (d / length) * (gradient[i] as number), 0)
      expect(Math.abs(slope - expected)).toBeLessThan(1e-3 * (1 + Math.abs(expected)))
    }
  })
}

describe('mish and gelu', () => {
  it.each([mish, gelu])('stay finite far out, with a slope of 0 on the left and 1 on the right', (activation) => {
    const x = tf.tensor1d([-1000, -100, 100, 1000])
    expect([...activation(x).dataSync()].map((y) => y + 0)).toEqual([0, 0, 100, 1000])
    const slope = tf.grad((z: tf.Tensor) => activation(z))(x)
    expect([...slope.dataSync()].map((y) => Math.abs(y))).toEqual([0, 0, 1, 1])
  })
})

describe('the specs of layers', () => {
  it('name the parameters that the layers read, with their shapes', () => {
    const shapes = (specs: Record<string, { shape: readonly number[] }>) =>
      Object.fromEntries(Object.entries(specs).map(([name, { shape }]) => [name, shape]))
    const expected = (layer: Layer) => Object.fromEntries(parametersOf(layer).map(([name, { shape }]) => [name, shape]))
    expect(shapes(linearSpec(4, 3))).toEqual(expected('linear'))
    expect(shapes(normSpec(4))).toEqual(expected('layerNorm'))
    expect(shapes(normSpec(6))).toEqual(expected('groupNorm'))
    expect(shapes(conv1dSpec(5, 4, 3))).toEqual(expected('conv1d'))
    expect(shapes(conv1dSpec(3, 4, 3))).toEqual(expected('downsample1d'))
    expect(shapes(conv1dSpec(4, 4, 3))).toEqual(expected('upsample1d'))
    expect(shapes(transformerLayerSpec(8, 12))).toEqual(expected('transformerLayer'))
    expect(shapes(conv2dSpec(3, 3, 4))).toEqual(expected('conv2d'))
  })
})

describe('a layer without its parameter', () => {
  it('says which is missing', () => {
    const x = tf.zeros([1, 2])
    expect(() => linear({}, 'denoiser.out', x)).toThrow('no parameter "denoiser.out.weight"')
  })
})

describe('conv1d', () => {
  it('of kernel 1 is a linear layer at each time', () => {
    const x = tf.tensor3d([1, 2, 3, 4], [1, 2, 2])
    const [weight, bias] = [tf.tensor([10, 1], [1, 2, 1]), tf.tensor1d([0.5])]
    // 1·10 + 2·1 + 0.5, 3·10 + 4·1 + 0.5
    expect([...conv1d({ 'c.weight': weight, 'c.bias': bias }, 'c', x).dataSync()]).toEqual([12.5, 34.5])
  })
})

describe('attention', () => {
  it('looks at the tokens of its own sample only', () => {
    const parameters = Object.fromEntries(
      parametersOf('transformerLayer').map(([name, value]) => [`layer.${name}`, tensorOf(value)]),
    )
    const x = tensorOf(golden.transformerLayer.input) as tf.Tensor3D
    const alone = LAYERS.transformerLayer(tf.slice(x, [0, 0, 0], [1, -1, -1]), parameters).dataSync()
    const together = LAYERS.transformerLayer(x, parameters).dataSync()
    alone.forEach((value, i) => void expect(together[i]).toBeCloseTo(value, 6))
  })
})
