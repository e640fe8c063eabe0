// A small episode for tests.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { axisAngleToQuat, type Pose } from '../geometry/index.ts'
import { type EpisodeMetadata, type EpisodeOutcome, FORMAT_VERSION, type Frame } from './episode.ts'
import { EpisodeEncoder } from './episode-encoder.ts'

export const exampleMetadata: EpisodeMetadata = {
  formatVersion: FORMAT_VERSION,
  task: 'square-peg',
  clearanceMm: 0.1,
  chamferMm: 0.5,
  seed: 7,
  recordedFrom: 'expert',
  noise: 'tracker',
  settings: { maxForceN: 60, split: 'id', shadows: false },
}

export const exampleOutcome: EpisodeOutcome = {
  seated: true,
  reason: 'seated',
  seatSeconds: 4.2,
  peakForceN: 12.5,
}

/** Frame `index` of a recording at 10 Hz. Poses are irrational on purpose. */
export function exampleFrame(index: number): Frame {
  return {
    stamp: index / 10,
    sourceInCamera: examplePose(index + 0.1),
    targetInCamera: examplePose(0.2),
    eeInBase: examplePose(index + 0.3),
    cameraInBase: examplePose(0.4),
    commandInBase: examplePose(index + 0.5),
    wrench: { force: [Math.sin(index + 1), 0, -9.81], torque: [0, Math.cos(index), 1e-7] },
  }
}

const examplePose = (x: number): Pose => ({
  position: [Math.sin(x), Math.cos(x), x / 3],
  orientation: axisAngleToQuat([1, x, -1], x),
})

export const exampleFrames = (count: number): Frame[] => Array.from({ length: count }, (_, i) => exampleFrame(i))

/** The bytes of a whole episode. */
export const encodeEpisode = async (...episode: Parameters<typeof encodePieces>): Promise<Uint8Array> =>
  Buffer.concat(await encodePieces(...episode))

/** The same in pieces: the head, one per frame, the tail. */
export async function encodePieces(
  frames: readonly Frame[],
  metadata: EpisodeMetadata = exampleMetadata,
  outcome: EpisodeOutcome = exampleOutcome,
): Promise<Uint8Array[]> {
  const encoder = new EpisodeEncoder('example.mcap')
  const pieces = [await encoder.start(metadata)]
  for (const frame of frames) pieces.push(await encoder.append(frame))
  pieces.push(await encoder.end(outcome))
  return pieces
}

/** A new folder, removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tenon-demos-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}
