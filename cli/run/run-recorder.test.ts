import { expect, test } from 'vitest'
import { exampleFrame } from '../../demos/example-episode.ts'
import type { Frame } from '../../demos/index.ts'
import { RunRecorder } from './run-recorder.ts'

test('a frame holds what was commanded, and nothing where nothing was', async () => {
  const written: Frame[] = []
  const sink = {
    path: 'a.mcap',
    append: async (frame: Frame) => void written.push(frame),
    finish: async () => {},
    discard: async () => {},
  }
  const { sourceInCamera, targetInCamera, eeInBase, cameraInBase } = exampleFrame(0)
  const recorder = new RunRecorder(sink as never, { cameraInBase: cameraInBase as Frame['eeInBase'] })
  const seen = (stamp: number) => {
    const at = { stamp, confidence: 1 }
    return { stamp, source: { ...at, pose: sourceInCamera }, target: { ...at, pose: targetInCamera }, eeInBase }
  }
  recorder.see({ observation: seen(1), guarded: { eeInBase, interventions: [] }, silent: true })
  recorder.see({ observation: seen(2), guarded: { eeInBase, interventions: [] } })
  await recorder.written()
  expect(written.map(({ commandInBase }) => commandInBase)).toEqual([undefined, eeInBase])
})
