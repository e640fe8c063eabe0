// Calls a service of ROS 1 (TCPROS), which @foxglove/ros1 leaves out: look it up, connect, one request, one response.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type RosNode, TcpConnection } from '@foxglove/ros1'
import { parse } from '@foxglove/rosmsg'
import { MessageReader, MessageWriter } from '@foxglove/rosmsg-serialization'
import { framed } from './framed.ts'

/** Definitions of both halves of a service, as ROS 1 writes them. */
export interface ServiceDefinition {
  request: string
  response: string
}

/**
 * `ask` makes the request, and tells the definition, of the type that the server has told; what it throws is passed on.
 * Rejects with an Error when there is no such service, its server says no or hangs up.
 */
export async function callService(
  node: RosNode,
  service: string,
  ask: (type: string) => { request: unknown; definition: ServiceDefinition },
): Promise<unknown> {
  return withServer(node, service, {}, async (type, read, send) => {
    const { request, definition } = ask(type)
    send(new MessageWriter(parse(definition.request)).writeMessage(request))
    const isFine = (await read(1))[0] === 1
    const body = await read(lengthOf(await read(4)))
    if (!isFine) throw new Error(`${service}: ${new TextDecoder().decode(body)}`)
    return new MessageReader(parse(definition.response)).readMessage(body)
  })
}

/** `std_srvs/Trigger` and the like; rejects as `callService` does. */
export const serviceType = (node: RosNode, service: string): Promise<string> =>
  withServer(node, service, { probe: '1' }, async (type) => type)

type Talk<T> = (
  type: string,
  read: (length: number) => Promise<Uint8Array>,
  send: (body: Uint8Array) => void,
) => Promise<T>

/** Connects, and goes on once the server has told the service's type. */
async function withServer<T>(
  node: RosNode,
  service: string,
  fields: Readonly<Record<string, string>>,
  talk: Talk<T>,
): Promise<T> {
  const [status, message, address] = await node.rosMasterClient.lookupService(node.name, service)
  if (status !== 1 || typeof address !== 'string') throw new Error(`Service ${service} does not exist: ${message}`)
  // rosrpc://host:port
  const { hostname, port } = new URL(address.replace(/^rosrpc:/, 'http:'))
  const socket = connect(Number(port), hostname)
  socket.setNoDelay(true)
  const send = (body: Uint8Array) => void socket.write(framed(body))
  try {
    await once(socket, 'connect')
    const read = reader(socket)
    // The type is not known before the server has told it, and `*` stands for the sum of any definition.
    const hello = { callerid: node.name, service, md5sum: '*', ...fields }
    send(TcpConnection.SerializeHeader(new Map(Object.entries(hello))))
    const told = TcpConnection.ParseHeader(await read(lengthOf(await read(4))))
    const complaint = told.get('error')
    if (complaint) throw new Error(`${service}: ${complaint}`)
    return await talk(told.get('type') ?? '', read, send)
  } finally {
    socket.destroy()
  }
}

const lengthOf = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)

/** Reads that many bytes; throws an Error when the connection ends before. */
function reader(socket: Socket): (length: number) => Promise<Uint8Array> {
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let rest = new Uint8Array(0)
  return async (length) => {
    while (rest.length < length) {
      const { value, done } = await chunks.next()
      if (done) throw new Error(`the service hung up: expected ${length} bytes, got ${rest.length}`)
      rest = Uint8Array.from(Buffer.concat([rest, value]))
    }
    const taken = rest.slice(0, length)
    rest = rest.slice(length)
    return taken
  }
}
