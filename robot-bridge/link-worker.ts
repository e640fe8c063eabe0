// The thread of the link: socket, heartbeat, decoding, watchdog and the guard's disarming live here.
//
// A watchdog in the event loop that it watches is worthless: whatever blocks the loop blocks the watchdog. So this thread
// owns the connection, and the thread that commands has to show that it is alive: it answers each batch of news, which
// leaves here at least every 20 ms, and while armed a silence of 100 ms ends in a held robot. The next batch leaves when
// the last was answered, so that a thread that was away finds the newest values and not a queue of old ones. Pictures do
// not come through here: unpacking a megabyte would keep commands waiting.
import { parentPort, workerData } from 'node:worker_threads'
import { Link } from './link.ts'
import { TICK } from './link-limits.ts'
import { localNow } from './local-clock.ts'
import { dialRosbridge } from './roslib-wire.ts'
import { SharedStamp } from './shared-stamp.ts'
import type { FromLink, LinkSetup, ToLink } from './thread-messages.ts'
import { askForPriority } from './thread-priority.ts'
import type { Answer, WireHandlers } from './wire.ts'

/** The main thread is spoken to at least this often, s. */
const NEWS_INTERVAL = 0.02
/** Time for the last words of a connection, ms. */
const GOODBYE = 200

const port = parentPort
if (!port) throw new Error('link-worker.ts runs in a thread of its own: use RosRobot')
const { url, tls, profile, client, pictureStamp, picturesIfAny, picturesElsewhere } = workerData as LinkSetup
const picture = pictureStamp && new SharedStamp(pictureStamp)

askForPriority()
let isHeard = true
let toldAt = 0

const tell = (message: FromLink) => port.postMessage(message)

function tellNews(): void {
  if (!isHeard) return
  const now = localNow()
  const news = link.takeNews()
  if (!news && now - toldAt < NEWS_INTERVAL) return
  isHeard = false
  toldAt = now
  tell({ kind: 'news', news })
}

/** Whatever happens on the wire may be news. */
const thenTell = (handlers: WireHandlers): WireHandlers => {
  const telling =
    <Args extends unknown[]>(handle: (...args: Args) => void) =>
    (...args: Args) => {
      handle(...args)
      tellNews()
    }
  return {
    opened: telling(handlers.opened),
    closed: telling(handlers.closed),
    message: telling(handlers.message),
    malformed: telling(handlers.malformed),
    status: telling(handlers.status),
  }
}

const link = new Link({
  profile,
  dial: (handlers) => dialRosbridge(url, tls, thenTell(handlers)),
  now: localNow,
  random: Math.random,
  client,
  ...(picture && { pictureStamp: () => picture.get(), picturesIfAny, picturesElsewhere }),
})

port.on('message', (message: ToLink) => {
  const answer = (id: number, what: Answer) =>
    tell({ kind: 'answer', id, answer: what, state: link.state, ...link.counts })
  const done = (id: number) => (failure?: string) =>
    answer(id, failure ? { ok: false, message: failure } : { ok: true, values: undefined })
  switch (message.kind) {
    case 'heard':
      isHeard = true
      link.alive()
      break
    case 'command':
      link.command(message.command)
      break
    case 'arm':
      link.arm(done(message.id))
      break
    case 'stop':
      link.stop(message.reason, done(message.id))
      break
    case 'call': {
      const { id, service, type, args, timeout } = message
      link.call(service, type, args, timeout, (what) => answer(id, what))
      break
    }
    case 'clear':
      link.clearFault()
      break
    case 'close':
      link.close()
      clearInterval(ticking)
      setTimeout(() => {
        answer(message.id, { ok: true, values: undefined })
        port.close()
      }, GOODBYE)
  }
  tellNews()
})

const ticking = setInterval(() => {
  link.tick()
  tellNews()
}, TICK * 1e3)
