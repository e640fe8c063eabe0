import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalizeQuat, type Pose, type Quat, type Vec3 } from '../geometry/index.ts'
import type { Episode, Frame } from './episode.ts'
import { EpisodeError } from './errors.ts'
import {
  encodeEpisode,
  encodePieces,
  exampleFrame,
  exampleFrames,
  exampleMetadata,
  exampleOutcome,
} from './example-episode.ts'
import { EpisodeParser, parseEpisode } from './parse-episode.ts'
import { buildMcap, change, drop, messageOn, type RawMessage, rawMessages, rawMetadata } from './raw-episode.ts'

describe('what is written is what is read', () => {
  test('frames, metadata and outcome, to the bit', async () => {
    const { commandInBase, wrench, ...bare } = exampleFrame(3)
    const frames = [...exampleFrames(3), bare]
    expect(parseEpisode(await encodeEpisode(frames), 'e.mcap')).toEqual({
      path: 'e.mcap',
      metadata: exampleMetadata,
      frames,
      outcome: exampleOutcome,
      dropped: undefined,
    } satisfies Episode)
  })

  // JSON.stringify writes −0 as 0: the one double that changes, to one that is equal.
  const number = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true }).map((x) => (x === 0 ? 0 : x))
  const vec3 = (limit: number) => fc.tuple(number(limit), number(limit), number(limit))
  const quat: fc.Arbitrary<Quat> = fc
    .tuple(number(1), number(1), number(1), number(1))
    .filter((q) => Math.hypot(...q) > 1e-3)
    .map((q) => normalizeQuat(q))
  const pose = fc.record<Pose>({ position: vec3(1e3), orientation: quat })
  const frame = fc.record(
    {
      sourceInCamera: pose,
      targetInCamera: pose,
      eeInBase: pose,
      cameraInBase: pose,
      commandInBase: pose,
      wrench: fc.record({ force: vec3(1e300) as fc.Arbitrary<Vec3>, torque: vec3(1e-300) as fc.Arbitrary<Vec3> }),
    },
    { requiredKeys: ['sourceInCamera', 'targetInCamera', 'eeInBase', 'cameraInBase'] },
  )

  test('any poses and wrenches, to the bit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 5 }), async (parts) => {
        const frames = parts.map((part, i): Frame => ({ stamp: i / 10, ...part }))
        expect(parseEpisode(await encodeEpisode(frames), 'e.mcap').frames).toEqual(frames)
      }),
      { numRuns: 100 },
    )
  })

  test('a stamp to the nanosecond', async () => {
    const frames = [{ ...exampleFrame(0), stamp: 0.1 + 0.2 }]
    expect(parseEpisode(await encodeEpisode(frames), 'e.mcap').frames[0]?.stamp).toBe(0.3)
  })
})

test('a file is read in pieces of any size as it is read at once, whole, cut off or filled up with zeros', async () => {
  const inPieces = (bytes: Uint8Array, size: number) => {
    const parser = new EpisodeParser('e.mcap')
    for (let at = 0; at < bytes.length; at += size) parser.append(bytes.subarray(at, at + size))
    return parser.finish()
  }
  const result = (read: () => Episode) => {
    try {
      return read()
    } catch (error) {
      return (error as Error).message
    }
  }
  const whole = await encodeEpisode(exampleFrames(3))
  const files = [1, 0.8, 0.5, 0.05, 1e-3, 0].map((part) => whole.subarray(0, Math.floor(part * whole.length)))
  files.push(Buffer.concat([whole.subarray(0, whole.length / 2), Buffer.alloc(4096)]))
  for (const bytes of files) {
    const atOnce = result(() => parseEpisode(bytes, 'e.mcap'))
    for (const size of [1, 7, 1000]) expect(result(() => inPieces(bytes, size))).toEqual(atOnce)
  }
})

