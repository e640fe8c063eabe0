// Who is connected: what all of them are told, and what each may do.
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { CallName } from '../protocol/calls.ts'
import { CLOSE, PROTOCOL_VERSION, type ServerMessage, type Twist } from '../protocol/messages.ts'
import type { LogLine } from '../protocol/session.ts'
import type { Session, Shelf } from './backend.ts'
import { type CallSite, carryOut } from './carry-out.ts'
import { BEAT, type Client, makeClient } from './client.ts'
import { streamFrames } from './frame-stream.ts'
import { listen } from './incoming.ts'
import { quote, type Refusal } from './refusal-log.ts'
import { makeSeat } from './seat.ts'

export interface RoomOptions {
  session: Session
  shelf: Shelf
  log(text: string): void
  refused(kind: Refusal, text: string): void
}

export interface Room {
  readonly size: number
  join(socket: WebSocket, stream: Socket): void
  /** Tells everybody that the server ends; resolves when the robot holds. */
  close(): Promise<void>
}

/** Lines of the log that newcomers are told. */
const REMEMBERED = 200
/** Calls of one client that may be under way at once. */
const MOST_CALLS = 16
/** A peer that does not say goodbye in so many ms has had its time. */
const GOODBYE = 1000

export function openRoom({ session, shelf, log, refused }: RoomOptions): Room {
  const clients = new Map<Client, WebSocket>()
  const recent: LogLine[] = []
  const frames = streamFrames(session)
  const run = randomUUID()
  let joined = 0

  function tellAll(message: ServerMessage): void {
    const text = JSON.stringify(message)
    for (const client of clients.keys()) client.sendText(text)
  }
  const seatsOf = ({ id }: Client): ServerMessage => ({
    type: 'seats',
    seats: { you: id, writer: seat.writer, watchers: clients.size - (seat.writer === null ? 0 : 1) },
  })
  const tellSeats = () => {
    for (const client of clients.keys()) client.send(seatsOf(client))
  }
  const letGo = () =>
    session.letGo().catch((error) => log(`the robot could not be made to hold: ${error?.stack ?? error}`))
  const seat = makeSeat({ letGo, onChange: tellSeats })
  const site: CallSite = { session, shelf, seat, log, refused: (text) => refused('seat', text) }

  const unsubscribe = [
    session.onState((state) => tellAll({ type: 'session', session: state })),
    session.onPlan((chunk) => tellAll({ type: 'plan', chunk })),
    session.onLog((lines) => {
      recent.splice(0, recent.length + lines.length - REMEMBERED)
      recent.push(...lines.slice(-REMEMBERED))
      tellAll({ type: 'log', lines })
    }),
    shelf.onLibrary((library) => tellAll({ type: 'library', library })),
    shelf.onJobs((jobs) => tellAll({ type: 'jobs', jobs })),
  ]

  const beating = setInterval(() => {
    for (const [client, socket] of clients) {
      const gone = client.beat()
      if (gone === undefined) continue
      refused('slow', `${client.id} ${gone}: the connection is ended`)
      socket.terminate()
    }
  }, BEAT)

  function greet(client: Client): void {
    client.send({ type: 'hello', version: PROTOCOL_VERSION, run })
    client.send(seatsOf(client))
    client.send({ type: 'session', session: session.state })
    client.send({ type: 'library', library: shelf.library })
    client.send({ type: 'jobs', jobs: shelf.jobs })
    if (recent.length > 0) client.send({ type: 'log', lines: recent })
  }

  function leave(client: Client): void {
    if (!clients.delete(client)) return
    frames.remove(client)
    if (seat.writer === client.id) {
      log(`${client.id}, who had the seat, has gone: the robot is made to hold`)
      void seat.leave(client.id)
    } else tellSeats()
  }

  function steer(client: Client, twist: Twist): void {
    if (client.id === seat.writer) session.steer(twist)
    else refused('seat', `steering of ${client.id}, who does not have the seat`)
  }

  function caller(client: Client): (id: number, name: CallName, args: unknown) => Promise<void> {
    let underway = 0
    return async (id, name, args) => {
      if (underway >= MOST_CALLS && name !== 'stop') {
        return client.send({ type: 'refusal', id, error: `${underway} calls are under way: wait for them` })
      }
      underway += 1
      const outcome = await carryOut(site, { id: client.id, isHere: () => clients.has(client) }, name, args)
      underway -= 1
      client.send('error' in outcome ? { type: 'refusal', id, ...outcome } : { type: 'answer', id, ...outcome })
    }
  }

  function join(socket: WebSocket, stream: Socket): void {
    joined += 1
    const client = makeClient(`c${joined}`, socket, stream)
    clients.set(client, socket)
    socket.on('close', () => leave(client))
    socket.on('error', (error) => refused('message', `${client.id}: ${error.message}`))
    const hear = listen({
      twist: (twist) => steer(client, twist),
      pictures: (rate) => frames.wantPictures(client, rate),
      call: caller(client),
      refuse: (id, error) => client.send({ type: 'refusal', id, error }),
      bad: (problem) => refused('message', `a message of ${client.id}: ${quote(problem)}`),
      giveUp: (reason) => {
        refused('message', `${client.id}: ${reason}; the connection is ended`)
        leave(client)
        endSocket(socket, CLOSE.badMessage, reason)
      },
    })
    socket.on('message', (data, isBinary) => {
      client.heard()
      hear(data as Buffer, isBinary)
    })
    greet(client)
    frames.add(client)
    for (const other of clients.keys()) if (other !== client) other.send(seatsOf(other))
  }

  return {
    get size() {
      return clients.size
    },
    join,
    async close() {
      clearInterval(beating)
      for (const end of unsubscribe) end()
      frames.close()
      for (const socket of clients.values()) endSocket(socket, CLOSE.goingAway, 'the studio is closed')
      if (seat.writer !== null) await seat.leave(seat.writer)
    },
  }
}

/** With a reason, and without waiting long for the other side's consent. */
export function endSocket(socket: WebSocket, code: number, reason: string): void {
  const impatience = setTimeout(() => socket.terminate(), GOODBYE)
  socket.once('close', () => clearTimeout(impatience))
  socket.close(code, reason)
}
