// A small episode for tests.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { axisAngleToQuat, type Pose, type Rgbd } from '../geometry/index.ts'
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

/** A slanted plane under light from the left, with a hole in its depth; every pixel differs with `index`. */
export function exampleRgbd(index: number, width = 12, height = 10): Rgbd {
  const pixels = width * height
  const at = (pixel: number) => [pixel % width, Math.floor(pixel / width)] as const
  const shade = (_: number, i: number) => {
    const [u, v] = at(Math.floor(i / 3))
    return (7 * u + 5 * v + 60 * (i % 3) + index) % 256
  }
  const metres = (_: number, i: number) => {
    const [u, v] = at(i)
    return u === 3 && v < 4 ? 0 : (5000 + 20 * u + 7 * v + index) / 10_000
  }
  return {
    intrinsics: { width, height, fx: 310.5, fy: 311.25, cx: width / 2 - 0.5, cy: -3.1 },
    rgb: new Uint8Array(3 * pixels).map(shade),
    depth: new Float32Array(pixels).map(metres),
  }
}

/** Frames of which every second one has a picture. */
export const framesWithPictures = (count: number): Frame[] =>
  exampleFrames(count).map((frame, i) => (i % 2 === 0 ? { ...frame, rgbd: exampleRgbd(i) } : frame))

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
