import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { isLoopback, isOwnOrigin, isToken, newToken, parseOrigin, reachableHost, servesHost } from './access.ts'

test('only addresses of this machine alone are loopback', () => {
  const loopback = ['localhost', '127.0.0.1', '127.1.2.3', '::1']
  const others = ['0.0.0.0', '::', '192.168.0.1', '127.evil.org', '127.0.0.1.evil.org', 'localhost.evil.org', '']
  expect(loopback.filter(isLoopback)).toEqual(loopback)
  expect(others.filter(isLoopback)).toEqual([])
})

test('what listens on loopback is spoken to as loopback, at any port', () => {
  const served = ['localhost', 'LOCALHOST:4173', '127.0.0.1:4173', '[::1]:9999']
  const foreign = [undefined, '', 'evil.org', 'evil.org:4173', '192.168.0.1:4173', 'localhost.evil.org', '[::1', 'a b']
  expect(served.filter((host) => servesHost(host, { host: '127.0.0.1' }))).toEqual(served)
  expect(foreign.filter((host) => servesHost(host, { host: '127.0.0.1' }))).toEqual([])
})

test('what listens on one address is spoken to by it, or through a tunnel', () => {
  const hosts = ['192.168.0.7:4173', 'localhost:4173', '192.168.0.8:4173', 'robot.evil.org']
  expect(hosts.filter((host) => servesHost(host, { host: '192.168.0.7' }))).toEqual(hosts.slice(0, 2))
  expect(servesHost('[fd00::7]:4173', { host: 'fd00::7' })).toBe(true)
})

test('what listens everywhere is spoken to by any address or its own name, as rebinding needs a foreign name', () => {
  const hosts = ['192.168.0.8:4173', '[fd00::7]:4173', hostname(), `${hostname()}.local:4173`, 'evil.org:4173']
  expect(hosts.filter((host) => servesHost(host, { host: '0.0.0.0' }))).toEqual(hosts.slice(0, 4))
  expect(reachableHost('0.0.0.0')).not.toBe('0.0.0.0')
  expect(reachableHost('::1')).toBe('[::1]')
})

test('a page has to come from the host that it speaks to, port and all', () => {
  expect(isOwnOrigin('http://localhost:4173', 'localhost:4173')).toBe(true)
  expect(isOwnOrigin('https://studio.lab', 'studio.lab')).toBe(true)
  expect(isOwnOrigin(undefined, 'localhost:4173')).toBe(true)
  const foreign = ['http://localhost:3000', 'http://evil.org', 'null', 'http://localhost:4173.evil.org', '']
  expect(foreign.filter((origin) => isOwnOrigin(origin, 'localhost:4173'))).toEqual([])
})

test('a proxy in front is an address and an origin of its own, whichever Host it passes on', () => {
  const origin = parseOrigin('https://Studio.lab.example/')
  expect(origin).toBe('https://studio.lab.example')
  const served = { host: '127.0.0.1', origin }
  for (const host of ['studio.lab.example', '127.0.0.1:4173']) {
    expect(servesHost(host, served)).toBe(true)
    expect(isOwnOrigin(origin, host, served)).toBe(true)
    expect(isOwnOrigin('https://evil.org', host, served)).toBe(false)
  }
  expect(servesHost('evil.org', served)).toBe(false)
  for (const wrong of ['studio.lab.example', 'ftp://studio.lab', 'https://studio.lab/under', ''])
    expect(() => parseOrigin(wrong)).toThrow('expected the address of a proxy like https://studio.lab.example, got')
})

test('a token is right or wrong as a whole; none that is demanded is none that fits', () => {
  const token = newToken()
  expect(token).toMatch(/^[\w-]{24}$/)
  expect(newToken()).not.toBe(token)
  expect(isToken(token, { token })).toBe(true)
  for (const wrong of [null, '', token.slice(1), `${token}x`, token.toLowerCase().toUpperCase()]) {
    expect(isToken(wrong, { token })).toBe(false)
  }
  expect(isToken(null, { token: undefined })).toBe(true)
})
