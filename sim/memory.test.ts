// The physics lives in WebAssembly, where nothing is collected by itself: what is not given back stays for ever.
import { expect, it } from 'vitest'
import { compose, makePose } from '../geometry/index.ts'
import { MM, TARGET_IN_BASE } from './guided-insertion.ts'
import { findTask } from './tasks/index.ts'
import { World } from './world.ts'

const FIT = { clearance: 0.1 * MM, chamfer: 0.5 * MM }

/** The part of WebAssembly's interface that is watched here; Node's types leave it out. */
interface Loader {
  instantiate(...loading: unknown[]): Promise<{ instance: { exports: { memory: Heap } } }>
}
interface Heap {
  readonly buffer: ArrayBuffer
}

/** Loads the physics and returns the memory it lives in, which its module keeps to itself. */
async function findHeap(): Promise<Heap> {
  const loader = (globalThis as unknown as { WebAssembly: Loader }).WebAssembly
  const { instantiate } = loader
  const heaps: Heap[] = []
  loader.instantiate = async (...loading) => {
    const loaded = await instantiate(...loading)
    heaps.push(loaded.instance.exports.memory)
    return loaded
  }
  const world = await World.create(findTask('round-peg'), FIT)
  loader.instantiate = instantiate
  world.dispose()
  const [heap] = heaps
  if (!heap) throw new Error('expected the physics to be instantiated here')
  return heap
}

it('neither resets, nor steps, nor worlds given back make the heap grow', async () => {
  const heap = await findHeap()
  const world = await World.create(findTask('round-peg'), FIT)
  // In the mouth, so that contacts come and go.
  const start = compose(TARGET_IN_BASE, makePose([0.04 * MM, 0, -1 * MM]))
  const episodes = (count: number) => {
    for (let i = 0; i < count; i++) {
      world.reset(start, TARGET_IN_BASE)
      world.setTarget(compose(TARGET_IN_BASE, makePose([1 * MM, 0, -1 * MM])))
      world.step(5)
    }
  }
  episodes(500)
  // Beside it there is room for one more from now on.
  const another = async () => (await World.create(findTask('square-peg'), FIT)).dispose()
  await another()
  const before = { heap: heap.buffer.byteLength, rss: process.memoryUsage.rss() }
  episodes(10_000)
  expect(heap.buffer.byteLength).toBe(before.heap)
  // Garbage of JavaScript comes and goes by some megabytes; 5 kB kept per episode would be 50.
  expect(process.memoryUsage.rss() - before.rss).toBeLessThan(50 * 2 ** 20)
  // Each world takes more than the 16 MB of its stack: forty kept would be 640.
  for (let i = 0; i < 40; i++) await another()
  expect(heap.buffer.byteLength).toBe(before.heap)
  world.dispose()
})
