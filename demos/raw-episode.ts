// Episodes message by message, open to any mischief, for tests of what comes from elsewhere.
import { type IWritable, McapWriter } from '@mcap/core'
import { CHANNELS } from './channels.ts'
import type { Frame } from './episode.ts'
import { exampleFrames, exampleMetadata, exampleOutcome } from './example-episode.ts'
import { nanosecondsToTimestamp, stampToNanoseconds } from './stamp.ts'

/** A message as it goes into a file. */
export interface RawMessage {
  topic: string
  metadata: Record<string, string>
  schemaName: string
  schemaEncoding: string
  messageEncoding: string
  logTime: bigint
  // biome-ignore lint/suspicious/noExplicitAny: the tests reach into the message to break it
  body: any
}

/** The messages of some frames. */
export const rawMessages = (frames: readonly Frame[] = exampleFrames(2)): RawMessage[] =>
  frames.flatMap((frame) => {
    const logTime = stampToNanoseconds(frame.stamp)
    return CHANNELS.flatMap(({ topic, codec, metadata, encode }) => {
      const body = encode(frame, nanosecondsToTimestamp(logTime))
      if (!body) return []
      const { schemaName, schemaEncoding, messageEncoding } = codec
      const message = { topic, metadata: { ...metadata }, schemaName, schemaEncoding, messageEncoding, logTime }
      return [{ ...message, body: structuredClone(body) }]
    })
  })

export const rawMetadata = (): [name: string, entries: Record<string, string>][] => [
  ['tenon.episode', { json: JSON.stringify(exampleMetadata) }],
  ['tenon.outcome', { json: JSON.stringify(exampleOutcome) }],
]

/**
 * An MCAP file by @mcap/core alone. A body that is a string or bytes goes in as it is. `compression`: what the chunks are
 * said to be compressed by; they are not.
 */
export async function buildMcap(
  messages: RawMessage[],
  metadata = rawMetadata(),
  compression = '',
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  const writable: IWritable = {
    write: async (bytes) => pieces.push(bytes.slice()),
    position: () => BigInt(Buffer.concat(pieces).byteLength),
  }
  const compressChunk = (compressedData: Uint8Array) => ({ compression, compressedData })
  const mcap = new McapWriter({ writable, compressChunk })
  await mcap.start()
  for (const [name, entries] of metadata) await mcap.addMetadata({ name, metadata: new Map(Object.entries(entries)) })
  const channelIds = new Map<string, number>()
  for (const message of messages) {
    const { topic, schemaName, schemaEncoding, messageEncoding, logTime } = message
    let channelId = channelIds.get(topic)
    if (channelId === undefined) {
      const data = new Uint8Array()
      const schemaId = await mcap.registerSchema({ name: schemaName, encoding: schemaEncoding, data })
      const channelMetadata = new Map(Object.entries(message.metadata))
      channelId = await mcap.registerChannel({ schemaId, topic, messageEncoding, metadata: channelMetadata })
      channelIds.set(topic, channelId)
    }
    const data = bytesOf(message)
    await mcap.addMessage({ channelId, sequence: 0, logTime, publishTime: logTime, data })
  }
  await mcap.end()
  return Buffer.concat(pieces)
}

function bytesOf({ topic, body }: RawMessage): Uint8Array {
  if (body instanceof Uint8Array) return body
  if (typeof body === 'string') return Buffer.from(body)
  const channel = CHANNELS.find((known) => known.topic === topic)
  return channel ? channel.codec.serialize(body) : Buffer.from(JSON.stringify(body))
}

/** The message on `topic` of frame `index`. */
export function messageOn(messages: RawMessage[], topic: string, index: number): RawMessage {
  const found = messages.filter((message) => message.topic === topic)[index]
  if (!found) throw new Error(`no ${topic} message ${index}`)
  return found
}

/** Mischief: takes a message out. */
export const drop = (topic: string, index: number) => (messages: RawMessage[]) =>
  messages.splice(messages.indexOf(messageOn(messages, topic, index)), 1)

/** Mischief: edits a message. */
export const change = (topic: string, index: number, edit: (message: RawMessage) => void) => (messages: RawMessage[]) =>
  edit(messageOn(messages, topic, index))
