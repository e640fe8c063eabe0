// The thread of the pictures: receives them, and hands on the newest when the last was heard of.
import { parentPort, workerData } from 'node:worker_threads'
import { localNow } from './local-clock.ts'
import { PictureLink } from './picture-link.ts'
import { dialRosbridge } from './roslib-wire.ts'
import { SharedStamp } from './shared-stamp.ts'
import type { FromPictures, PictureSetup, ToPictures } from './thread-messages.ts'

const INTERVAL = 5
/** ms */
const GOODBYE = 100

const port = parentPort
if (!port) throw new Error('picture-worker.ts runs in a thread of its own: use RosRobot')
const { url, tls, profile, pictureStamp, rate } = workerData as PictureSetup
const shared = new SharedStamp(pictureStamp)
let isHeard = true

const link = new PictureLink({
  profile,
  dial: (handlers) => dialRosbridge(url, tls, handlers),
  now: localNow,
  random: Math.random,
  ...(rate !== undefined && { rate }),
  onProblem: (message) => port.postMessage({ kind: 'problem', message } satisfies FromPictures),
})

const ticking = setInterval(() => {
  link.tick()
  shared.set(link.stamp)
  const picture = isHeard ? link.take() : undefined
  if (!picture) return
  isHeard = false
  const message: FromPictures = { kind: 'picture', picture }
  // Handed over, not copied: the bytes of a picture are of no further use here.
  port.postMessage(message, buffersOf(picture.colour, picture.depth))
}, INTERVAL)

port.on('message', (message: ToPictures) => {
  if (message === 'heard') isHeard = true
  else {
    clearInterval(ticking)
    link.close()
    setTimeout(() => port.close(), GOODBYE)
  }
})

function buffersOf(...messages: unknown[]): ArrayBuffer[] {
  const buffers = messages.flatMap((message) => {
    const { data } = message as { data?: unknown }
    return ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer ? [data.buffer] : []
  })
  return [...new Set(buffers)]
}
