// The one connection, the one store, and what a person can do with them.
import { batch, effect, signal } from '@preact/signals'
import type { Args, CallName, Result } from '../protocol/calls.ts'
import type { PictureFrame } from '../protocol/picture-frame.ts'
import type { StateFrame } from '../protocol/state-frame.ts'
import { arrivals } from './arrivals.ts'
import { connect, socketAddress } from './connection.ts'
import { inputLatency } from './input-latency.ts'
import type { Stage, Teleop } from './ports.ts'
import { backToLive, replay } from './replay.ts'
import { judgeWish, type SeatWish, wishAfterLoss, wishAtGreeting } from './seat-wish.ts'
import { createStore, receive } from './store.ts'
import { toast } from './toasts.ts'
import { urgentStop } from './urgent-stop.ts'

export const store = createStore()

/** Set once the page is drawn; undefined where the browser has no WebGL. */
export const stage = signal<Stage | undefined>(undefined)
export const teleop = signal<Teleop | undefined>(undefined)

/** The newest state, 60 times a second: too often for signals. */
export let latestFrame: StateFrame | undefined
const pictureListeners = new Set<(picture: PictureFrame) => void>()

const states = arrivals()
const latency = inputLatency()
let newestLatency: { value: number; at: number } | undefined
let arrivedAt: number | undefined
let wish: SeatWish
/** of the studio that greeted us last */
let run: string | undefined

export const connection = connect(() => new WebSocket(socketAddress(location)), {
  link(state) {
    if (state !== 'open' && store.link.value === 'open') {
      wish = wishAfterLoss(store.seats.value, wish)
      letGo()
    }
    store.link.value = state
    if (state === 'open') stopping.connected()
  },
  message(message) {
    batch(() => receive(store, message))
    if (message.type === 'hello') {
      wish = wishAtGreeting(wish, message.run, run)
      run = message.run
    }
    if (message.type === 'seats') returnToSeat()
    if (message.type === 'plan') stage.value?.setPlan(message.chunk)
  },
  frame(frame) {
    const now = performance.now()
    latestFrame = frame
    arrivedAt = now
    states.arrived(frame.sequence, now)
    const value = latency.seen(frame.input, now)
    if (value !== undefined) newestLatency = { value, at: now }
    stage.value?.place(frame)
    if (frame.mode === 'teleop') teleop.value?.feel(Math.hypot(...(frame.wrench?.force ?? [0, 0, 0])))
  },
  picture(picture) {
    for (const listener of pictureListeners) listener(picture)
  },
})

const stopping = urgentStop(connection, (problem) =>
  toast('error', `STOP was not heard: ${problem}. Use the robot's own stop; it is said again once connected.`),
)

/** Pictures of a real robot's camera, until the function that is returned is called. */
export function watchPictures(listener: (picture: PictureFrame) => void): () => void {
  pictureListeners.add(listener)
  connection.wantPictures(10)
  return () => {
    pictureListeners.delete(listener)
    if (pictureListeners.size === 0) connection.wantPictures(0)
  }
}

setInterval(() => {
  const now = performance.now()
  store.readOut.value = {
    frame: latestFrame,
    ...states.summary(now),
    latency: newestLatency && now - newestLatency.at < 2000 ? newestLatency.value : undefined,
    silent: arrivedAt === undefined ? undefined : (now - arrivedAt) / 1000,
    framesPerSecond: stage.value?.framesPerSecond ?? 0,
  }
}, 100)

addEventListener('online', () => connection.retryNow())
document.addEventListener('visibilitychange', () => document.hidden || connection.retryNow())

function returnToSeat() {
  const { seats } = store
  if (!seats.value) return
  const verdict = judgeWish(wish, seats.value)
  if (verdict !== 'keep') wish = undefined
  if (verdict === 'claim') void ask('claim', {})
}

// The operator's hands are listened to as long as the server follows them, and their owner sees what they move.
effect(() => {
  const { mode, governor } = store.session.value ?? {}
  const isFollowed = mode === 'teleop' && governor?.state === 'running'
  if (isFollowed && store.drives.value && !replay.value) listenToHands()
  else letGo()
})

effect(() => {
  if (store.session.value?.mode !== 'policy') stage.value?.setPlan(undefined)
})

let sequence = 0
let listening = false

function listenToHands() {
  if (listening || !teleop.value) return
  listening = true
  teleop.value.start((twist) => {
    sequence = (sequence + 1) % 2 ** 32
    const now = performance.now()
    if (connection.steer({ sequence, at: now / 1000, ...twist })) latency.sent(sequence, now)
  })
}

function letGo() {
  listening = false
  teleop.value?.stop()
}

/** Undefined when it was refused: the person has been told why. */
export async function ask<N extends CallName>(name: N, args: Args<N>): Promise<Result<N> | undefined> {
  try {
    return await connection.call(name, args)
  } catch (error) {
    toast('error', (error as Error).message)
    return undefined
  }
}

/** True when it was done. */
export const tell = async <N extends CallName>(name: N, args: Args<N>): Promise<boolean> =>
  (await ask(name, args)) !== undefined

/** Everybody may. Steering ends here whatever the server hears. */
export function stop(reason: string): void {
  letGo()
  stopping.say(reason)
}

export async function startTeleop(): Promise<void> {
  backToLive()
  await tell('teleop', { on: true })
}

export async function runPolicy(checkpoint: string): Promise<void> {
  backToLive()
  await tell('runPolicy', { checkpoint })
}

export const giveBackSeat = async (): Promise<void> => {
  wish = undefined
  letGo()
  await tell('release', {})
}
