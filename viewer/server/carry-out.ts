// A call of a client's: checked, carried out, and answered or refused.
import { z } from 'zod'
import { explained, UserError } from '../../cli/errors.ts'
import { type Args, CALLS, type CallName } from '../protocol/calls.ts'
import type { Session, SessionCall, Shelf } from './backend.ts'
import type { Seat } from './seat.ts'

export interface Caller {
  id: string
  /** the connection is open */
  isHere(): boolean
}

export type Outcome = { value: unknown } | { error: string }

export interface CallSite {
  session: Session
  shelf: Shelf
  seat: Seat
  /** what happened that should not */
  log(text: string): void
  /** what was refused to whom */
  refused(text: string): void
}

/** Never throws: what goes wrong is the outcome. What a person cannot know by the message is logged with its stack. */
export async function carryOut(site: CallSite, caller: Caller, name: CallName, args: unknown): Promise<Outcome> {
  const checked = CALLS[name].args.safeParse(args)
  if (!checked.success) return { error: `${name}: ${z.prettifyError(checked.error)}` }
  if (CALLS[name].access === 'write' && site.seat.writer !== caller.id) {
    site.refused(`${name} of ${caller.id}, who does not have the seat`)
    return { error: `${name}: only who has the seat may do this; ${whose(site.seat)}` }
  }
  try {
    return { value: (await perform(site, caller, name, checked.data)) ?? null }
  } catch (error) {
    const text = explained(error)
    if (text !== undefined) return { error: text }
    site.log(`${name} failed: ${error instanceof Error ? error.stack : String(error)}`)
    return { error: `${name} failed by a mistake in tenon; the terminal that the studio was started from says more` }
  }
}

const whose = ({ writer }: Seat): string => (writer === null ? 'it is free: take it first' : `now that is ${writer}`)

async function perform(site: CallSite, caller: Caller, name: CallName, args: unknown): Promise<unknown> {
  if (name === 'claim') return claim(site, caller, args as Args<'claim'>)
  if (name === 'release') return site.seat.leave(caller.id)
  const { session, shelf } = site
  if (!isSessionCall(session, name)) return (shelf.handlers[name] as Handler)(args)
  const call = (session.handlers[name] as Handler)(args)
  if (CALLS[name].access === 'write') site.seat.during(call)
  return call
}

/** What is called has been checked against {@link CALLS}. */
type Handler = (args: unknown) => Promise<unknown>

const isSessionCall = (session: Session, name: CallName): name is SessionCall => Object.hasOwn(session.handlers, name)

async function claim({ seat, refused }: CallSite, caller: Caller, { force = false }: Args<'claim'>): Promise<void> {
  try {
    await seat.claim(caller.id, force, caller.isHere)
  } catch (error) {
    if (error instanceof UserError) refused(`the seat to ${caller.id}: ${error.message}`)
    throw error
  }
}
