// An episode from the bytes of its file, whole or cut off anywhere.
import type { McapTypes } from '@mcap/core'
import type { Channel } from './channel.ts'
import { CHANNELS } from './channels.ts'
import { check } from './check.ts'
import {
  EPISODE_RECORD,
  type Episode,
  type EpisodeMetadata,
  type EpisodeOutcome,
  episodeMetadataSchema,
  episodeOutcomeSchema,
  OUTCOME_RECORD,
} from './episode.ts'
import { EpisodeError, messageOf } from './errors.ts'
import { FrameAssembler } from './frame-assembler.ts'
import { type Cut, McapRecords } from './mcap-records.ts'
import { parseJson, parseVersionedJson } from './versioned-json.ts'

/** Reads an episode from all bytes of its file, as {@link EpisodeParser} does. */
export function parseEpisode(bytes: Uint8Array, path: string): Episode {
  const parser = new EpisodeParser(path)
  parser.append(bytes)
  return parser.finish()
}

/**
 * Reads an episode from its file piece by piece. Channels that tenon does not know are passed over. Every call throws an
 * EpisodeError naming file, message (counted from 0 within its channel) and field for anything amiss.
 */
export class EpisodeParser {
  readonly #path: string
  readonly #records: McapRecords
  readonly #schemas = new Map<number, McapTypes.Schema>()
  readonly #channels = new Map<number, Channel>()
  readonly #assembler: FrameAssembler
  #metadata: EpisodeMetadata | undefined
  #outcome: EpisodeOutcome | undefined

  /** `path`: the name that errors give. */
  constructor(path: string) {
    this.#path = path
    this.#records = new McapRecords(path)
    this.#assembler = new FrameAssembler(path)
  }

  /** Takes the next bytes of the file. */
  append(bytes: Uint8Array): void {
    for (const record of this.#records.append(bytes)) this.#take(record)
  }

  /** Of a file that ended too early, the frames that are whole, and in `dropped` what is missing. */
  finish(): Episode {
    const [path, metadata, outcome] = [this.#path, this.#metadata, this.#outcome]
    const cut = this.#records.end()
    if (!metadata) {
      const why = cut ? `${cut.description}, before it` : 'the file has none'
      throw new EpisodeError(`${path}: expected a metadata record "${EPISODE_RECORD}" at the start: ${why}`)
    }
    if (!cut) return { path, metadata, frames: this.#assembler.finish(), outcome, dropped: undefined }
    const { frames, unfinished } = this.#assembler.finishCut()
    const dropped = describeLoss(cut, unfinished || cut.insideMessage, outcome !== undefined)
    return { path, metadata, frames, outcome, dropped }
  }

  #take(record: McapTypes.TypedMcapRecord): void {
    const path = this.#path
    if (record.type === 'Schema') {
      this.#schemas.set(record.id, record)
    } else if (record.type === 'Channel') {
      const channel = knownChannel(record, this.#schemas.get(record.schemaId), path)
      if (channel) this.#channels.set(record.id, channel)
    } else if (record.type === 'Message') {
      const channel = this.#channels.get(record.channelId)
      if (channel) this.#assembler.add(channel, record.logTime, record.data)
    } else if (record.type === 'Metadata' && record.name === EPISODE_RECORD) {
      if (this.#metadata) throw new EpisodeError(`${path}: expected one metadata record "${EPISODE_RECORD}", got two`)
      this.#metadata = parseMetadata(record, path)
    } else if (record.type === 'Metadata' && record.name === OUTCOME_RECORD) {
      if (this.#outcome) throw new EpisodeError(`${path}: expected one metadata record "${OUTCOME_RECORD}", got two`)
      this.#outcome = parseOutcome(record, path)
    }
  }
}

function describeLoss(cut: Cut, unfinishedFrame: boolean, hasOutcome: boolean): string {
  const losses = [
    ...(unfinishedFrame ? ['1 unfinished frame dropped'] : []),
    ...(hasOutcome ? [] : ['no outcome recorded']),
  ]
  return `${cut.description}: ${losses.join(', ') || 'only the index is lost'}`
}

/** Undefined for a topic that is not ours. */
function knownChannel(
  { topic, messageEncoding, schemaId, metadata }: McapTypes.Channel,
  schema: McapTypes.Schema | undefined,
  path: string,
): Channel | undefined {
  const channel = CHANNELS.find((known) => known.topic === topic)
  if (!channel) return undefined
  const { codec } = channel
  const expect = (field: string, expected: string, got: string | undefined) => {
    if (got === expected) return
    const found = got === undefined ? 'nothing' : `"${got}"`
    throw new EpisodeError(`${path}: channel ${topic}: ${field}: expected "${expected}", got ${found}`)
  }
  expect('message encoding', codec.messageEncoding, messageEncoding)
  if (!schema) {
    throw new EpisodeError(
      `${path}: channel ${topic}: schema: expected "${codec.schemaName}", got schema id ${schemaId}, ` +
        'which the file does not define',
    )
  }
  expect('schema', codec.schemaName, schema.name)
  expect('schema encoding', codec.schemaEncoding, schema.encoding)
  for (const [key, value] of Object.entries(channel.metadata)) expect(`metadata ${key}`, value, metadata.get(key))
  return channel
}

function parseMetadata(record: McapTypes.Metadata, path: string): EpisodeMetadata {
  try {
    return parseVersionedJson(jsonOf(record), episodeMetadataSchema)
  } catch (cause) {
    throw new EpisodeError(`${path}: metadata record "${EPISODE_RECORD}": ${messageOf(cause)}`, { cause })
  }
}

function parseOutcome(record: McapTypes.Metadata, path: string): EpisodeOutcome {
  try {
    const checked = check(episodeOutcomeSchema, parseJson(jsonOf(record)))
    if (checked.problem !== undefined) throw new Error(checked.problem)
    return checked.data
  } catch (cause) {
    throw new EpisodeError(`${path}: metadata record "${OUTCOME_RECORD}": ${messageOf(cause)}`, { cause })
  }
}

function jsonOf({ metadata }: McapTypes.Metadata): string {
  const json = metadata.get('json')
  if (json === undefined) throw new Error(`expected a key "json", got ${[...metadata.keys()].join(', ') || 'no key'}`)
  return json
}
