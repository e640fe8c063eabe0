import { expect, test } from 'vitest'
import type { EpisodeOutcome, Frame } from '../demos/index.ts'
import { poseDistance } from '../geometry/index.ts'
import { findTask, World } from '../sim/index.ts'
import { CAMERA_IN_BASE } from '../sim/robot.ts'
import { demonstrate } from './demonstrate.ts'

const world = await World.create(findTask('round-peg'), { clearance: 1e-4, chamfer: 5e-4 })

async function demonstration(index: number, noise = 'none'): Promise<{ frames: Frame[]; outcome: EpisodeOutcome }> {
  const frames: Frame[] = []
  const episode = demonstrate(world, { seed: 5, index, noise })
  for (;;) {
    const step = await episode.next()
    if (step.done) return { frames, outcome: step.value }
    frames.push(step.value)
  }
}

test('a demonstration depends on seed and index alone, not on what the world did before', async () => {
  const second = await demonstration(1)
  const first = await demonstration(0)
  expect(await demonstration(1)).toEqual(second)
  expect(first.frames[0]).not.toEqual(second.frames[0])
})

test('frames come at the camera’s rate, with where the hand was told to go, and end in the seat', async () => {
  const { frames, outcome } = await demonstration(0)
  expect(outcome).toMatchObject({ seated: true, reason: 'seated' })
  // The demonstrator presses with 2.25 N once it has arrived: that is no force of inserting.
  expect(outcome.peakForceN).toBeGreaterThan(0)
  expect(outcome.peakForceN).toBeLessThan(2)
  for (const [i, { stamp, cameraInBase, eeInBase, commandInBase, wrench }] of frames.entries()) {
    expect(stamp).toBeCloseTo(i / 30, 3)
    expect(cameraInBase).toEqual(CAMERA_IN_BASE)
    // The governor keeps the command within 20 mm of the hand.
    expect(poseDistance(eeInBase, commandInBase ?? eeInBase).translation).toBeLessThan(0.02 + 1e-9)
    expect(commandInBase).toBeDefined()
    expect(wrench).toBeDefined()
  }
})

test('the tracker’s noise changes what is seen, not how the demonstrator starts', async () => {
  const clear = await demonstration(0)
  const noisy = await demonstration(0, 'tracker')
  expect(noisy.frames[0]?.eeInBase).toEqual(clear.frames[0]?.eeInBase)
  expect(noisy.frames[0]?.targetInCamera).toEqual(clear.frames[0]?.targetInCamera)
  expect(noisy.frames[0]?.sourceInCamera).not.toEqual(clear.frames[0]?.sourceInCamera)
})

test('while the tracker has lost the part no frame is told of: none repeats what another saw', async () => {
  const { frames } = await demonstration(0, 'usb')
  const seen = new Set(frames.map(({ sourceInCamera }) => JSON.stringify(sourceInCamera)))
  expect(seen.size).toBe(frames.length)
  const gaps = frames.slice(1).map(({ stamp }, i) => stamp - (frames[i]?.stamp ?? stamp))
  expect(Math.max(...gaps)).toBeGreaterThan(0.06)
})
