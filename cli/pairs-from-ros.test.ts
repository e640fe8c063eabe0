import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, expect, test, vi } from 'vitest'
import type { Frame } from '../demos/index.ts'
import { composeAll, invert, makePose, type Pose, poseDistance } from '../geometry/index.ts'
import { examplePairs, NO_NOISE } from '../perception/example-pairs.ts'
import { solveHandEye } from '../perception/index.ts'
import { loadProfile } from '../robot-bridge/load-profile.ts'
import { Random } from '../tensor/random.ts'
import { testFolder, writeJson } from './child.ts'
import { PairTaker, pairsFromRos } from './pairs-from-ros.ts'
import { FakeRosbridge } from './record-ros/fake-rosbridge.ts'

vi.setConfig({ testTimeout: 120_000 })
const folder = await testFolder()
const { camera, marker, pairs } = examplePairs(new Random(6), 6, 'eye-to-hand', NO_NOISE)
const places = pairs.map(({ eeInBase }) => eeInBase)
const markerAt = (eeInBase: Pose) => composeAll(invert(camera), eeInBase, marker)

const listeners = process.listeners('SIGTERM')
afterAll(() => {
  for (const listener of process.listeners('SIGTERM')) {
    if (!listeners.includes(listener)) process.off('SIGTERM', listener)
  }
})

const frame = (stamp: number, eeInBase: Pose): Frame => {
  const sourceInCamera = markerAt(eeInBase)
  return { stamp, sourceInCamera, targetInCamera: sourceInCamera, eeInBase, cameraInBase: camera }
}

test('a pair is taken where the arm stands still, and can be taken back', () => {
  const taker = new PairTaker()
  const [a, b] = places as [Pose, Pose]
  expect(taker.take(0)).toBe('not taken: the marker is not seen')
  for (let i = 0; i < 15; i++) taker.see(frame(i / 30, a))
  expect(taker.take(0.5)).toMatch(/^pair 0, a mean of \d+ poses; turned by up to 0°/)
  taker.see(frame(0.5, b))
  expect(taker.take(0.5)).toBe('not taken: the arm moved within the last 0.3 s')
  for (let i = 16; i < 31; i++) taker.see(frame(i / 30, b))
  expect(taker.take(1)).toMatch(/^pair 1, .*turned by up to [1-9]/)
  expect(taker.take(9)).toBe('not taken: the marker is not seen')
  expect(taker.undo()).toBe('taken back; 1 pairs are left')
  taker.undo()
  expect(taker.undo()).toBe('there is no pair to take back')
})

test('at a live arm a key at each pose makes the pairs, which are saved as they are taken', async () => {
  let place = 0
  const ee = () => places[Math.min(place, places.length - 1)] as Pose
  const ros = await FakeRosbridge.start(0, { ee, source: () => markerAt(ee()) })
  ros.silent.add('/tenon/target_pose')
  let said = ''
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text
    return true
  })
  try {
    const keyboard = new PassThrough()
    const save = join(folder, 'pairs.json')
    // The marker in the hand has neither the symmetry of the profile's part nor its frame.
    const sim = await loadProfile('sim')
    const partInTracked = makePose([0, 0, 0.02])
    const source = { ...sim.objects.source, symmetry: 'round', partInTracked }
    await writeJson(join(folder, 'round.json'), { ...sim, objects: { ...sim.objects, source } })
    const profile = join(folder, 'round.json')
    const collected = pairsFromRos({ url: ros.url, profile, save }, keyboard)(undefined)
    await expect.poll(() => said, { timeout: 30_000 }).toContain('ready: ')
    for (; place < places.length; place++) {
      // The arm has to have stood still for a while: until then the key takes nothing.
      await expect
        .poll(
          () => {
            keyboard.write('start\n')
            return said
          },
          { timeout: 30_000, interval: 200 },
        )
        .toContain(`pair ${place},`)
    }
    // A terminal that is gone says quit.
    keyboard.end()
    const { pairs: taken } = await collected
    expect(JSON.parse(await readFile(save, 'utf8')).pairs).toHaveLength(taken.length)
    // A key pressed again at the same place makes a pair again: no harm.
    expect(taken.length).toBeGreaterThanOrEqual(places.length)
    const { translation, rotation } = poseDistance(solveHandEye(taken, { mounting: 'eye-to-hand' }).camera, camera)
    expect(translation).toBeLessThan(1e-4)
    expect(rotation).toBeLessThan(1e-4)
  } finally {
    spy.mockRestore()
    await ros.close()
  }
})
