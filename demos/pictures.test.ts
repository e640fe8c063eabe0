// Pictures in episodes: what is recorded is what is read, by us and by others.
import { foxgloveMessageSchemas, generateProto } from '@foxglove/schemas/internal.js'
import { McapIndexedReader, TempBuffer } from '@mcap/core'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor.js'
import { describe, expect, test } from 'vitest'
import { type Rgbd, unproject } from '../geometry/index.ts'
import type { Episode, Frame } from './episode.ts'
import { EpisodeEncoder } from './episode-encoder.ts'
import { EpisodeError } from './errors.ts'
import {
  encodeEpisode,
  encodePieces,
  exampleFrame,
  exampleFrames,
  exampleMetadata,
  exampleRgbd,
  framesWithPictures,
} from './example-episode.ts'
import { parseEpisode } from './parse-episode.ts'
import { decodePng, encodePng } from './png.ts'
import { buildMcap, change, drop, messageOn, type RawMessage, rawMessages } from './raw-episode.ts'

/** Depth as an episode keeps it: whole tenths of a millimetre, in single precision. */
const kept = (depth: Float32Array) => depth.map((metres) => Math.round(metres * 10_000) / 10_000)

const picture = (frame: Frame | undefined): Rgbd => {
  if (!frame?.rgbd) throw new Error('expected a picture')
  return frame.rgbd
}

async function roundTrip(frames: readonly Frame[]): Promise<readonly Frame[]> {
  return parseEpisode(await encodeEpisode(frames), 'e.mcap').frames
}

describe('what is recorded is what is read', () => {
  test('colour to the bit, depth to 0.1 mm, intrinsics to the bit, and only where a picture was', async () => {
    const frames = framesWithPictures(4)
    const read = await roundTrip(frames)
    expect(read.map(({ rgbd }) => rgbd !== undefined)).toEqual([true, false, true, false])
    for (const i of [0, 2]) {
      const { intrinsics, rgb, depth } = picture(read[i])
      expect(intrinsics).toEqual(picture(frames[i]).intrinsics)
      expect(rgb).toEqual(picture(frames[i]).rgb)
      expect(depth).toEqual(kept(picture(frames[i]).depth))
    }
    // The hole at (3, 0); next to it 0.5 + 0.0001·20·2 = 0.504 m.
    expect([...picture(read[0]).depth.subarray(2, 4)]).toEqual([Math.fround(0.504), 0])
    const { rgbd, ...poses } = read[2] as Frame
    expect(poses).toEqual(exampleFrame(2))
  })

  const random = fc
    .record({
      width: fc.integer({ min: 1, max: 9 }),
      height: fc.integer({ min: 1, max: 9 }),
      fx: fc.double({ min: 1e-3, max: 1e4, noNaN: true }),
      fy: fc.double({ min: 1e-3, max: 1e4, noNaN: true }),
      cx: fc.double({ min: -1e4, max: 1e4, noNaN: true }),
      cy: fc.double({ min: -1e4, max: 1e4, noNaN: true }),
    })
    .chain((intrinsics) => {
      const pixels = intrinsics.width * intrinsics.height
      const metres = fc.oneof(fc.constant(0), fc.float({ min: 0, max: 6.5, noNaN: true }))
      return fc.record<Rgbd>({
        intrinsics: fc.constant(intrinsics),
        rgb: fc.uint8Array({ minLength: 3 * pixels, maxLength: 3 * pixels }),
        depth: fc.array(metres, { minLength: pixels, maxLength: pixels }).map((depth) => Float32Array.from(depth)),
      })
    })

  test('any picture, of odd sizes and with holes: a hole stays a hole, a reading stays a reading', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(random, { minLength: 1, maxLength: 3 }), async (rgbds) => {
        const frames = rgbds.map((rgbd, i): Frame => ({ ...exampleFrame(i), rgbd }))
        const read = await roundTrip(frames)
        for (const [i, { intrinsics, rgb, depth }] of rgbds.entries()) {
          const got = picture(read[i])
          expect({ intrinsics: got.intrinsics, rgb: got.rgb }).toEqual({ intrinsics, rgb })
          for (const [k, metres] of got.depth.entries()) {
            const truth = depth[k] as number
            expect(metres === 0).toBe(truth === 0)
            // Half a unit and single precision; what is nearer than half a unit becomes one.
            expect(Math.abs(metres - truth)).toBeLessThanOrEqual(truth > 0 && truth < 5e-5 ? 1e-4 : 5.05e-5)
          }
        }
        // What was read can be recorded again, and is the same file.
        expect(await encodeEpisode(read)).toEqual(await encodeEpisode(frames))
      }),
      { numRuns: 30 },
    )
  })

  test('the deepest reading is 6.5535 m, and can be recorded again', async () => {
    const rgbd = { ...exampleRgbd(0, 1, 1), depth: Float32Array.of(6.5535) }
    const [frame] = await roundTrip([{ ...exampleFrame(0), rgbd }])
    expect(picture(frame).depth).toEqual(Float32Array.of(6.5535))
    expect(picture((await roundTrip([frame as Frame]))[0]).depth).toEqual(Float32Array.of(6.5535))
  })

  test('the bytes are the same for the same pictures', async () => {
    expect(await encodeEpisode(framesWithPictures(6))).toEqual(await encodeEpisode(framesWithPictures(6)))
  })
})

