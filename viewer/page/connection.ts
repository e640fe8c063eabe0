// The page's end of the socket: calls with answers, news, states of the robot; when it breaks, it is made anew.
import type { Args, CallName, Result } from '../protocol/calls.ts'
import { CLOSE, type ClientMessage, PROTOCOL_VERSION, type ServerMessage, type Twist } from '../protocol/messages.ts'
import { decodePicture, PICTURE, type PictureFrame } from '../protocol/picture-frame.ts'
import { decodeState, STATE, type StateFrame } from '../protocol/state-frame.ts'

/**
 * `waiting`: lost, to be tried again. Two states are final: `outdated`, the server speaks another version; `refused`, it
 * does not take our token.
 */
export type LinkState = 'connecting' | 'open' | 'waiting' | 'outdated' | 'refused'

/** What a connection tells. */
export interface Listener {
  link(state: LinkState): void
  message(message: ServerMessage): void
  frame(frame: StateFrame): void
  picture(picture: PictureFrame): void
}

export interface Connection {
  /** Rejects with what the server said, or when the connection is lost before it answered; nothing is sent later. */
  call<N extends CallName>(name: N, args: Args<N>): Promise<Result<N>>
  /** False when the twist was left out, because there is no connection or it does not keep up. */
  steer(twist: Omit<Twist, 'type'>): boolean
  /** Pictures of a real robot's camera, Hz; asked for again after a break. */
  wantPictures(rate: number): void
  /** Does not wait for the next try. */
  retryNow(): void
  /** Gives up a connection that nothing comes from: what waits for an answer is rejected, and another one is made. */
  giveUp(): void
  close(): void
}

/** The part of a WebSocket that is needed. */
export type Socket = Pick<
  WebSocket,
  'binaryType' | 'readyState' | 'bufferedAmount' | 'onmessage' | 'onclose' | 'send' | 'close'
>

const OPEN = 1
/** As the browser calls a connection that ended without a word. */
const CLOSED_BY_US = 1006
/**
 * A server that lives says something each 750 ms, but while a long message is on its way nothing else can come. Who has
 * heard nothing for so long has lost it: with nothing asked for; while an answer, or the first word, is waited for; ms.
 */
const SILENCE = { idle: 6000, waiting: 30_000 }
/** Twists wait no longer than this in the browser, bytes: what is old must not move the robot. */
const MOST_BUFFERED = 4096

interface Pending {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** Of the page's own address: `/ws` beside it, with its token. */
export function socketAddress(page: { protocol: string; host: string; search: string }): string {
  const token = new URLSearchParams(page.search).get('token')
  const query = token === null ? '' : `?token=${encodeURIComponent(token)}`
  return `${page.protocol === 'https:' ? 'wss' : 'ws'}://${page.host}/ws${query}`
}

/** ms before try number `attempt`, from 0: a quarter second, doubled up to four seconds, and up to a fifth less. */
export const backOff = (attempt: number, random: number): number =>
  Math.min(250 * 2 ** attempt, 4000) * (1 - 0.2 * random)

export function connect(open: () => Socket, listener: Listener): Connection {
  const pending = new Map<number, Pending>()
  let socket: Socket | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let attempt = 0
  let nextId = 0
  let pictures = 0
  let closed = false
  let welcomed = false
  let silence: ReturnType<typeof setTimeout> | undefined

  function start() {
    timer = undefined
    listener.link('connecting')
    const own = open()
    socket = own
    listen()
    own.binaryType = 'arraybuffer'
    own.onmessage = ({ data }) => {
      if (own !== socket) return
      receive(data)
      if (own === socket) listen()
    }
    own.onclose = ({ code }) => {
      if (own === socket) lost(code)
    }
  }

  /** Gives up when nothing comes any more. */
  function listen() {
    const since = performance.now()
    const look = () => {
      const isWaiting = pending.size > 0 || !welcomed
      const left = since + (isWaiting ? SILENCE.waiting : SILENCE.idle) - performance.now()
      if (left > 0) silence = setTimeout(look, left)
      else giveUp()
    }
    clearTimeout(silence)
    silence = setTimeout(look, SILENCE.idle)
  }

  function receive(data: unknown) {
    if (typeof data === 'string') return hear(JSON.parse(data) as ServerMessage)
    const bytes = new Uint8Array(data as ArrayBuffer)
    if (bytes[0] === STATE) listener.frame(decodeState(bytes))
    else if (bytes[0] === PICTURE) listener.picture(decodePicture(bytes))
  }

  function hear(message: ServerMessage) {
    if (message.type === 'hello') {
      if (message.version !== PROTOCOL_VERSION) return end('outdated')
      attempt = 0
      welcomed = true
      listener.link('open')
      if (pictures > 0) send({ type: 'pictures', rate: pictures })
    }
    if (message.type === 'answer') settle(message.id)?.resolve(message.value ?? null)
    else if (message.type === 'refusal') settle(message.id)?.reject(new Error(message.error))
    else if (message.type !== 'beat') listener.message(message)
  }

  function settle(id: number): Pending | undefined {
    const found = pending.get(id)
    pending.delete(id)
    return found
  }

  function lost(code: number) {
    clearTimeout(silence)
    welcomed = false
    socket = undefined
    for (const { reject } of pending.values()) reject(new Error('the connection was lost before the server answered'))
    pending.clear()
    if (closed) return
    if (code === CLOSE.badToken) return end('refused')
    listener.link('waiting')
    timer = setTimeout(start, backOff(attempt++, Math.random()))
  }

  function giveUp() {
    const silent = socket
    if (!silent) return
    lost(CLOSED_BY_US)
    silent.close()
  }

  function end(state: 'outdated' | 'refused') {
    closed = true
    socket?.close()
    listener.link(state)
  }

  function send(message: ClientMessage): boolean {
    if (socket?.readyState !== OPEN) return false
    socket.send(JSON.stringify(message))
    return true
  }

  start()
  return {
    call: (name, args) =>
      new Promise((resolve, reject) => {
        const id = nextId++
        if (!send({ type: 'call', id, name, args })) return reject(new Error('there is no connection to the server'))
        pending.set(id, { resolve: (value) => resolve(value as never), reject })
      }),
    steer: (twist) => (socket?.bufferedAmount ?? 0) <= MOST_BUFFERED && send({ type: 'twist', ...twist }),
    wantPictures: (rate) => {
      if (rate === pictures) return
      pictures = rate
      send({ type: 'pictures', rate })
    },
    giveUp,
    retryNow: () => {
      if (timer === undefined) return
      clearTimeout(timer)
      start()
    },
    close: () => {
      closed = true
      clearTimeout(timer)
      clearTimeout(silence)
      socket?.close()
    },
  }
}
