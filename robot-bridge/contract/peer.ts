// A client of a rosbridge for the contract suite: it sends what it is told, right or wrong, and keeps what arrives.
import { once } from 'node:events'
import { decode } from 'cbor2'
import { decode as decodePng } from 'fast-png'
import { WebSocket } from 'ws'

/** How a message came. */
export type Form = 'json' | 'cbor' | 'png'

export interface Arrived {
  // biome-ignore lint/suspicious/noExplicitAny: checks look into messages of all types
  message: any
  form: Form
  /** s, on this machine's clock */
  at: number
}

/** Something else happened than the contract says. */
export class ContractBroken extends Error {
  override readonly name = 'ContractBroken'
}

/** ms */
const HANDSHAKE = 10_000

const now = () => performance.now() / 1e3

export class Peer {
  readonly #socket: WebSocket
  readonly #patience: number
  readonly arrived: Arrived[] = []
  readonly #waiters = new Set<() => void>()
  #calls = 0
  #ended: string | undefined

  /** `patience`: s that a message which must come may take. */
  static async open(url: string, patience: number): Promise<Peer> {
    const socket = new WebSocket(url, { perMessageDeflate: false, handshakeTimeout: HANDSHAKE })
    const peer = new Peer(socket, patience)
    await once(socket, 'open')
    return peer
  }

  private constructor(socket: WebSocket, patience: number) {
    this.#socket = socket
    this.#patience = patience
    socket.on('error', () => {})
    socket.on('close', (code) => {
      this.#ended = `the connection ended with ${code}`
      for (const look of this.#waiters) look()
    })
    socket.on('message', (data: Buffer, isBinary) => {
      this.arrived.push(read(data, isBinary))
      for (const look of this.#waiters) look()
    })
  }

  send(operation: object): void {
    this.write(JSON.stringify(operation))
  }

  /** A frame, whatever is in it. */
  write(text: string): void {
    this.#socket.send(text)
  }

  /** Messages of a topic so far. */
  heard(topic: string): Arrived[] {
    return this.arrived.filter(({ message }) => message.op === 'publish' && message.topic === topic)
  }

  /** The first `count` messages of a topic, once they are there. Throws a ContractBroken when they do not come. */
  async hear(topic: string, count = 1): Promise<Arrived[]> {
    await this.until(
      () => this.heard(topic).length >= count,
      () => `expected ${count} messages of ${topic}, got ${this.heard(topic).length}${this.#complaints()}`,
    )
    return this.heard(topic).slice(0, count)
  }

  /** Throws a ContractBroken with the complaint when it does not become true in time, or the connection ends. */
  async until(isSo: () => boolean, complaint: () => string, seconds = this.#patience): Promise<void> {
    const ok = await new Promise<boolean>((resolve) => {
      const end = (result: boolean) => {
        clearTimeout(timer)
        this.#waiters.delete(look)
        resolve(result)
      }
      const look = () => {
        if (isSo()) end(true)
        else if (this.#ended) end(false)
      }
      const timer = setTimeout(() => end(isSo()), seconds * 1e3)
      this.#waiters.add(look)
      look()
    })
    if (!ok) throw new ContractBroken(this.#ended ? `${complaint()}; ${this.#ended}` : complaint())
  }

  /** The answer to a service call: `values` and `result`. */
  // biome-ignore lint/suspicious/noExplicitAny: services of all types
  async call(service: string, args: unknown = {}, seconds?: number): Promise<{ values: any; result: boolean }> {
    const id = `contract:${++this.#calls}`
    this.send({ op: 'call_service', id, service, args })
    const answer = () => this.arrived.find(({ message }) => message.op === 'service_response' && message.id === id)
    await this.until(
      () => answer() !== undefined,
      () => `expected an answer of ${service}, got none${this.#complaints()}`,
      seconds,
    )
    return answer()?.message
  }

  /** Resolves when the server has done all that was sent before: it answers in order. */
  async settled(): Promise<void> {
    await this.call('/contract/no_such_service')
  }

  close(): void {
    this.#socket.terminate()
  }

  #complaints(): string {
    const told = this.arrived.flatMap(({ message }) => (message.op === 'status' ? [String(message.msg)] : []))
    return told.length > 0 ? `; it complained: ${told.join('; ')}` : ''
  }
}

function read(data: Buffer, isBinary: boolean): Arrived {
  const at = now()
  if (isBinary) {
    return { message: decode(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)), form: 'cbor', at }
  }
  const message = JSON.parse(data.toString('utf8'))
  if (message.op !== 'png') return { message, form: 'json', at }
  const { data: pixels } = decodePng(Buffer.from(message.data, 'base64'))
  return { message: JSON.parse(Buffer.from(pixels).toString('utf8')), form: 'png', at }
}
