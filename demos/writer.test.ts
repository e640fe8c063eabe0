import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { EpisodeError } from './errors.ts'
import {
  encodeEpisode,
  exampleFrame,
  exampleFrames,
  exampleMetadata,
  exampleOutcome,
  temporaryFolder,
} from './example-episode.ts'
import { readEpisode } from './reader.ts'
import { EpisodeWriter } from './writer.ts'

test('a finished episode has its name, the encoder’s bytes, and leaves no .part', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, '000000.mcap')
  const writer = await EpisodeWriter.create(path, exampleMetadata)
  for (const frame of exampleFrames(5)) await writer.append(frame)
  expect(writer.frameCount).toBe(5)
  expect(await readdir(folder)).toEqual(['000000.mcap.part'])
  await writer.finish(exampleOutcome)
  expect(await readdir(folder)).toEqual(['000000.mcap'])
  expect(await readFile(path)).toEqual(await encodeEpisode(exampleFrames(5)))
  expect(await readEpisode(path)).toMatchObject({ path, frames: exampleFrames(5), outcome: exampleOutcome })
})

test('every appended frame can be read at once, before the episode is finished', async () => {
  const path = join(await temporaryFolder(), '000000.mcap')
  const writer = await EpisodeWriter.create(path, exampleMetadata)
  const read = async () => (await readEpisode(writer.partPath)).frames.length
  expect(await read()).toBe(0)
  for (const frame of exampleFrames(3)) {
    await writer.append(frame)
    expect(await read()).toBe(frame.stamp * 10 + 1)
  }
  await writer.discard()
})

test('calls that overlap are carried out in order', async () => {
  const path = join(await temporaryFolder(), '000000.mcap')
  const writer = await EpisodeWriter.create(path, exampleMetadata)
  await Promise.all([...exampleFrames(20).map((frame) => writer.append(frame)), writer.finish(exampleOutcome)])
  expect(await readFile(path)).toEqual(await encodeEpisode(exampleFrames(20)))
})

test('a refused frame leaves no trace, and the recording goes on', async () => {
  const path = join(await temporaryFolder(), '000000.mcap')
  const writer = await EpisodeWriter.create(path, exampleMetadata)
  await writer.append(exampleFrame(0))
  await expect(writer.append(exampleFrame(0))).rejects.toThrow(`${path}: frame 1 not recorded: stamp: expected later`)
  await writer.append(exampleFrame(1))
  await writer.finish(exampleOutcome)
  expect((await readEpisode(path)).frames).toEqual(exampleFrames(2))
})

test('a discarded episode leaves nothing, and may be discarded twice', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, '000000.mcap')
  const writer = await EpisodeWriter.create(path, exampleMetadata)
  await writer.append(exampleFrame(0))
  await writer.discard()
  // The name is free again; what another recorder does with it is no business of the first one.
  const next = await EpisodeWriter.create(path, exampleMetadata)
  await writer.discard()
  expect(await readdir(folder)).toEqual(['000000.mcap.part'])
  await expect(writer.append(exampleFrame(1))).rejects.toThrow(`${path}: the episode is already discarded`)
  await next.discard()
  expect(await readdir(folder)).toEqual([])
})

test('an episode that is left stays a .part, which can be read, and takes no more', async () => {
  const path = join(await temporaryFolder(), '000000.mcap')
  const writer = await EpisodeWriter.create(path, exampleMetadata)
  await writer.append(exampleFrame(0))
  await writer.leave()
  await writer.leave()
  const { frames, outcome } = await readEpisode(`${path}.part`)
  expect([frames.length, outcome]).toEqual([1, undefined])
  await expect(writer.append(exampleFrame(1))).rejects.toThrow(`${path}: the episode is already left`)
})

test('a finished episode takes no more and is not discarded', async () => {
  const path = join(await temporaryFolder(), '000000.mcap')
  const writer = await EpisodeWriter.create(path, exampleMetadata)
  await writer.append(exampleFrame(0))
  await writer.finish(exampleOutcome)
  for (const call of [
    () => writer.append(exampleFrame(1)),
    () => writer.finish(exampleOutcome),
    () => writer.discard(),
  ]) {
    await expect(call()).rejects.toThrow(`${path}: the episode is already finished`)
  }
  expect((await readEpisode(path)).frames).toHaveLength(1)
})

test('nothing is overwritten: neither an episode nor an unfinished one', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'done.mcap'), 'precious')
  await writeFile(join(folder, 'half.mcap.part'), 'precious')
  await expect(EpisodeWriter.create(join(folder, 'done.mcap'), exampleMetadata)).rejects.toThrow(
    'done.mcap: there is an episode already',
  )
  await expect(EpisodeWriter.create(join(folder, 'half.mcap'), exampleMetadata)).rejects.toThrow(
    /half\.mcap: cannot start recording: EEXIST/,
  )
  expect(await readFile(join(folder, 'half.mcap.part'), 'utf8')).toBe('precious')
  expect(await readdir(folder)).toHaveLength(2)
})

