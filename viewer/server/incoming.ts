// What a client says: read, checked, and kept within bounds. One that talks rubbish, or far too much, is cut off.
import { z } from 'zod'
import type { CallName } from '../protocol/calls.ts'
import { ClientMessage, type Twist } from '../protocol/messages.ts'
import { limitRate } from './rate-limit.ts'

export interface Incoming {
  twist(twist: Twist): void
  pictures(rate: number): void
  call(id: number, name: CallName, args: unknown): void
  refuse(id: number, error: string): void
  /** one message was no message; the connection goes on */
  bad(problem: string): void
  /** the connection should be ended; nothing that comes after is listened to */
  giveUp(reason: string): void
}

/** Messages a second. A page that steers sends some 60. */
export const MOST_MESSAGES = 400
/** In all, before the connection is ended. */
export const MOST_BAD = 20
const MOST_EXCESS = 2000

/** Returns what is to be called with each message, as `ws` gives it. */
export function listen(incoming: Incoming): (data: Buffer, isBinary: boolean) => void {
  const withinRate = limitRate(MOST_MESSAGES)
  let [bad, excess] = [0, 0]
  let isOver = false

  function giveUp(reason: string): void {
    isOver = true
    incoming.giveUp(reason)
  }

  return (data, isBinary) => {
    if (isOver) return
    const message = isBinary ? { problem: `${data.length} bytes that are no text` } : read(data.toString())
    if ('problem' in message) {
      if (message.id !== undefined) incoming.refuse(message.id, message.problem)
      incoming.bad(message.problem)
      bad += 1
      if (bad >= MOST_BAD) giveUp(`${bad} messages were none`)
    } else if (withinRate()) {
      pass(message, incoming)
    } else {
      excess += 1
      if (isStop(message)) pass(message, incoming)
      else if (message.type === 'call') {
        incoming.refuse(message.id, `more than ${MOST_MESSAGES} messages a second came`)
      }
      if (excess >= MOST_EXCESS) giveUp(`many more than ${MOST_MESSAGES} messages a second`)
    }
  }
}

/** However much is said, this is heard, until the connection is ended for saying it too often. */
const isStop = (message: ClientMessage): boolean => message.type === 'call' && message.name === 'stop'

function pass(message: ClientMessage, incoming: Incoming): void {
  if (message.type === 'twist') incoming.twist(message)
  else if (message.type === 'pictures') incoming.pictures(message.rate)
  else incoming.call(message.id, message.name, message.args)
}

/** A call that is not in order keeps the number by which it can be refused. */
const Numbered = z.object({ type: z.literal('call'), id: z.int().nonnegative() })

function read(text: string): ClientMessage | { problem: string; id?: number } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { problem: 'no JSON' }
  }
  const message = ClientMessage.safeParse(value)
  if (message.success) return message.data
  const numbered = Numbered.safeParse(value)
  return { problem: z.prettifyError(message.error), ...(numbered.success && { id: numbered.data.id }) }
}
