// Calls a service of ROS 1 (TCPROS), which @foxglove/ros1 leaves out: look it up, connect, one request, one response.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type RosNode, TcpConnection } from '@foxglove/ros1'
import { parse } from '@foxglove/rosmsg'
import { MessageReader, MessageWriter } from '@foxglove/rosmsg-serialization'
import { SERVICES } from './definitions.ts'

/** Throws an Error when there is no such service, its type is not known here, or it fails. */
export async function callService(
  node: RosNode,
  service: string,
  request: unknown,
): Promise<{ type: string; response: unknown }> {
  const { hostname, port } = new URL(await addressOf(node, service))
  const socket = connect(Number(port), hostname)
  socket.setNoDelay(true)
  try {
    await once(socket, 'connect')
    const read = reader(socket)
    // The type is not known before the server has told it, and `*` stands for the sum of any definition.
    const hello = new Map([
      ['callerid', node.name],
      ['service', service],
      ['md5sum', '*'],
    ])
    send(socket, TcpConnection.SerializeHeader(hello))
    const told = TcpConnection.ParseHeader(await read(lengthOf(await read(4))))
    const complaint = told.get('error')
    if (complaint) throw new Error(`${service}: ${complaint}`)
    const type = told.get('type') ?? 'unknown'
    const definition = SERVICES[type]
    if (!definition) throw new Error(`${service}: expected a type among ${Object.keys(SERVICES)}, got ${type}`)
    send(socket, new MessageWriter(parse(definition.request)).writeMessage(request ?? {}))
    const isFine = (await read(1))[0] === 1
    const body = await read(lengthOf(await read(4)))
    if (!isFine) throw new Error(`${service}: ${new TextDecoder().decode(body)}`)
    return { type, response: new MessageReader(parse(definition.response)).readMessage(body) }
  } finally {
    socket.destroy()
  }
}

/** `rosrpc://host:port`, as told by the master. */
async function addressOf(node: RosNode, service: string): Promise<string> {
  const [status, message, address] = await node.rosMasterClient.lookupService(node.name, service)
  if (status !== 1 || typeof address !== 'string') throw new Error(`${service}: ${message}`)
  return address.replace(/^rosrpc:/, 'http:')
}

function send(socket: Socket, body: Uint8Array): void {
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, body.byteLength, true)
  socket.write(Buffer.concat([length, body]))
}

const lengthOf = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)

/** Reads that many bytes; throws an Error when the connection ends before. */
function reader(socket: Socket): (length: number) => Promise<Uint8Array> {
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let rest = new Uint8Array(0)
  return async (length) => {
    while (rest.length < length) {
      const { value, done } = await chunks.next()
      if (done) throw new Error(`the service hung up: expected ${length} bytes more, got ${rest.length}`)
      rest = Uint8Array.from(Buffer.concat([rest, value]))
    }
    const taken = rest.slice(0, length)
    rest = rest.slice(length)
    return taken
  }
}
