import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testPage, testServer } from './fake-client.ts'

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** The path is sent as it is written, `..` and all. */
function fetchRaw(port: number, path: string, method = 'GET', headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path, method, headers }, (response) => {
      let body = ''
      response.on('data', (data) => {
        body += data
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    asked.on('error', reject)
    asked.end()
  })
}

test('the page and what belongs to it are served with types, and without a token', async () => {
  const { server } = await testServer({ token: 'only for the socket' })
  const types = async (path: string) => (await fetchRaw(server.port, path)).headers['content-type']
  const index = await fetchRaw(server.port, '/?token=x')
  expect(index).toMatchObject({ status: 200, body: '<!doctype html><title>Tenon Studio</title>' })
  expect(index.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(await types('/index.html')).toBe('text/html; charset=utf-8')
  expect(await types('/assets/index-B1a2c3D4.js')).toBe('text/javascript; charset=utf-8')
  expect(await types('/assets/index-B1a2c3D4.css')).toBe('text/css; charset=utf-8')
  expect(await fetchRaw(server.port, '/assets/other.js')).toMatchObject({ status: 404 })
})

test('a name that changes with the content may be kept for ever, others are asked for again', async () => {
  const { server } = await testServer()
  const script = await fetchRaw(server.port, '/assets/index-B1a2c3D4.js')
  expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable')
  const index = await fetchRaw(server.port, '/')
  expect(index.headers['cache-control']).toBe('no-cache')
  const again = await fetchRaw(server.port, '/', 'GET', { 'if-none-match': String(index.headers.etag) })
  expect(again).toMatchObject({ status: 304, body: '' })
})

test('everything that is answered forbids scripts from elsewhere, frames, guessing of types and referrers', async () => {
  const { server } = await testServer()
  for (const path of ['/', '/assets/index-B1a2c3D4.js', '/none', '/%2e%2e/x']) {
    const { headers } = await fetchRaw(server.port, path)
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'; script-src 'self'; ")
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${server.port} wss://127.0.0.1:${server.port}; `)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
  }
})

test('only GET and HEAD are served', async () => {
  const { server, lines } = await testServer()
  const head = await fetchRaw(server.port, '/', 'HEAD')
  expect(head).toMatchObject({ status: 200, body: '' })
  expect(head.headers['content-length']).toBe('42')
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    expect(await fetchRaw(server.port, '/', method)).toMatchObject({ status: 405 })
  }
  expect(lines[0]).toBe('refused: "POST" "/": only GET and HEAD are served')
})

test('no path leads out of the page, however it is spelled; those that try are logged', async () => {
  const page = await testPage()
  await writeFile(join(page, '..', 'tenon-secret.txt'), 'secret')
  const { server, lines } = await testServer({ page })
  const climbing = [
    '/../tenon-secret.txt',
    '/assets/../../tenon-secret.txt',
    '/%2e%2e/tenon-secret.txt',
    '/..%2ftenon-secret.txt',
    '/assets/..%5c..%5ctenon-secret.txt',
    '/%00/index.html',
    '/index.html%00.js',
    '//etc/passwd',
    '/%2fetc/passwd',
    '/%',
    '/./index.html',
  ]
  for (const path of climbing) {
    expect(await fetchRaw(server.port, path), path).toMatchObject({ status: 400, body: 'no such path' })
  }
  expect(lines[0]).toBe('refused: the path "/../tenon-secret.txt" climbs, or is none')
  expect(lines).toHaveLength(5)
  // These name nothing that climbs, but nothing that is there either.
  for (const path of ['/%252e%252e/tenon-secret.txt', '/etc/passwd', '/constructor', '/__proto__', '/assets']) {
    expect(await fetchRaw(server.port, path), path).toMatchObject({ status: 404 })
  }
})

test('links and hidden files are not part of the page', async () => {
  const page = await testPage()
  await symlink('/etc/passwd', join(page, 'passwd.txt'))
  await symlink('/etc', join(page, 'etc'))
  await mkdir(join(page, '.vite'))
  await writeFile(join(page, '.vite', 'manifest.json'), '{}')
  await writeFile(join(page, '.sources.json'), '{}')
  const { server } = await testServer({ page })
  for (const path of ['/passwd.txt', '/etc/passwd', '/.vite/manifest.json', '/.sources.json']) {
    expect(await fetchRaw(server.port, path), path).toMatchObject({ status: 404 })
  }
})

test('a page is served to whoever asks for the address that is served, not for another name that leads here', async () => {
  const { server, lines } = await testServer()
  expect(await fetchRaw(server.port, '/', 'GET', { host: `localhost:${server.port}` })).toMatchObject({ status: 200 })
  expect(await fetchRaw(server.port, '/', 'GET', { host: 'evil.org' })).toMatchObject({
    status: 421,
    body: `open ${server.url}\n`,
  })
  expect(lines).toEqual(['refused: a page for the host "evil.org"'])
})

test('bytes that are no HTTP end their connection alone', async () => {
  const { server } = await testServer()
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write('\0\x01\x02 rubbish\r\n\r\n'))
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    socket.on('close', () => resolve(text))
  })
  expect(answer).toContain('400 Bad Request')
  expect(await fetchRaw(server.port, '/')).toMatchObject({ status: 200 })
})

test('a folder without a page is refused at the start', async () => {
  await expect(testServer({ page: '/nowhere' })).rejects.toThrow('/nowhere: there is no index.html')
})
