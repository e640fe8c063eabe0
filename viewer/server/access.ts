// Who may connect: the page of this server alone, at an address that is served, with the token where one is demanded.
//
// A browser lets any web page open a WebSocket to any address, loopback too, and tells by Origin which page it was. And a
// page whose own name is made to point here (DNS rebinding) has an Origin that matches its Host: hence both are looked at.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { isIP, isIPv4 } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']
/** Name or address, in brackets if it is IPv6, with or without a port. */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i

/** Whether only programs of this machine can reach what listens there. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))

const isEverywhere = (host: string): boolean => host === '0.0.0.0' || host === '::'

/** As it stands in a URL. */
export const inUrl = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host)

/** An address that others can be told: of what listens everywhere, the first that leads out of this machine. */
export function reachableHost(host: string): string {
  if (!isEverywhere(host)) return inUrl(host)
  const outer = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')
  return outer?.address ?? hostname()
}

export interface Served {
  /** what was listened on */
  host: string
  /** undefined: none is demanded */
  token: string | undefined
  /** of a proxy in front, as a browser says it: `https://studio.lab.example` */
  origin?: string | undefined
}

/** Throws a RangeError for what is no origin: a scheme and a host, and perhaps a port. */
export function parseOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new RangeError(`expected the address of a proxy like https://studio.lab.example, got ${text}`)
  }
  return url.origin
}

/**
 * Whether a Host header names an address that is served. The port does not count, so that a tunnel may end at another
 * one. Of what listens everywhere, any address does: rebinding needs a name.
 */
export function servesHost(header: string | undefined, { host, origin }: Pick<Served, 'host' | 'origin'>): boolean {
  const name = HOST.exec(header ?? '')?.[1]?.toLowerCase()
  if (name === undefined) return false
  if (origin !== undefined && name === new URL(origin).hostname) return true
  if (LOOPBACK_NAMES.includes(name) || name === inUrl(host).toLowerCase()) return true
  if (!isEverywhere(host)) return false
  const own = hostname().toLowerCase()
  return isIP(name.replace(/^\[|\]$/g, '')) !== 0 || name === own || name === `${own}.local`
}

/**
 * Whether a page from there may connect. Programs that are no browser send no Origin, and are no page's tool. A proxy may
 * put its own address into Host.
 */
export const isOwnOrigin = (
  origin: string | undefined,
  host: string | undefined,
  served: Pick<Served, 'origin'> = {},
): boolean =>
  origin === undefined || origin === `http://${host}` || origin === `https://${host}` || origin === served.origin

/** Takes as long for a token that is nearly right as for any other. */
export function isToken(given: string | null, { token }: Pick<Served, 'token'>): boolean {
  if (token === undefined) return true
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given ?? ''), digest(token))
}

/** Not to be guessed. */
export const newToken = (): string => randomBytes(18).toString('base64url')
