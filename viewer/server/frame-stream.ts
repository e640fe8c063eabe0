// States to everybody, pictures to those who asked: encoded once, whoever and however many watch.
import { encodePicture } from '../protocol/picture-frame.ts'
import { encodeState } from '../protocol/state-frame.ts'
import type { Session } from './backend.ts'
import type { Client } from './client.ts'

export interface FrameStream {
  /** The newest state at once, those that follow as they come. */
  add(client: Client): void
  remove(client: Client): void
  /** Hz; 0: none */
  wantPictures(client: Client, rate: number): void
  close(): void
}

interface Wish {
  rate: number
  /** ms */
  last: number
}

/** A picture may come this much before its time, as part of the time between two: cameras are not exact. */
const EARLY = 0.2

export function streamFrames(session: Session): FrameStream {
  const clients = new Set<Client>()
  const wishes = new Map<Client, Wish>()
  let newest: Buffer | undefined
  let stopPictures: (() => void) | undefined

  const stopFrames = session.onFrame((frame) => {
    newest = bufferOf(encodeState(frame))
    for (const client of clients) client.sendNewest(newest)
  })

  function watchPictures(): void {
    stopPictures ??= session.onPicture((picture) => {
      let bytes: Buffer | undefined
      const now = performance.now()
      for (const [client, wish] of wishes) {
        if (now - wish.last < ((1 - EARLY) * 1000) / wish.rate) continue
        wish.last = now
        bytes ??= bufferOf(encodePicture(picture))
        client.sendNewest(bytes)
      }
    })
  }

  function ignorePictures(): void {
    stopPictures?.()
    stopPictures = undefined
  }

  function wantPictures(client: Client, rate: number): void {
    if (rate > 0 && clients.has(client)) wishes.set(client, { rate, last: Number.NEGATIVE_INFINITY })
    else wishes.delete(client)
    if (wishes.size > 0) watchPictures()
    else ignorePictures()
  }

  return {
    add(client) {
      clients.add(client)
      if (newest) client.sendNewest(newest)
    },
    remove(client) {
      clients.delete(client)
      wantPictures(client, 0)
    },
    wantPictures,
    close() {
      stopFrames()
      ignorePictures()
      clients.clear()
      wishes.clear()
    },
  }
}

/** The same bytes, not a copy. */
const bufferOf = (bytes: Uint8Array<ArrayBuffer>): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