describe('pixels are decoded when they are read', () => {
  test('and kept while somebody looks', async () => {
    const rgbd = picture((await roundTrip(framesWithPictures(1)))[0])
    expect(rgbd.rgb).toBe(rgbd.rgb)
    expect(rgbd.depth).toBe(rgbd.depth)
  })

  test('so that pixels which are damaged do not hinder reading the poses, and say where they are', async () => {
    const messages = rawMessages(framesWithPictures(3))
    messageOn(messages, '/camera/color', 1).body.data[50] ^= 1
    const { frames } = parseEpisode(await buildMcap(messages), 'some/e.mcap')
    expect(frames).toHaveLength(3)
    expect(picture(frames[0]).rgb).toHaveLength(360)
    expect(picture(frames[2]).depth).toHaveLength(120)
    expect(() => picture(frames[2]).rgb).toThrow(EpisodeError)
    expect(() => picture(frames[2]).rgb).toThrow(/^some\/e\.mcap: frame 2 \(0\.2 s\): colour: the PNG is damaged: /)
  })

  test('a copy of a picture has its pixels', async () => {
    const rgbd = picture((await roundTrip(framesWithPictures(1)))[0])
    const { intrinsics, rgb, depth } = rgbd
    expect({ ...rgbd }).toEqual({ intrinsics, rgb, depth })
    expect(structuredClone(rgbd)).toEqual({ intrinsics, rgb, depth })
  })
})

test('a file cut at any byte gives the frames that are whole, with their pictures', async () => {
  const frames = framesWithPictures(2)
  const pieces = await encodePieces(frames)
  const bytes = Buffer.concat(pieces)
  const head = (pieces[0] as Uint8Array).length
  const [first = 0, second = 0] = [1, 2].map((n) => Buffer.concat(pieces.slice(0, n + 1)).length)
  // Every 13th byte, and every one about the ends of frames.
  const near = (size: number) => [head, first, second].some((end) => Math.abs(size - end) < 4)
  for (let size = head; size < bytes.length; size++) {
    if (size % 13 !== 0 && !near(size)) continue
    const { frames: read, dropped } = parseEpisode(bytes.subarray(0, size), 'cut.mcap')
    if (!dropped || read.length < (size >= second ? 2 : size >= first ? 1 : 0)) {
      expect.fail(`${size} bytes: ${read.length} frames, dropped: ${dropped}`)
    }
    if (read[0]) expect(picture(read[0]).rgb).toEqual(picture(frames[0]).rgb)
  }
})