describe('a file that is cut off', () => {
  test('at any byte gives the frames that are whole, or says why there are none', async () => {
    const { commandInBase, ...second } = exampleFrame(1)
    const frames = [exampleFrame(0), second]
    const bytes = await encodeEpisode(frames)
    let most = 0
    for (let size = 0; size < bytes.byteLength; size++) {
      let episode: Episode
      try {
        episode = parseEpisode(bytes.subarray(0, size), 'cut.mcap')
      } catch (error) {
        if (error instanceof EpisodeError && error.message.startsWith('cut.mcap: ') && most === 0) continue
        throw error
      }
      const count = episode.frames.length
      if (count < most || !episode.dropped) expect.fail(`${size} bytes: ${count} frames, dropped: ${episode.dropped}`)
      if (count > most) expect(episode.frames).toEqual(frames.slice(0, count))
      most = count
    }
    expect(most).toBe(2)
  })

  test('says where, and what was lost', async () => {
    const pieces = await encodePieces(exampleFrames(3))
    const bytes = Buffer.concat(pieces)
    const cut = (size: number) => parseEpisode(bytes.subarray(0, size), 'cut.mcap')
    const startOf = (piece: number) => Buffer.concat(pieces.slice(0, piece)).byteLength

    // Pieces: head, three frames, tail.
    const third = startOf(3)
    expect(cut(third + 20)).toMatchObject({ frames: exampleFrames(2), outcome: undefined })
    expect(cut(third + 20).dropped).toBe(
      `file ends at byte ${third + 20} inside a record that starts at byte ${third}: ` +
        '1 unfinished frame dropped, no outcome recorded',
    )

    // All but a bit of the third frame: its last messages are missing.
    expect(cut(startOf(4) - 60).frames).toEqual(exampleFrames(2))
    expect(cut(startOf(4) - 60).dropped).toMatch(/: 1 unfinished frame dropped, no outcome recorded$/)

    expect(cut(startOf(4)).frames).toEqual(exampleFrames(3))
    expect(cut(startOf(4)).dropped).toBe(
      `file ends at byte ${startOf(4)} without its closing records: no outcome recorded`,
    )

    const magicLess = bytes.byteLength - 8
    expect(cut(magicLess)).toMatchObject({ frames: exampleFrames(3), outcome: exampleOutcome })
    expect(cut(magicLess).dropped).toMatch(/only the index is lost$/)
  })

  test('and filled up with zeros, as after a power cut, counts as cut where the zeros begin', async () => {
    const written = Buffer.concat((await encodePieces(exampleFrames(3))).slice(0, -1))
    const { frames, dropped } = parseEpisode(Buffer.concat([written, Buffer.alloc(4096)]), 'cut.mcap')
    expect(frames).toEqual(exampleFrames(3))
    expect(dropped).toBe(`file holds only zeros from byte ${written.byteLength} on: no outcome recorded`)
  })
})

describe('a file written by others', () => {
  test('is read like our own', async () => {
    const { frames, outcome, dropped } = parseEpisode(await buildMcap(rawMessages()), 'e.mcap')
    expect({ frames, outcome, dropped }).toEqual({
      frames: exampleFrames(2),
      outcome: exampleOutcome,
      dropped: undefined,
    })
  })

  test('may have its messages of one stamp in any order, and channels that are not ours', async () => {
    const messages = rawMessages()
    const picture: RawMessage = {
      ...messageOn(messages, '/tf', 0),
      topic: '/other/image',
      schemaName: 'foxglove.CompressedImage',
      schemaEncoding: 'protobuf',
      messageEncoding: 'protobuf',
      body: new Uint8Array([1, 2, 3]),
    }
    const shuffled = [...messages.slice(0, 6).reverse(), picture, ...messages.slice(6).reverse()]
    expect(parseEpisode(await buildMcap(shuffled), 'e.mcap').frames).toEqual(exampleFrames(2))
  })

  test('may have quaternions of single precision, which get unit length', async () => {
    const messages = rawMessages()
    messageOn(messages, '/ee/pose', 0).body.pose.orientation = { x: 0, y: 0, z: 0.6, w: 0.8001 }
    const length = Math.hypot(0.6, 0.8001)
    const [frame] = parseEpisode(await buildMcap(messages), 'e.mcap').frames
    expect(frame?.eeInBase.orientation).toEqual([0, 0, 0.6 / length, 0.8001 / length])
  })

  test('may have no outcome', async () => {
    const episode = parseEpisode(await buildMcap(rawMessages(), rawMetadata().slice(0, 1)), 'e.mcap')
    expect(episode).toMatchObject({ outcome: undefined, dropped: undefined })
  })
})

