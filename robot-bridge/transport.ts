// The socket under roslib: our own, because roslib's queues what cannot be sent and waits for a peer that froze.
//
// It sends or drops, never keeps: unless the socket is open and has carried away what it was given before, a message is
// gone, and counted. It can be ended without the other side's consent. A frame that is no message of rosbridge is told as
// a MalformedFrame instead of going under in a callback.
import { readFileSync } from 'node:fs'
import { decode } from 'cbor2'
import { AbstractTransport, type RosbridgeMessage } from 'roslib'
import { WebSocket } from 'ws'

/** Of wss, each in PEM: the authority to trust, and a client's certificate with its key. */
export interface TlsOptions {
  ca?: string
  cert?: string
  key?: string
}

/** From files. Throws the file system's error for one that cannot be read. */
export const readTls = (files: { ca?: string; cert?: string; key?: string }): TlsOptions =>
  Object.fromEntries(Object.entries(files).map(([name, path]) => [name, readFileSync(path, 'utf8')]))

/** Bytes that may wait in this process for the kernel to take them. */
const MOST_BUFFERED = 16_384
/** A frame may be as large as a picture, bytes. */
const LARGEST_FRAME = 64 * 2 ** 20
/** ms */
const HANDSHAKE = 2000
const GOODBYE = 500

export class MalformedFrame extends Error {
  override readonly name = 'MalformedFrame'
}

export class WsTransport extends AbstractTransport {
  readonly #socket: WebSocket
  #dropped = 0

  constructor(socket: WebSocket) {
    super()
    this.#socket = socket
    socket.binaryType = 'arraybuffer'
    socket.on('open', () => this.emit('open', undefined))
    socket.on('close', (code, reason) => this.emit('close', `closed with ${code}${reason.length ? `, ${reason}` : ''}`))
    socket.on('error', (error) => this.emit('error', error))
    socket.on('message', (data, isBinary) => {
      const message = parse(data as Buffer | ArrayBuffer, isBinary)
      if (message instanceof MalformedFrame) this.emit('error', message)
      else this.emit('message', message)
    })
  }

  /** Messages that were not sent. */
  get dropped(): number {
    return this.#dropped
  }

  /** Bytes that wait in this process. */
  get buffered(): number {
    return this.#socket.bufferedAmount
  }

  override send(message: RosbridgeMessage): void {
    if (!this.isOpen() || this.buffered > MOST_BUFFERED) this.#dropped++
    else this.#socket.send(JSON.stringify(message))
  }

  /** Says goodbye, and does not wait long for an answer. */
  override close(): void {
    this.#socket.close()
    setTimeout(() => this.#socket.terminate(), GOODBYE).unref()
  }

  terminate(): void {
    this.#socket.terminate()
  }

  override isConnecting(): boolean {
    return this.#socket.readyState === WebSocket.CONNECTING
  }

  override isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  override isClosing(): boolean {
    return this.#socket.readyState === WebSocket.CLOSING
  }

  override isClosed(): boolean {
    return this.#socket.readyState === WebSocket.CLOSED
  }
}

/**
 * Dials. No compression, which costs more than it saves on the way to a robot, and no waiting to fill a packet: ws turns
 * Nagle's algorithm off. Throws an Error for what is no address.
 */
export function openTransport(url: string, tls: TlsOptions = {}): WsTransport {
  return new WsTransport(
    new WebSocket(url, {
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE,
      maxPayload: LARGEST_FRAME,
      ...tls,
    }),
  )
}

function parse(data: Buffer | ArrayBuffer, isBinary: boolean): { op: string } | MalformedFrame {
  let message: unknown
  try {
    // CBOR is read without copying: the bytes of a picture stay where they arrived.
    message = isBinary ? decode(new Uint8Array(data as ArrayBuffer)) : JSON.parse(data.toString())
  } catch (error) {
    return new MalformedFrame(`the bridge sent what is no ${isBinary ? 'CBOR' : 'JSON'}: ${(error as Error).message}`)
  }
  const op = (message as { op?: unknown } | null)?.op
  if (typeof op !== 'string') return new MalformedFrame('the bridge sent a message without an operation')
  return message as { op: string }
}
