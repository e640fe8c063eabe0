// A connection to a rosbridge, as the command line asks for it.
import { readFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import type { Profile } from '../robot-bridge/profile.ts'
import { connectReader, type RosbridgeReader } from '../robot-bridge/rosbridge-reader.ts'
import { UserError } from './errors.ts'

/** Of wss: PEM files, by path or by text. */
export interface TlsFiles {
  /** of the authority to trust */
  ca?: string
  /** of this client */
  cert?: string
  key?: string
}

/** The options of {@link TlsFiles}. */
export const withTls = (command: Command): Command =>
  command
    .option('--ca <file>', 'for wss: certificate of the authority to trust, PEM')
    .option('--cert <file>', 'for wss: certificate of this client, PEM')
    .option('--key <file>', 'for wss: key of this client, PEM')

export const cameraUrlOption = (): Option =>
  new Option(
    '--camera-url <address>',
    'of a second rosbridge, for the pictures alone: then no command waits behind one',
  )

/** The options that say which live arm is driven, and how it is reached. */
export const withArm = (command: Command): Command =>
  withTls(
    command
      .option('--url <address>', 'of the rosbridge, like ws://192.168.0.10:9090')
      .addOption(cameraUrlOption())
      .option('--profile <name|file>', 'of the arm: one that comes with tenon, or your own file (docs/profiles.md)'),
  )

/** Reads the files now, and connects each time it is called. Throws a UserError for a file that cannot be read. */
export async function readerOf(url: string, files: TlsFiles): Promise<() => Promise<RosbridgeReader>> {
  const tls = await readTlsFiles(files, [url])
  return () => connectReader(url, tls)
}

export interface ReadArm {
  graph: RosbridgeReader
  /** where the pictures come from, if that is another bridge */
  pictures?: RosbridgeReader
  close(): void
}

/** To read what an arm says. Throws a UserError for a file that cannot be read, a RosbridgeError for a bridge that does not answer. */
export async function connectArm(
  { url, cameraUrl, ...files }: TlsFiles & { url: string; cameraUrl?: string | undefined },
  { camera }: Pick<Profile, 'camera'>,
): Promise<ReadArm> {
  const tls = await readTlsFiles(files, [url, cameraUrl])
  const graph = await connectReader(url, tls)
  if (cameraUrl === undefined || !camera) return { graph, close: () => graph.close() }
  try {
    const pictures = await connectReader(cameraUrl, tls)
    return { graph, pictures, close: () => [graph, pictures].forEach((reader) => void reader.close()) }
  } catch (error) {
    graph.close()
    throw error
  }
}

/** What a PEM file says of itself in its first line, for each option. */
const PEM = { ca: 'CERTIFICATE', cert: 'CERTIFICATE', key: 'PRIVATE KEY' } as const

/**
 * Texts of those that are named, for bridges at these addresses. Throws a UserError for one that cannot be read or is not what
 * it should be, and when none of the addresses is encrypted.
 */
export async function readTlsFiles(files: TlsFiles, urls: readonly (string | undefined)[]): Promise<TlsFiles> {
  const texts: TlsFiles = {}
  for (const option of ['ca', 'cert', 'key'] as const) {
    const path = files[option]
    if (path === undefined) continue
    if (!urls.some((url) => url?.startsWith('wss:'))) {
      throw new UserError(
        `--${option} is for an encrypted connection: give an address that begins with wss://, or leave it out`,
      )
    }
    const text = await read(path)
    if (!new RegExp(`-----BEGIN [A-Z ]*${PEM[option]}-----`).test(text)) {
      throw new UserError(
        `--${option} ${path}: expected a PEM file with a line -----BEGIN ${PEM[option]}-----, got none`,
      )
    }
    texts[option] = text
  }
  if ((texts.cert === undefined) !== (texts.key === undefined)) {
    throw new UserError(
      `--cert and --key belong together, got only --${texts.cert ? 'cert' : 'key'}: give both, or neither`,
    )
  }
  return texts
}

const read = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((cause) => {
    throw new UserError(`${path}: ${cause.code === 'ENOENT' ? 'there is no such file' : cause.message}`, { cause })
  })
