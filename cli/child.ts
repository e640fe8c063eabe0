// The `tenon` command as a child process, for tests.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect } from 'vitest'
import { createDataset, EpisodeWriter, nextEpisodePath } from '../demos/index.ts'
import type { Rgbd } from '../geometry/index.ts'

export const TENON = fileURLToPath(new URL('./tenon.mjs', import.meta.url))

export interface Ended {
  /** exit code; null when a signal ended it */
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface Running {
  child: ChildProcess
  ended: Promise<Ended>
  /** Resolves once stderr holds the text; rejects when the process ends without having said it. */
  said(text: string): Promise<void>
}

/** Starts a program in a folder; `detached`: in a process group of its own, with whatever it starts. */
export function start(folder: string, program: string, args: readonly string[], { detached = false } = {}): Running {
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  const said = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (stderr.includes(text)) resolve()
      }
      look()
      child.stderr.on('data', look)
      child.once('close', () => reject(new Error(`it ended without saying "${text}" but:\n${stderr}`)))
    })
  return { child, ended, said }
}

export const startTenon = (folder: string, ...args: string[]): Running =>
  start(folder, process.execPath, [TENON, ...args])

/** Runs `tenon` in a folder, so that paths given to it and in its messages are short. */
export const tenon = (folder: string, ...args: string[]): Promise<Ended> => startTenon(folder, ...args).ended

/** The same, when it has to succeed; returns the one line of stdout. */
export async function tenonJson(folder: string, ...args: string[]): Promise<Record<string, unknown>> {
  const ended = await tenon(folder, ...args, '--json')
  expect(ended, ended.stderr).toMatchObject({ code: 0 })
  const lines = ended.stdout.split('\n')
  expect(lines, 'one line, and its end').toHaveLength(2)
  return JSON.parse(lines[0] as string)
}

/** A new folder for the tests of a file, removed after them. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tenon-cli-'))
  afterAll(() => rm(folder, { recursive: true }))
  return folder
}

/** A policy that trains in milliseconds a step and knows nothing. */
export const TINY_CONFIG = {
  model: { widths: [8, 16], groups: 4, stepWidth: 8 },
  diffusion: { inferenceSteps: 2 },
  training: { batch: 2, warmupSteps: 2, validateEvery: 20 },
}

export const writeJson = (path: string, value: unknown): Promise<void> => writeFile(path, JSON.stringify(value))

/** A grey floor 0.5 m below with a red square on it, 0.4 m below, that wanders to the right with `index`. */
export function exampleRgbd(index: number, width = 32, height = 24): Rgbd {
  const isSquare = (pixel: number) => {
    const [u, v] = [pixel % width, Math.floor(pixel / width)]
    return u >= index && u < index + 8 && v >= 8 && v < 16
  }
  const pixels = width * height
  return {
    intrinsics: { width, height, fx: 30, fy: 30, cx: (width - 1) / 2, cy: (height - 1) / 2 },
    rgb: new Uint8Array(3 * pixels).map((_, i) => (isSquare(Math.floor(i / 3)) ? [200, 30, 30][i % 3] : 128) as number),
    depth: new Float32Array(pixels).map((_, i) => (i === 0 ? 0 : isSquare(i) ? 0.4 : 0.5)),
  }
}

/**
 * A dataset of straight descents into a hole that nobody simulated, by so many metres from 30 mm over it; `pictures` in
 * each episode, a frame apart.
 */
export async function writeExampleDataset(
  folder: string,
  episodes: number,
  { frames = 30, pictures = 0, descent = 0.05 }: { frames?: number; pictures?: number; descent?: number } = {},
): Promise<void> {
  const info = {
    formatVersion: 1,
    task: 'square-peg',
    clearanceMm: 0.1,
    chamferMm: 0.5,
    seed: 0,
    recordedFrom: 'expert',
    noise: 'none',
  } as const
  await createDataset(folder, info)
  for (let episode = 0; episode < episodes; episode++) {
    const writer = await EpisodeWriter.create(await nextEpisodePath(folder), { ...info, settings: {} })
    for (let frame = 0; frame < frames; frame++) {
      const height = 0.03 - descent * (frame / (frames - 1))
      await writer.append({
        stamp: frame / 30,
        sourceInCamera: { position: [0.002 * episode, 0, 0.5 + height], orientation: [0, 0, 0, 1] },
        targetInCamera: { position: [0, 0, 0.5], orientation: [0, 0, 0, 1] },
        eeInBase: { position: [0.5, 0, 0.25 + height], orientation: [0, 0, 0, 1] },
        cameraInBase: { position: [0.5, 0, -0.4], orientation: [0, 0, 0, 1] },
        ...(frame < pictures ? { rgbd: exampleRgbd(frame) } : {}),
      })
    }
    await writer.finish({ seated: true, reason: 'seated', seatSeconds: frames / 30, peakForceN: 1 })
  }
}
