// How TCPROS frames what it sends: topics' messages, services' requests, and the headers that connections begin with.

/** Its length in bytes as a little-endian uint32, and then itself. */
export function framed(body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + body.length)
  new DataView(frame.buffer).setUint32(0, body.length, true)
  frame.set(body, 4)
  return frame
}
