// One connection: what is sent to it, and how it is noticed that nobody is there, or does not keep up.
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { ServerMessage } from '../protocol/messages.ts'

export interface Client {
  readonly id: string
  /** JSON; never left out, but from a connection that is about to be ended */
  send(message: ServerMessage): void
  /** JSON that was encoded for several clients */
  sendText(text: string): void
  /** A state or a picture: left out when those before it still wait. */
  sendNewest(bytes: Buffer): void
  /** Something came from it. */
  heard(): void
  /** Called each {@link BEAT}: pings, and says so. Returns why the connection should be ended, if it should. */
  beat(): string | undefined
}

/** ms */
export const BEAT = 750
const BEATING = JSON.stringify({ type: 'beat' } satisfies ServerMessage)
/** Pings without a sign of life before a client counts as gone. */
const MOST_MISSED = 3
/** Beats without a byte that the network took before a client counts as stuck. */
const MOST_STUCK = 6
/** Bytes that may wait in this process: what is older than these is not worth sending. */
const MOST_WAITING = 16 * 1024
/** Bytes that may be owed to one client, in answers that it asked for and does not fetch. */
export const MOST_OWED = 32 * 1024 * 1024

export function makeClient(id: string, socket: WebSocket, stream: Socket): Client {
  let missed = 0
  let stuck = 0
  let taken = 0
  let owesTooMuch = false

  socket.on('pong', () => {
    missed = 0
  })

  /** Whether bytes wait, and whether some have gone since the last beat. */
  function flow(): { waits: boolean; flows: boolean } {
    const waiting = stream.writableLength
    const before = taken
    // What waits is counted among the written.
    taken = stream.bytesWritten - waiting
    return { waits: waiting > 0, flows: taken > before }
  }

  const sendText = (text: string) => {
    owesTooMuch ||= socket.bufferedAmount > MOST_OWED
    if (socket.readyState === socket.OPEN && !owesTooMuch) socket.send(text)
  }

  return {
    id,
    sendText,
    send: (message) => sendText(JSON.stringify(message)),
    sendNewest(bytes) {
      if (socket.readyState === socket.OPEN && socket.bufferedAmount <= MOST_WAITING) socket.send(bytes)
    },
    heard() {
      missed = 0
    },
    beat() {
      if (owesTooMuch) return `asks for more than it takes: ${stream.writableLength} bytes wait`
      const { waits, flows } = flow()
      stuck = waits && !flows ? stuck + 1 : 0
      if (stuck >= MOST_STUCK) return `does not take what is sent: ${stream.writableLength} bytes wait`
      // An answer to a ping is not to be expected before the long message that the ping waits behind.
      if (waits) missed = 0
      if (missed >= MOST_MISSED) return `has not answered ${missed} pings`
      missed += 1
      if (socket.readyState === socket.OPEN) socket.ping()
      if (!waits) sendText(BEATING)
      return undefined
    },
  }
}