test('an episode that came to have the name meanwhile is not overwritten, and what was recorded stays', async () => {
  const path = join(await temporaryFolder(), '000000.mcap')
  const writer = await EpisodeWriter.create(path, exampleMetadata)
  await writer.append(exampleFrame(0))
  await writeFile(path, 'precious')
  await expect(writer.finish(exampleOutcome)).rejects.toThrow(/by now; what was written before is kept in .*\.part$/)
  expect(await readFile(path, 'utf8')).toBe('precious')
  expect((await readEpisode(`${path}.part`)).frames).toHaveLength(1)
})

test('metadata that is refused, or a folder that is missing, leaves no file', async () => {
  const folder = await temporaryFolder()
  await expect(EpisodeWriter.create(join(folder, 'e.mcap'), { ...exampleMetadata, task: '' })).rejects.toThrow(
    /e\.mcap: metadata: task: /,
  )
  await expect(EpisodeWriter.create(join(folder, 'none', 'e.mcap'), exampleMetadata)).rejects.toThrow(EpisodeError)
  expect(await readdir(folder)).toEqual([])
})

test('a missing file and a folder are no episodes', async () => {
  const folder = await temporaryFolder()
  await expect(readEpisode(join(folder, 'e.mcap'))).rejects.toThrow(/e\.mcap: there is no such file$/)
  await expect(readEpisode(folder)).rejects.toThrow(EpisodeError)
})

/** A process that records pictures to `path` for ever, and prints the number of frames whose append has resolved. */
const recorder = (path: string): string => `
  const { EpisodeWriter } = await import(${JSON.stringify(new URL('./writer.ts', import.meta.url))})
  const pose = { position: [1 / 3, 0, 0], orientation: [0, 0, 0, 1] }
  const intrinsics = { width: 8, height: 6, fx: 9, fy: 9, cx: 3.5, cy: 2.5 }
  const writer = await EpisodeWriter.create(${JSON.stringify(path)}, ${JSON.stringify(exampleMetadata)})
  try {
    for (let i = 0; ; i++) {
      const poses = { sourceInCamera: pose, targetInCamera: pose, eeInBase: pose, cameraInBase: pose }
      const rgbd = { intrinsics, rgb: new Uint8Array(144).fill(i), depth: new Float32Array(48).fill(0.5) }
      await writer.append({ stamp: i / 10, ...poses, rgbd })
      process.stdout.write(i + 1 + '\\n')
    }
  } catch (error) {
    const again = await writer.append({}).catch((e) => e)
    const { name, message, cause } = error
    console.log(JSON.stringify({ name, message, code: cause.code, again: again.message }))
  }
`

const repository = fileURLToPath(new URL('..', import.meta.url))

test('a recorder that is killed leaves a readable .part with every frame whose append had resolved', async () => {
  const path = join(await temporaryFolder(), '000000.mcap')
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', recorder(path)], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let resolved = 0
  for await (const line of createInterface({ input: child.stdout })) {
    resolved = Number(line)
    if (resolved === 40) child.kill('SIGKILL')
  }
  expect(child.signalCode ?? (await once(child, 'exit'))[1]).toBe('SIGKILL')
  expect(resolved).toBeGreaterThanOrEqual(40)

  const { metadata, frames, outcome, dropped } = await readEpisode(`${path}.part`)
  expect(metadata).toEqual(exampleMetadata)
  expect(frames.length).toBeGreaterThanOrEqual(resolved)
  expect(frames.map((frame) => frame.stamp)).toEqual(frames.map((_, i) => i / 10))
  expect(frames.map((frame) => frame.rgbd?.rgb[143])).toEqual(frames.map((_, i) => i % 256))
  expect(outcome).toBeUndefined()
  expect(dropped).toMatch(/^file ends at byte \d+ .*no outcome recorded$/)
})

// A limit on file size stands in for a full disk; Windows has none.
test.skipIf(process.platform === 'win32')(
  'when the disk takes no more, one clear error says so and the .part stays readable',
  async () => {
    const path = join(await temporaryFolder(), '000000.mcap')
    // 100 blocks of 512 bytes, or of 1024, as the shell counts. tsx must not write its cache under that limit.
    const child = spawn(
      'sh',
      ['-c', 'ulimit -f 100; exec "$0" --import tsx --input-type=module -e "$1"', process.execPath, recorder(path)],
      { cwd: repository, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TSX_DISABLE_CACHE: '1' } },
    )
    const lines: string[] = []
    for await (const line of createInterface({ input: child.stdout })) lines.push(line)
    const report = JSON.parse(lines.pop() ?? '')
    const resolved = Number(lines.pop())

    expect(report.name).toBe('EpisodeError')
    expect(report.message).toMatch(`${path}: recording stopped: EFBIG`)
    expect(report.message).toMatch(`what was written before is kept in ${path}.part`)
    expect(report.code).toBe('EFBIG')
    expect(report.again).toBe(report.message)
    const { frames, dropped } = await readEpisode(`${path}.part`)
    expect(frames).toHaveLength(resolved)
    expect(dropped).toMatch(/1 unfinished frame dropped, no outcome recorded$/)
  },
)
