// The thread of the pictures: receives them, and decodes and hands over the newest when the last was heard of.
import { parentPort, workerData } from 'node:worker_threads'
import { localNow } from './local-clock.ts'
import { PictureLink } from './picture-link.ts'
import { PictureWriter } from './picture-ring.ts'
import { dialRosbridge } from './roslib-wire.ts'
import { SharedStamp } from './shared-stamp.ts'
import type { FromPictures, PictureSetup, ToPictures } from './thread-messages.ts'
import { resignPriority } from './thread-priority.ts'

/** ms */
const INTERVAL = 5
const GOODBYE = 100

const port = parentPort
if (!port) throw new Error('picture-worker.ts runs in a thread of its own: use RosRobot')
const { url, tls, profile, pictureStamp, turns, rate } = workerData as PictureSetup
const shared = new SharedStamp(pictureStamp)
const ring = new PictureWriter(turns)
// A picture may come a little later; a command, and the heartbeat, may not.
resignPriority()
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
  const room = isHeard ? ring.room() : undefined
  const picture = room && link.take(room)
  shared.set(link.stamp)
  if (!picture) return
  isHeard = false
  const handed = room.handOver(picture.stamp, picture.rgbd.intrinsics)
  port.postMessage({ kind: 'picture', picture: handed } satisfies FromPictures)
}, INTERVAL)

port.on('message', (message: ToPictures) => {
  if (message === 'heard') isHeard = true
  else {
    clearInterval(ticking)
    link.close()
    setTimeout(() => port.close(), GOODBYE)
  }
})