test('of a foreign file cut inside a picture, that frame is dropped', async () => {
  const { frames, dropped } = await cutBefore('/camera/depth')
  expect(frames).toHaveLength(1)
  expect(dropped).toMatch(/1 unfinished frame dropped/)
})

/** Two frames whose pictures come last, cut before the second one's message on `topic`. */
async function cutBefore(topic: string): Promise<Episode> {
  const frames = exampleFrames(2).map((frame, i) => ({ ...frame, rgbd: exampleRgbd(i) }))
  const pieces: RawMessage[] = []
  for (const frame of frames) {
    const messages = rawMessages([frame])
    const isCamera = (message: RawMessage) => message.topic.startsWith('/camera/')
    pieces.push(...messages.filter((message) => !isCamera(message)), ...messages.filter(isCamera))
  }
  const upTo = pieces.indexOf(messageOn(pieces, topic, 1))
  const whole = await buildMcap(pieces.slice(0, upTo), [['tenon.episode', { json: JSON.stringify(exampleMetadata) }]])
  // Less its closing records: the footer and the magic are 37 bytes.
  return parseEpisode(whole.subarray(0, whole.length - 37), 'cut.mcap')
}

describe('an independent reader', () => {
  test('decodes the messages by the schemas in the file', async () => {
    const frames = framesWithPictures(3)
    const reader = await McapIndexedReader.Initialize({ readable: new TempBuffer(await encodeEpisode(frames)) })
    const found: Record<string, { logTime: bigint; message: Record<string, unknown> }[]> = {}
    for await (const { channelId, logTime, data } of reader.readMessages({ validateCrcs: true })) {
      const channel = reader.channelsById.get(channelId)
      const schema = reader.schemasById.get(channel?.schemaId ?? -1)
      if (!channel || !schema || channel.messageEncoding !== 'protobuf') continue
      expect(schema.encoding).toBe('protobuf')
      const root = protobuf.Root.fromDescriptor(schema.data)
      const type = root.lookupType(schema.name)
      const message = type.toObject(type.decode(data), { longs: Number, defaults: true })
      found[channel.topic] ??= []
      found[channel.topic]?.push({ logTime, message })
    }
    expect(Object.keys(found)).toEqual(['/camera/calibration', '/camera/color', '/camera/depth'])
    for (const messages of Object.values(found)) {
      expect(messages.map(({ logTime }) => logTime)).toEqual([0n, 200_000_000n])
      expect(messages[1]?.message).toMatchObject({ timestamp: { seconds: 0, nanos: 200_000_000 }, frameId: 'camera' })
    }
    const messageOf = (topic: string) => found[topic]?.[1]?.message ?? {}
    const { rgb, depth, intrinsics } = picture(frames[2])
    expect(messageOf('/camera/color').format).toBe('png')
    expect(decodePng(messageOf('/camera/color').data as Uint8Array)).toMatchObject({ width: 12, height: 10, data: rgb })
    const units = decodePng(messageOf('/camera/depth').data as Uint8Array).data
    expect(units).toEqual(Uint16Array.from(depth, (metres) => Math.round(metres * 10_000)))
    const channel = [...reader.channelsById.values()].find(({ topic }) => topic === '/camera/depth')
    expect(channel?.metadata).toEqual(new Map([['metresPerUnit', '0.0001']]))

    const calibration = messageOf('/camera/calibration') as { K: number[]; P: number[]; width: number; height: number }
    expect(calibration).toMatchObject({ width: 12, height: 10, distortionModel: '', D: [] })
    // P projects what unproject took apart: here (2, 5) at 0.7 m.
    const [x, y, z] = unproject(intrinsics, 2, 5, 0.7)
    const row = (i: number) => calibration.P.slice(4 * i, 4 * i + 4)
    const projected = [0, 1, 2].map((i) => row(i).reduce((sum, p, k) => sum + p * ([x, y, z, 1][k] as number), 0))
    expect((projected[0] as number) / (projected[2] as number)).toBeCloseTo(2, 12)
    expect((projected[1] as number) / (projected[2] as number)).toBeCloseTo(5, 12)
    expect(calibration.K).toEqual([0, 1, 2].flatMap((i) => row(i).slice(0, 3)))
  })

  // A descriptor pool, as Python's and C++'s readers have, takes a file after what it imports.
  test('finds each schema whole: the imported file first, and named as an import', async () => {
    const reader = await McapIndexedReader.Initialize({
      readable: new TempBuffer(await encodeEpisode(framesWithPictures(1))),
    })
    const schemas = [...reader.schemasById.values()].filter(({ encoding }) => encoding === 'protobuf')
    expect(schemas.map(({ name }) => name)).toEqual(['foxglove.CameraCalibration', 'foxglove.CompressedImage'])
    for (const { name, data } of schemas) {
      const { file } = descriptor.FileDescriptorSet.toObject(descriptor.FileDescriptorSet.decode(data))
      expect(file).toMatchObject([
        { name: 'google/protobuf/timestamp.proto', package: 'google.protobuf', syntax: 'proto3' },
        { name: `${name.replace('.', '/')}.proto`, dependency: ['google/protobuf/timestamp.proto'], syntax: 'proto3' },
      ])
    }
  })

  test('finds the fields that Foxglove publishes, with their numbers and types', async () => {
    const reader = await McapIndexedReader.Initialize({
      readable: new TempBuffer(await encodeEpisode(framesWithPictures(1))),
    })
    for (const name of ['CompressedImage', 'CameraCalibration'] as const) {
      const published = protobuf.parse(generateProto(foxgloveMessageSchemas[name], []), { keepCase: true }).root
      const schema = [...reader.schemasById.values()].find((each) => each.name === `foxglove.${name}`)
      const ours = protobuf.Root.fromDescriptor(schema?.data ?? new Uint8Array(), {
        keepCase: true,
      })
      const fieldsOf = (root: protobuf.Root) =>
        Object.fromEntries(
          root
            .lookupType(`foxglove.${name}`)
            .fieldsArray.map(({ name, id, type, repeated }) => [name, { id, type: type.replace(/^\./, ''), repeated }]),
        )
      expect(fieldsOf(ours)).toEqual(fieldsOf(published))
    }
  })
})

