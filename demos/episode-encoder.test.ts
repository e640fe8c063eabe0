import { FrameTransforms, PoseInFrame } from '@foxglove/schemas/jsonschema.js'
import { McapIndexedReader, McapStreamReader, type McapTypes, TempBuffer } from '@mcap/core'
import { describe, expect, test } from 'vitest'
import type { Pose } from '../geometry/index.ts'
import type { Frame } from './episode.ts'
import { EpisodeEncoder } from './episode-encoder.ts'
import { EpisodeError } from './errors.ts'
import { encodeEpisode, exampleFrame, exampleFrames, exampleMetadata, exampleOutcome } from './example-episode.ts'

async function openIndexed(bytes: Uint8Array) {
  return McapIndexedReader.Initialize({ readable: new TempBuffer(bytes) })
}

function records(bytes: Uint8Array): McapTypes.TypedMcapRecord[] {
  const reader = new McapStreamReader()
  reader.append(bytes)
  const all: McapTypes.TypedMcapRecord[] = []
  for (let record = reader.nextRecord(); record; record = reader.nextRecord()) all.push(record)
  return all
}

describe('the bytes', () => {
  test('are the same for the same episode', async () => {
    expect(await encodeEpisode(exampleFrames(20))).toEqual(await encodeEpisode(exampleFrames(20)))
  })

  test('do not depend on the order in which settings were put together', async () => {
    const there = { ...exampleMetadata, settings: { a: 1, b: 'two' } }
    const back = { ...exampleMetadata, settings: { b: 'two', a: 1 } }
    expect(await encodeEpisode(exampleFrames(1), there)).toEqual(await encodeEpisode(exampleFrames(1), back))
  })

  test('name neither the version of a library nor a time that is not the recording’s', async () => {
    const all = records(await encodeEpisode(exampleFrames(3)))
    expect(all[0]).toMatchObject({ type: 'Header', library: 'tenon', profile: '' })
    const messages = all.filter((record) => record.type === 'Message')
    // six channels, each with a message per frame
    expect(messages.map((message) => message.logTime)).toEqual(
      [0n, 100_000_000n, 200_000_000n].flatMap((stamp) => Array(6).fill(stamp)),
    )
    expect(messages.every((message) => message.publishTime === message.logTime)).toBe(true)
  })

  test('come out piece by piece, with everything of a frame in the piece its append returned', async () => {
    const encoder = new EpisodeEncoder('example.mcap')
    await encoder.start(exampleMetadata)
    const piece = Buffer.from(await encoder.append(exampleFrame(0)))
    for (const topic of ['/source/pose', '/target/pose', '/ee/pose', '/command/pose', '/wrench', '/tf']) {
      expect(piece.includes(topic)).toBe(true)
    }
  })
})

describe('the official indexed reader', () => {
  test('finds every message in the order of the frames', async () => {
    const reader = await openIndexed(await encodeEpisode(exampleFrames(5)))
    const topics: (string | undefined)[] = []
    for await (const message of reader.readMessages({ validateCrcs: true })) {
      topics.push(reader.channelsById.get(message.channelId)?.topic)
    }
    expect(topics).toHaveLength(5 * 6)
    expect(reader.statistics).toMatchObject({
      messageCount: 30n,
      channelCount: 6,
      schemaCount: 3,
      metadataCount: 2,
      messageStartTime: 0n,
      messageEndTime: 400_000_000n,
    })
  })

  test('finds a channel only if something was recorded on it', async () => {
    const { commandInBase, wrench, ...frame } = exampleFrame(0)
    const reader = await openIndexed(await encodeEpisode([frame]))
    const topics = [...reader.channelsById.values()].map((channel) => channel.topic)
    expect(topics).toEqual(['/source/pose', '/target/pose', '/ee/pose', '/tf'])
  })

  test('finds both metadata records where the index says they are', async () => {
    const reader = await openIndexed(await encodeEpisode(exampleFrames(2)))
    expect(reader.metadataIndexes.map((index) => index.name)).toEqual(['tenon.episode', 'tenon.outcome'])
    for await (const record of reader.readMetadata()) {
      const expected = record.name === 'tenon.episode' ? exampleMetadata : exampleOutcome
      expect(JSON.parse(record.metadata.get('json') ?? '')).toEqual(expected)
    }
  })

  test('sees the schemas of Foxglove, and ours for the wrench', async () => {
    const reader = await openIndexed(await encodeEpisode(exampleFrames(1)))
    const schemaOf = (topic: string) => {
      const channel = [...reader.channelsById.values()].find((each) => each.topic === topic)
      const schema = reader.schemasById.get(channel?.schemaId ?? -1)
      return {
        messageEncoding: channel?.messageEncoding,
        schemaEncoding: schema?.encoding,
        name: schema?.name,
        definition: JSON.parse(new TextDecoder().decode(schema?.data)),
      }
    }
    const json = { messageEncoding: 'json', schemaEncoding: 'jsonschema' }
    for (const topic of ['/source/pose', '/target/pose', '/ee/pose', '/command/pose']) {
      expect(schemaOf(topic)).toEqual({ ...json, name: 'foxglove.PoseInFrame', definition: PoseInFrame })
    }
    expect(schemaOf('/tf')).toEqual({ ...json, name: 'foxglove.FrameTransforms', definition: FrameTransforms })
    expect(schemaOf('/wrench')).toMatchObject({ ...json, name: 'tenon.Wrench' })
  })
})

