// A studio server with a fake backend, and clients of it, for tests.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import type { Args, CallName } from '../protocol/calls.ts'
import type { ServerMessage } from '../protocol/messages.ts'
import { type FakeBackend, fakeBackend } from './fake-backend.ts'
import { type StudioServer, type StudioServerOptions, startStudioServer } from './studio-server.ts'

/** Tries again for as long as a busy machine may need. */
export const soon = <T>(attempt: () => T | Promise<T>): Promise<T> => vi.waitFor(attempt, 15_000)

export interface TestServer extends FakeBackend {
  server: StudioServer
  /** of the WebSocket, with the token */
  ws: string
  /** lines that were logged */
  lines: string[]
}

/** Closed when the test has finished. */
export async function testServer(options: Partial<StudioServerOptions> = {}): Promise<TestServer> {
  const backend = fakeBackend()
  const lines: string[] = []
  const server = await startStudioServer({
    session: backend.session,
    shelf: backend.shelf,
    page: options.page ?? (await testPage()),
    port: 0,
    log: (text) => lines.push(text),
    ...options,
  })
  onTestFinished(() => server.close())
  return { ...backend, server, ws: server.url.replace('http', 'ws').replace(/\/(\?|$)/, '/ws$1'), lines }
}

/** Folder of a page as vite leaves it. */
export async function testPage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tenon-page-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Tenon Studio</title>')
  await writeFile(join(folder, 'assets', 'index-B1a2c3D4.js'), 'export const page = 1')
  await writeFile(join(folder, 'assets', 'index-B1a2c3D4.css'), 'body { margin: 0 }')
  return folder
}

type Message<Type extends ServerMessage['type']> = Extract<ServerMessage, { type: Type }>

export interface TestClient {
  socket: WebSocket
  messages: ServerMessage[]
  /** binary messages */
  frames: Uint8Array[]
  /** as it is told it by the server */
  id(): string
  writer(): string | null
  /** The value that is answered, or `{ refusal }`. */
  call<N extends CallName>(name: N, args: Args<N>): Promise<unknown>
  /** The first message of its type, among those that came and those that come, that passes. */
  until<Type extends ServerMessage['type']>(
    type: Type,
    passes?: (message: Message<Type>) => boolean,
  ): Promise<Message<Type>>
  closed: Promise<number>
}

/** Connected, and greeted. */
export async function connect(url: string, options: ClientOptions = {}): Promise<TestClient> {
  const client = open(url, options)
  await client.until('jobs')
  return client
}

export function open(url: string, options: ClientOptions = {}): TestClient {
  const socket = new WebSocket(url, { perMessageDeflate: false, ...options })
  onTestFinished(() => socket.terminate())
  const messages: ServerMessage[] = []
  const frames: Uint8Array[] = []
  const waiting = new Set<() => void>()
  let calls = 0
  socket.on('error', () => {})
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) frames.push(data)
    else messages.push(JSON.parse(data.toString()))
    for (const look of waiting) look()
  })
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))

  const until: TestClient['until'] = <Type extends ServerMessage['type']>(
    type: Type,
    passes: (message: Message<Type>) => boolean = () => true,
  ) =>
    new Promise<Message<Type>>((resolve, reject) => {
      const look = () => {
        const found = messages.find((message) => message.type === type && passes(message as Message<Type>))
        if (!found) return
        waiting.delete(look)
        resolve(found as Message<Type>)
      }
      waiting.add(look)
      void closed.then((code) => reject(new Error(`closed with ${code} before a message "${type}" came`)))
      look()
    })
  const seats = () => (messages.findLast(({ type }) => type === 'seats') as Message<'seats'>).seats

  return {
    socket,
    messages,
    frames,
    id: () => seats().you,
    writer: () => seats().writer,
    until,
    closed,
    async call(name, args) {
      calls += 1
      const id = calls
      socket.send(JSON.stringify({ type: 'call', id, name, args }))
      const answer = until('answer', (message) => message.id === id)
      const refusal = until('refusal', (message) => message.id === id)
      const said = await Promise.race([answer, refusal])
      void Promise.allSettled([answer, refusal])
      return said.type === 'answer' ? said.value : { refusal: said.error }
    },
  }
}