describe('an error names file, message and field for', () => {
  const broken: [string, (messages: RawMessage[]) => void, string][] = [
    [
      'a missing object',
      drop('/target/pose', 0),
      "frame 0 (0 s): expected a /target/pose message (the target's pose in the camera frame), got only /source/pose",
    ],
    [
      'a missing object at the end',
      drop('/source/pose', 1),
      "frame 1 (0.1 s): expected a /source/pose message (the source's pose in the camera frame), got only /target/pose",
    ],
    [
      'a null where a number belongs (a NaN that went through JSON)',
      change('/source/pose', 1, ({ body }) => (body.pose.position.y = null)),
      '/source/pose message 1 (0.1 s): pose.position.y: Invalid input: expected number, received null',
    ],
    [
      'a number too large for a double',
      change('/wrench', 0, (message) => {
        message.body = JSON.stringify(message.body).replace('-9.81', '1e999')
      }),
      '/wrench message 0 (0 s): force.z: Invalid input: expected number, received Infinity',
    ],
    [
      'a quaternion off unit length',
      change('/ee/pose', 1, ({ body }) => (body.pose.orientation = { x: 0, y: 0, z: 0, w: 1.002 })),
      '/ee/pose message 1 (0.1 s): pose.orientation: expected a unit quaternion (to 0.001), got {"x":0,"y":0,"z":0,',
    ],
    [
      'another frame id',
      change('/target/pose', 1, ({ body }) => (body.frame_id = 'base')),
      '/target/pose message 1 (0.1 s): frame_id: Invalid input: expected "camera", got "base"',
    ],
    [
      'a wrench in another frame',
      change('/wrench', 1, ({ body }) => (body.frame_id = 'base')),
      '/wrench message 1 (0.1 s): frame_id: Invalid input: expected "ee", got "base"',
    ],
    [
      'transforms without the camera',
      change('/tf', 0, ({ body }) => body.transforms.shift()),
      '/tf message 0 (0 s): transforms: expected base→camera, got ["base→ee","camera→source","camera→target"]',
    ],
    [
      'the same stamp twice on one channel',
      (messages) => messages.splice(6, 0, { ...messageOn(messages, '/ee/pose', 0) }),
      '/ee/pose message 1 (0 s): log time: expected later than 0 s, got 0 s',
    ],
    [
      'stamps that go back',
      (messages) => messages.push(...messages.splice(0, 6)),
      '/source/pose message 1 (0 s): log time: expected later than 0.1 s, got 0 s',
    ],
    [
      'a timestamp that is not the log time',
      change('/source/pose', 1, ({ body }) => (body.timestamp = { sec: 3, nsec: 0 })),
      '/source/pose message 1 (0.1 s): timestamp: expected the log time 0.1 s, got 3 s',
    ],
    [
      'a timestamp that is none',
      change('/source/pose', 0, ({ body }) => (body.timestamp = { sec: 0, nsec: -1 })),
      '/source/pose message 0 (0 s): timestamp.nsec: Too small: expected number to be >=0, got -1',
    ],
    [
      'no JSON',
      change('/source/pose', 0, (message) => (message.body = '{"pose":')),
      '/source/pose message 0 (0 s): expected JSON: ',
    ],
    [
      'no UTF-8',
      change('/source/pose', 0, (message) => (message.body = new Uint8Array([0xff]))),
      '/source/pose message 0 (0 s): The encoded data was not valid',
    ],
    [
      'another message encoding',
      change('/source/pose', 0, (message) => (message.messageEncoding = 'protobuf')),
      'channel /source/pose: message encoding: expected "json", got "protobuf"',
    ],
    [
      'another schema encoding',
      change('/tf', 0, (message) => (message.schemaEncoding = 'protobuf')),
      'channel /tf: schema encoding: expected "jsonschema", got "protobuf"',
    ],
    [
      'another schema',
      change('/source/pose', 0, (message) => (message.schemaName = 'foxglove.Pose')),
      'channel /source/pose: schema: expected "foxglove.PoseInFrame", got "foxglove.Pose"',
    ],
  ]
  test.each(broken)('%s', async (_, mischief, message) => {
    const messages = rawMessages()
    mischief(messages)
    const bytes = await buildMcap(messages)
    expect(() => parseEpisode(bytes, 'some/e.mcap')).toThrow(EpisodeError)
    expect(() => parseEpisode(bytes, 'some/e.mcap')).toThrow(`some/e.mcap: ${message}`)
  })

  const [episode, outcome] = rawMetadata() as [[string, Record<string, string>], [string, Record<string, string>]]
  const withJson = (record: [string, Record<string, string>], edit: object): [string, Record<string, string>] => [
    record[0],
    { json: JSON.stringify({ ...JSON.parse(record[1].json ?? ''), ...edit }) },
  ]
  const brokenMetadata: [string, [string, Record<string, string>][], string][] = [
    ['no metadata', [outcome], 'expected a metadata record "tenon.episode" at the start: the file has none'],
    ['metadata twice', [episode, episode], 'expected one metadata record "tenon.episode", got two'],
    ['two outcomes', [episode, outcome, outcome], 'expected one metadata record "tenon.outcome", got two'],
    [
      'metadata under another key',
      [['tenon.episode', { yaml: '' }]],
      'metadata record "tenon.episode": expected a key "json", got yaml',
    ],
    [
      'metadata that is no JSON',
      [['tenon.episode', { json: 'task: peg' }]],
      'metadata record "tenon.episode": expected JSON: ',
    ],
    [
      'metadata that is no object',
      [['tenon.episode', { json: '[]' }]],
      'metadata record "tenon.episode": Invalid input: expected object, received array',
    ],
    [
      'an unknown key',
      [withJson(episode, { colour: 'red' })],
      'metadata record "tenon.episode": Unrecognized key: "colour", expected only formatVersion, task',
    ],
    [
      'a wrong value',
      [withJson(episode, { clearanceMm: 0 })],
      'metadata record "tenon.episode": clearanceMm: Too small: expected number to be >0, got 0',
    ],
    [
      'a newer version',
      [withJson(episode, { formatVersion: 2, colour: 'red' })],
      'metadata record "tenon.episode": formatVersion: expected 1, got 2; a newer tenon wrote it: update this one',
    ],
    [
      'no version',
      [withJson(episode, { formatVersion: undefined })],
      'metadata record "tenon.episode": formatVersion: ',
    ],
    [
      'an outcome with a wrong value',
      [episode, withJson(outcome, { seated: 'yes' })],
      'metadata record "tenon.outcome": seated: Invalid input: expected boolean, received string',
    ],
  ]
  test.each(brokenMetadata)('%s', async (_, metadata, message) => {
    const bytes = await buildMcap(rawMessages(), metadata)
    expect(() => parseEpisode(bytes, 'some/e.mcap')).toThrow(EpisodeError)
    expect(() => parseEpisode(bytes, 'some/e.mcap')).toThrow(`some/e.mcap: ${message}`)
  })

  test('no MCAP file at all', () => {
    expect(() => parseEpisode(Buffer.from('{"hello": 1}'), 'e.mcap')).toThrow(
      'e.mcap: not an MCAP file: expected it to start with 89 4d 43 41 50 30 0d 0a, got 7b 22 68 65 6c 6c 6f 22',
    )
    expect(() => parseEpisode(new Uint8Array(), 'e.mcap')).toThrow('e.mcap: the file is empty, expected an MCAP file')
  })

  test('chunks that another tool has compressed: the file is whole, and not called damaged', async () => {
    const bytes = await buildMcap(rawMessages(), rawMetadata(), 'zstd')
    expect(() => parseEpisode(bytes, 'e.mcap')).toThrow(
      'e.mcap: its chunks are compressed by zstd, which tenon does not read: mcap decompress writes it anew without',
    )
  })

  test('a byte that changed on the disk', async () => {
    const bytes = Buffer.from(await encodeEpisode(exampleFrames(3)))
    const at = bytes.lastIndexOf('child_frame_id":"target"')
    bytes[at] = 'C'.charCodeAt(0)
    expect(() => parseEpisode(bytes, 'e.mcap')).toThrow(/^e\.mcap: damaged at byte \d+: Incorrect chunk CRC/)
  })
})