describe('a picture that the reader would refuse is not recorded', () => {
  const rgbd = exampleRgbd(0)
  const depthWith = (index: number, metres: number) => rgbd.depth.with(index, metres)
  const intrinsics = (change: object) => ({ intrinsics: { ...rgbd.intrinsics, ...change } })
  const refused: [string, object, string][] = [
    [
      'too little colour',
      { rgb: rgbd.rgb.slice(1) },
      'rgbd.rgb: expected 360 values for 12×10 pixels of 3, got a Uint8',
    ],
    [
      'depth of another size',
      { depth: new Float32Array(80) },
      'rgbd.depth: expected 120 values for 12×10 pixels, got a Float32Array of 80',
    ],
    [
      'a size of nothing',
      intrinsics({ width: 0 }),
      'rgbd.intrinsics.width: Too small: expected number to be >0, got 0',
    ],
    ['no intrinsics', { intrinsics: undefined }, 'rgbd.intrinsics: Invalid input: expected object, received undefined'],
    [
      'no focal length',
      intrinsics({ fx: Number.NaN }),
      'rgbd.intrinsics.fx: Invalid input: expected number, received NaN',
    ],
    ['a mirror', intrinsics({ fy: -300 }), 'rgbd.intrinsics.fy: Too small: expected number to be >0, got -300'],
    ['numbers in an array', { rgb: [1, 2, 3] }, 'rgbd.rgb: Invalid input: expected Uint8Array, received array'],
    [
      'depth as whole numbers',
      { depth: new Uint16Array(120) },
      'rgbd.depth: Invalid input: expected Float32Array, received Uint16Array',
    ],
    [
      'depth too deep',
      { depth: depthWith(17, 6.5536) },
      'rgbd.depth.17: expected metres from 0 (no reading) to 6.5535, got 6.5',
    ],
    ['depth behind the camera', { depth: depthWith(3, -0.5) }, 'rgbd.depth.3: expected metres from 0 (no reading)'],
    ['a hole as NaN', { depth: depthWith(5, Number.NaN) }, 'to 6.5535, got NaN'],
    ['a hole as infinity', { depth: depthWith(5, Number.POSITIVE_INFINITY) }, 'to 6.5535, got Infinity'],
    ['more than a picture', { gamma: 2.2 }, 'rgbd: Unrecognized key: "gamma"'],
  ]
  test.each(refused)('%s', async (_, change, message) => {
    const encoder = new EpisodeEncoder('some/episode.mcap')
    await encoder.start(exampleMetadata)
    await encoder.append(exampleFrame(0))
    const refusal = encoder.append({ ...exampleFrame(1), rgbd: { ...rgbd, ...change } as Rgbd })
    await expect(refusal).rejects.toThrow(EpisodeError)
    await expect(refusal).rejects.toThrow(`some/episode.mcap: frame 1 (0.1 s) not recorded: `)
    await expect(refusal).rejects.toThrow(message)
    await encoder.append({ ...exampleFrame(1), rgbd })
    expect(encoder.frameCount).toBe(2)
  })
})

