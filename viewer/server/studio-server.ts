// The studio's server: the page over HTTP, and a WebSocket at /ws by which it watches and drives the robot.
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { UserError } from '../../cli/errors.ts'
import { CLOSE } from '../protocol/messages.ts'
import { inUrl, isLoopback, isOwnOrigin, isToken, newToken, reachableHost, type Served, servesHost } from './access.ts'
import type { Session, Shelf } from './backend.ts'
import { readPageFiles, servePage } from './page-files.ts'
import { quote, type Refusal, refusalLog } from './refusal-log.ts'
import { endSocket, openRoom, type Room } from './room.ts'

export interface StudioServerOptions {
  session: Session
  shelf: Shelf
  /** folder with the built page */
  page: string
  /** default: 127.0.0.1; any other than this machine alone demands a token */
  host?: string
  /** 0: any that is free */
  port: number
  /** made up where one is demanded and none is given */
  token?: string
  /** of a proxy in front (see {@link parseOrigin}): who comes through it has to know the token */
  origin?: string
  /** refusals, and what should not have happened */
  log(text: string): void
}

export interface StudioServer {
  /** what to open in a browser, with the token if there is one */
  readonly url: string
  readonly port: number
  /** those connected now */
  readonly clients: number
  /** Ends all connections; session and shelf stay open. */
  close(): Promise<void>
}

const LARGEST_MESSAGE = 64 * 1024
const MOST_CLIENTS = 64
/** Of all kinds: those that load the page, and those without a token that have not been ended yet, too. */
const MOST_CONNECTIONS = 256

/** Who says nothing, or says it byte by byte, keeps a place from others for so long, ms. */
const PATIENT = { headersTimeout: 5000, requestTimeout: 5000, connectionsCheckingInterval: 1000 }

/** Throws a UserError when there is no page, or the address cannot be listened on. */
export async function startStudioServer(options: StudioServerOptions): Promise<StudioServer> {
  const { session, shelf, host = '127.0.0.1', port, origin, log } = options
  const isPrivate = isLoopback(host) && origin === undefined
  const served: Served = { host, origin, token: options.token ?? (isPrivate ? undefined : newToken()) }
  const files = await readPageFiles(options.page)
  const refused = refusalLog(log)
  const server = createServer({ noDelay: true, ...PATIENT }, (request, response) => {
    if (!servesHost(request.headers.host, served)) {
      refused('host', `a page for the host ${quote(request.headers.host ?? '')}`)
      response.writeHead(421, { 'content-type': 'text/plain' }).end(`open ${urlOf(server, served)}\n`)
      return
    }
    const why = servePage(files, request, response)
    if (why !== undefined) refused('path', why)
  })
  server.maxConnections = MOST_CONNECTIONS
  await listenOn(server, host, port)
  const room = openRoom({ session, shelf, log, refused })
  server.on('upgrade', acceptor(room, served, refused))
  const query = served.token === undefined ? '' : `?token=${encodeURIComponent(served.token)}`
  return {
    url: urlOf(server, served) + query,
    port: (server.address() as AddressInfo).port,
    get clients() {
      return room.size
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      await room.close()
      server.closeIdleConnections()
      // What remains is a download that somebody does not read.
      const impatience = setTimeout(() => server.closeAllConnections(), 1000)
      await closed
      clearTimeout(impatience)
    },
  }
}

const urlOf = (server: Server, { host, origin }: Served): string =>
  `${origin ?? `http://${reachableHost(host)}:${(server.address() as AddressInfo).port}`}/`

/** Lets in who may come in, and tells the others why not. */
function acceptor(room: Room, served: Served, refused: (kind: Refusal, text: string) => void) {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE, perMessageDeflate: false })
  return (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    // One that breaks off before it is a WebSocket is nobody's loss.
    stream.on('error', () => {})
    const url = parseUrl(request.url)
    const refusal = refusalOf(request, url, room, served)
    if (refusal) {
      const { status, kind, text } = refusal
      refused(kind, `a WebSocket ${text}`)
      stream.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
      return
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      if (isToken(url?.searchParams.get('token') ?? null, served)) return room.join(socket, stream as Socket)
      // By a close code, as a page learns nothing of a status.
      refused('token', `a WebSocket from ${request.socket.remoteAddress} with a wrong token, or none`)
      socket.on('error', () => {})
      endSocket(socket, CLOSE.badToken, 'wrong token')
    })
  }
}

/** But for the token. */
function refusalOf(
  { url: path = '', headers: { host, origin } }: IncomingMessage,
  url: URL | undefined,
  room: Room,
  served: Served,
): { status: number; kind: Refusal; text: string } | undefined {
  if (url?.pathname !== '/ws') return { status: 404, kind: 'path', text: `at ${quote(path)}` }
  if (!servesHost(host, served)) return { status: 403, kind: 'host', text: `for the host ${quote(host ?? '')}` }
  if (!isOwnOrigin(origin, host, served)) {
    return { status: 403, kind: 'origin', text: `of a page from ${quote(origin ?? '')}` }
  }
  if (room.size >= MOST_CLIENTS) return { status: 503, kind: 'crowd', text: `more than the ${room.size} there are` }
  return undefined
}

function parseUrl(url = ''): URL | undefined {
  try {
    return new URL(url, 'http://studio')
  } catch {
    return undefined
  }
}

function listenOn(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(new UserError(whyNot(cause, host, port), { cause })))
    server.listen(port, host, resolve)
  })
}

function whyNot({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  const where = `${inUrl(host)}:${port}`
  if (code === 'EADDRINUSE') {
    return `${where} is in use, by another studio perhaps: choose another --port, or 0 for any that is free`
  }
  if (code === 'EACCES') return `${where} is not for everybody: choose a --port of 1024 or more`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `${host} is no address of this machine: --host takes one of its own, or 0.0.0.0 for all of them`
  }
  return `cannot listen on ${where}: ${message}`
}