test('the messages say which frame each pose is in', async () => {
  const frame = exampleFrame(1)
  const all = records(await encodeEpisode([frame]))
  const bodies = all.filter((r) => r.type === 'Message').map((r) => JSON.parse(new TextDecoder().decode(r.data)))
  const [source, target, ee, command, wrench, tf] = bodies
  const timestamp = { sec: 0, nsec: 100_000_000 }
  const xyzOf = ({ position: [x, y, z] }: Pose) => ({ x, y, z })
  expect(source).toMatchObject({ timestamp, frame_id: 'camera', pose: { position: xyzOf(frame.sourceInCamera) } })
  expect(target).toMatchObject({ timestamp, frame_id: 'camera', pose: { position: xyzOf(frame.targetInCamera) } })
  expect(ee).toMatchObject({ timestamp, frame_id: 'base', pose: { position: xyzOf(frame.eeInBase) } })
  expect(command).toMatchObject({ timestamp, frame_id: 'base' })
  expect(wrench).toMatchObject({ timestamp, frame_id: 'ee', force: { y: 0, z: -9.81 } })
  expect(tf.transforms).toMatchObject([
    { parent_frame_id: 'base', child_frame_id: 'camera', translation: xyzOf(frame.cameraInBase) },
    { parent_frame_id: 'base', child_frame_id: 'ee', translation: xyzOf(frame.eeInBase) },
    { parent_frame_id: 'camera', child_frame_id: 'source', translation: xyzOf(frame.sourceInCamera) },
    { parent_frame_id: 'camera', child_frame_id: 'target', translation: xyzOf(frame.targetInCamera) },
  ])
})

describe('a frame that the reader would refuse is not recorded', () => {
  const pose: Pose = { position: [0, 0, 0], orientation: [0, 0, 0, 1] }
  const refused: [string, unknown, RegExp][] = [
    ['a NaN', { sourceInCamera: { ...pose, position: [0, Number.NaN, 0] } }, /sourceInCamera\.position\.1: .*NaN/],
    ['an infinity', { wrench: { force: [0, 0, -Infinity], torque: [0, 0, 0] } }, /wrench\.force\.2: .*-?Infinity/],
    ['a missing object', { targetInCamera: undefined }, /targetInCamera: .*expected object, received undefined/],
    ['a short position', { eeInBase: { ...pose, position: [0, 0] } }, /eeInBase\.position/],
    [
      'a long quaternion',
      { cameraInBase: { ...pose, orientation: [0, 0, 0, 1.00001] } },
      /cameraInBase\.orientation: expected a unit quaternion \(to 0\.000001\), its length is 1\.00001, got \[/,
    ],
    ['an unknown key', { force: [0, 0, 0] }, /Unrecognized key: "force", expected only stamp, sourceInCamera/],
    ['a negative stamp', { stamp: -0.1 }, /stamp: .*got -0\.1/],
    [
      'the stamp of the frame before',
      { stamp: 0.1 },
      /stamp: expected later than the previous frame's 0\.1 s, got 0\.1 s/,
    ],
    ['a stamp later by less than a nanosecond', { stamp: 0.1 + 4e-10 }, /stamp: expected later than/],
    ['an earlier stamp', { stamp: 0.05 }, /stamp: expected later than the previous frame's 0\.1 s, got 0\.05 s/],
  ]
  test.each(refused)('%s', async (_, change, message) => {
    const encoder = new EpisodeEncoder('some/episode.mcap')
    await encoder.start(exampleMetadata)
    await encoder.append(exampleFrame(0))
    await encoder.append(exampleFrame(1))
    const refusal = encoder.append({ ...exampleFrame(2), ...(change as Partial<Frame>) })
    await expect(refusal).rejects.toThrow(EpisodeError)
    await expect(refusal).rejects.toThrow(/^some\/episode\.mcap: frame 2 .*not recorded: /)
    await expect(refusal).rejects.toThrow(message)
    // The recording goes on as if nothing had been.
    await encoder.append(exampleFrame(2))
    expect(encoder.frameCount).toBe(3)
  })

  test.each([
    ['an unknown key', { colour: 'red' }, /metadata: Unrecognized key: "colour", expected only formatVersion, task/],
    ['another version', { formatVersion: 2 }, /metadata: formatVersion: .*expected 1, got 2/],
    ['a source of no name', { recordedFrom: 'me' }, /recordedFrom: .*"expert"\|"teleop"\|"ros"\|"policy", got "me"/],
    ['a negative seed', { seed: -1 }, /seed: .*got -1/],
  ])('nor is metadata with %s', async (_, change, message) => {
    const metadata = { ...exampleMetadata, ...change } as typeof exampleMetadata
    await expect(new EpisodeEncoder('e.mcap').start(metadata)).rejects.toThrow(EpisodeError)
    await expect(new EpisodeEncoder('e.mcap').start(metadata)).rejects.toThrow(message)
  })

  test('nor is an outcome that is none, and then the episode can still be finished', async () => {
    const encoder = new EpisodeEncoder('e.mcap')
    await encoder.start(exampleMetadata)
    await expect(encoder.end(exampleOutcome)).rejects.toThrow('e.mcap: an episode without frames cannot be finished')
    await encoder.append(exampleFrame(0))
    const refusal = encoder.end({ ...exampleOutcome, peakForceN: -1 })
    await expect(refusal).rejects.toThrow(/^e\.mcap: outcome: peakForceN: .*got -1/)
    expect((await encoder.end(exampleOutcome)).byteLength).toBeGreaterThan(0)
  })
})