describe('an error names file, message and field for', () => {
  const png = (channels: number, Data: typeof Uint8Array | typeof Uint16Array, width = 12, height = 10) =>
    encodePng({ width, height, channels, data: new Data(width * height * channels) })
  const edit = (topic: string, change: (body: RawMessage['body']) => void) => (messages: RawMessage[]) =>
    change(messageOn(messages, topic, 1).body)

  const broken: [string, (messages: RawMessage[]) => void, string][] = [
    [
      'a picture without calibration',
      drop('/camera/calibration', 1),
      "frame 2 (0.2 s): expected a /camera/calibration message (the camera's intrinsics, needed with a picture), got only ",
    ],
    [
      'colour without depth',
      drop('/camera/depth', 1),
      'frame 2 (0.2 s): expected a /camera/depth message (the depth along the optical axis, needed with a picture), got',
    ],
    [
      'depth without colour',
      drop('/camera/color', 1),
      'frame 2 (0.2 s): expected a /camera/color message (the colour picture, needed with a picture), got only ',
    ],
    [
      'colour of another size',
      edit('/camera/color', (body) => (body.data = png(3, Uint8Array, 6, 5))),
      'frame 2 (0.2 s): expected calibration, colour and depth of one size, got /camera/calibration 12×10, ' +
        '/camera/color 6×5, /camera/depth 12×10',
    ],
    [
      'a calibration for another size',
      edit('/camera/calibration', (body) => (body.width = 640)),
      'frame 2 (0.2 s): expected calibration, colour and depth of one size, got /camera/calibration 640×10, ',
    ],
    [
      'a truncated PNG',
      edit('/camera/depth', (body) => (body.data = body.data.subarray(0, -9))),
      '/camera/depth message 1 (0.2 s): data: expected a whole PNG, its end is missing, got a Uint8Array of ',
    ],
    [
      'a picture that is no PNG',
      edit('/camera/color', (body) => (body.data = new Uint8Array([0xff, 0xd8, 0xff]))),
      '/camera/color message 1 (0.2 s): data: expected a PNG, it does not start like one, got a Uint8Array of 3',
    ],
    [
      'a JPEG',
      edit('/camera/color', (body) => (body.format = 'jpeg')),
      '/camera/color message 1 (0.2 s): format: Invalid input: expected "png", got "jpeg"',
    ],
    [
      'depth of 8 bits',
      edit('/camera/depth', (body) => (body.data = png(1, Uint8Array))),
      '/camera/depth message 1 (0.2 s): data: expected a 16-bit grey picture, got {"width":12,"height":10,"bits":8,',
    ],
    [
      'a grey picture for colour',
      edit('/camera/color', (body) => (body.data = png(1, Uint16Array))),
      '/camera/color message 1 (0.2 s): data: expected an 8-bit RGB picture, got {"width":12,"height":10,"bits":16,',
    ],
    [
      'another frame id',
      edit('/camera/color', (body) => (body.frame_id = 'wrist')),
      '/camera/color message 1 (0.2 s): frame_id: Invalid input: expected "camera", got "wrist"',
    ],
    [
      'a calibration of no frame',
      edit('/camera/calibration', (body) => delete body.frame_id),
      '/camera/calibration message 1 (0.2 s): frame_id: Invalid input: expected "camera", got ""',
    ],
    [
      'a camera that is not calibrated',
      edit('/camera/calibration', (body) => (body.K = [0, 0, 0, 0, 0, 0, 0, 0, 0])),
      '/camera/calibration message 1 (0.2 s): K: expected [fx 0 cx 0 fy cy 0 0 1] with fx, fy > 0, got [0,0,0,0,0',
    ],
    [
      'a calibration without K',
      edit('/camera/calibration', (body) => delete body.K),
      '/camera/calibration message 1 (0.2 s): K: expected [fx 0 cx 0 fy cy 0 0 1] with fx, fy > 0, got []',
    ],
    [
      'a lens that distorts',
      edit('/camera/calibration', (body) => (body.D = [0.1, 0, 0, 0, 0])),
      '/camera/calibration message 1 (0.2 s): D: expected a picture without distortion, got [0.1,0,0,0,0]',
    ],
    [
      'no timestamp',
      edit('/camera/color', (body) => delete body.timestamp),
      '/camera/color message 1 (0.2 s): timestamp: Invalid input: expected object, received null',
    ],
    [
      'a timestamp that is not the log time',
      edit('/camera/depth', (body) => (body.timestamp.seconds = 3)),
      '/camera/depth message 1 (0.2 s): timestamp: expected the log time 0.2 s, got 3.2 s',
    ],
    [
      'no protobuf',
      change('/camera/color', 1, (message) => (message.body = new Uint8Array([0x0a, 0x7f, 0x01]))),
      '/camera/color message 1 (0.2 s): expected foxglove.CompressedImage in protobuf: ',
    ],
    [
      'pictures in JSON',
      change('/camera/color', 0, (message) => (message.messageEncoding = 'json')),
      'channel /camera/color: message encoding: expected "protobuf", got "json"',
    ],
    [
      'raw pictures',
      change('/camera/color', 0, (message) => (message.schemaName = 'foxglove.RawImage')),
      'channel /camera/color: schema: expected "foxglove.CompressedImage", got "foxglove.RawImage"',
    ],
    [
      'depth of an unknown unit',
      change('/camera/depth', 0, (message) => (message.metadata = {})),
      'channel /camera/depth: metadata metresPerUnit: expected "0.0001", got nothing',
    ],
    [
      'depth in millimetres',
      change('/camera/depth', 0, (message) => (message.metadata.metresPerUnit = '0.001')),
      'channel /camera/depth: metadata metresPerUnit: expected "0.0001", got "0.001"',
    ],
  ]
  test.each(broken)('%s', async (_, mischief, message) => {
    const messages = rawMessages(framesWithPictures(3))
    mischief(messages)
    const bytes = await buildMcap(messages)
    expect(() => parseEpisode(bytes, 'some/e.mcap')).toThrow(EpisodeError)
    expect(() => parseEpisode(bytes, 'some/e.mcap')).toThrow(`some/e.mcap: ${message}`)
  })
})
