// The thread of the pictures: receives them, and decodes and hands on the newest when the last was heard of.
import { parentPort, workerData } from 'node:worker_threads'
import { localNow } from './local-clock.ts'
import { PictureLink } from './picture-link.ts'
import { dialRosbridge } from './roslib-wire.ts'
import { SharedStamp } from './shared-stamp.ts'
import type { FromPictures, PictureSetup, ToPictures } from './thread-messages.ts'

/** ms */
const INTERVAL = 5
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
  const picture = isHeard ? link.take() : undefined
  shared.set(link.stamp)
  if (!picture) return
  isHeard = false
  const { rgb, depth } = picture.rgbd
  // Handed over, not copied: they are of no further use here.
  const handedOver = [rgb.buffer, depth.buffer] as ArrayBuffer[]
  port.postMessage({ kind: 'picture', picture } satisfies FromPictures, handedOver)
}, INTERVAL)

port.on('message', (message: ToPictures) => {
  if (message === 'heard') isHeard = true
  else {
    clearInterval(ticking)
    link.close()
    setTimeout(() => port.close(), GOODBYE)
  }
})
