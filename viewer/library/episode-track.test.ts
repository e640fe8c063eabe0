import { expect, test } from 'vitest'
import { exampleMetadata, exampleOutcome } from '../../demos/example-episode.ts'
import type { Episode, Frame } from '../../demos/index.ts'
import { axisAngleToQuat, compose, makePose, poseDistance, relative } from '../../geometry/index.ts'
import { contactForces, episodeTrack } from './episode-track.ts'

const cameraInBase = makePose([0.5, 0, 1], axisAngleToQuat([1, 0, 0], Math.PI))
const targetInBase = makePose([0.5, 0.1, 0.1], axisAngleToQuat([0, 0, 1], 0.3))
const eeInSource = makePose([0.001, 0, 0.12], axisAngleToQuat([0, 1, 0], 0.02))
const heights = [0.05, 0.02, -0.02]

const frames = heights.map((height, i): Frame => {
  const sourceInTarget = makePose([0.01, 0, height])
  const sourceInBase = compose(targetInBase, sourceInTarget)
  return {
    stamp: 7 + i / 10,
    cameraInBase,
    targetInCamera: relative(cameraInBase, targetInBase),
    sourceInCamera: relative(cameraInBase, sourceInBase),
    eeInBase: compose(sourceInBase, eeInSource),
  }
})
const episode: Episode = {
  path: '/somewhere/data/episodes/000004.mcap',
  metadata: exampleMetadata,
  frames,
  outcome: exampleOutcome,
  dropped: undefined,
}

test('the part is followed in the target frame, from camera poses', () => {
  const track = episodeTrack(episode, 'data')
  expect(track).toMatchObject({ title: 'data 000004', task: 'square-peg', clearanceMm: 0.1, chamferMm: 0.5 })
  expect(track.outcome).toEqual(exampleOutcome)
  expect(track.stamps.map((stamp) => stamp.toFixed(6))).toEqual(['0.000000', '0.100000', '0.200000'])
  for (const [i, height] of heights.entries()) {
    expect(poseDistance(track.sourceInTarget[i] as never, makePose([0.01, 0, height])).translation).toBeLessThan(1e-12)
  }
  expect(poseDistance(track.targetInBase, targetInBase).translation).toBeLessThan(1e-12)
  expect(poseDistance(track.targetInBase, targetInBase).rotation).toBeLessThan(1e-7)
  expect(poseDistance(track.eeInSource, eeInSource).translation).toBeLessThan(1e-12)
})

test('forces are what is felt beyond rest', () => {
  const forces = [[0, 0, -10], [0, 0, -12], [3, 4, -11], undefined, [0, 0, -1]] as const
  const felt = forces.map((force, i): Frame => {
    const frame = { ...(frames[0] as Frame), stamp: i / 6 }
    return force ? { ...frame, wrench: { force, torque: [0, 0, 0] } } : frame
  })
  // At rest, up to 0.2 s, that is of the first two: (0, 0, −11) N.
  expect(contactForces(felt)).toEqual([1, 1, 5, 5, 10])
  expect(contactForces(frames)).toEqual([])
})

test('an episode without frames cannot be shown', () => {
  expect(() => episodeTrack({ ...episode, frames: [] }, 'data')).toThrow('no frame to show')
})
