// A reading connection to a rosbridge, as the command line asks for it.
import { readFile } from 'node:fs/promises'
import { connectReader, type RosbridgeReader } from '../robot-bridge/rosbridge-reader.ts'
import { UserError } from './errors.ts'

/** Of wss: paths of PEM files. */
export interface TlsFiles {
  /** of the authority to trust */
  ca?: string
  /** of this client */
  cert?: string
  key?: string
}

/** Reads the files now, and connects each time it is called. Throws a UserError for a file that cannot be read. */
export async function readerOf(url: string, { ca, cert, key }: TlsFiles): Promise<() => Promise<RosbridgeReader>> {
  const read = (path: string) =>
    readFile(path).catch((cause) => {
      throw new UserError(`${path}: ${cause.code === 'ENOENT' ? 'there is no such file' : cause.message}`, { cause })
    })
  const tls = {
    ...(ca ? { ca: await read(ca) } : {}),
    ...(cert ? { cert: await read(cert) } : {}),
    ...(key ? { key: await read(key) } : {}),
  }
  return () => connectReader(url, tls)
}
