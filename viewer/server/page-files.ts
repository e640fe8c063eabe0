// The built page over HTTP. Its files are read once and served from memory by their exact names, so that no path, however
// it is spelled, leads to anything else; and a page that is built anew meanwhile changes nothing for those who use this one.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, relative, sep } from 'node:path'
import { UserError } from '../../cli/errors.ts'
import { quote } from './refusal-log.ts'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}

interface PageFile {
  body: Buffer
  type: string
  etag: string
  /** its name changes with its content */
  isHashed: boolean
}

/** By URL path. */
export type PageFiles = ReadonlyMap<string, PageFile>

/** Regular files only: no links, nothing whose name begins with a dot. Throws a UserError if there is no page. */
export async function readPageFiles(folder: string): Promise<PageFiles> {
  const files = new Map<string, PageFile>()
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    const names = relative(folder, path).split(sep)
    if (!entry.isFile() || names.some((name) => name.startsWith('.'))) continue
    files.set(`/${names.join('/')}`, pageFile(names.join('/'), await readFile(path)))
  }
  const index = files.get('/index.html')
  if (!index) throw new UserError(`${folder}: there is no index.html; the page has not been built there`)
  return files.set('/', index)
}

const pageFile = (name: string, body: Buffer): PageFile => ({
  body,
  type: TYPES[extname(name)] ?? 'application/octet-stream',
  etag: `"${createHash('sha256').update(body).digest('base64url')}"`,
  isHashed: /^assets\/.*-[\w-]{8,}\.\w+$/.test(name),
})

/** Answers a request, and returns why not if it was refused. */
export function servePage(files: PageFiles, request: IncomingMessage, response: ServerResponse): string | undefined {
  const { status, headers, body, refusal } = answerTo(files, request)
  response.writeHead(status, { ...safetyHeaders(request.headers.host ?? ''), ...headers })
  response.end(request.method === 'HEAD' ? undefined : body)
  return refusal
}

interface Answer {
  status: number
  headers: Record<string, string | number>
  body?: string | Buffer
  /** what to log of it */
  refusal?: string
}

function answerTo(files: PageFiles, { method = '', url = '', headers }: IncomingMessage): Answer {
  if (method !== 'GET' && method !== 'HEAD') {
    const refusal = `${quote(method)} ${quote(url)}: only GET and HEAD are served`
    return { status: 405, headers: { allow: 'GET, HEAD' }, refusal }
  }
  const path = pathOf(url)
  if (path === undefined) return { ...text(400, 'no such path'), refusal: `the path ${quote(url)} climbs, or is none` }
  const file = files.get(path)
  if (!file) return text(404, 'no such file')
  const cache = file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache'
  const known = { etag: file.etag, 'cache-control': cache }
  if (headers['if-none-match'] === file.etag) return { status: 304, headers: known }
  const { type, body } = file
  return { status: 200, headers: { ...known, 'content-type': type, 'content-length': body.length }, body }
}

const text = (status: number, body: string): Answer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  body,
})

/** Decoded, without the query; undefined for one that a browser would not send by itself. */
function pathOf(url: string): string | undefined {
  try {
    const path = decodeURIComponent(url.split(/[?#]/, 1)[0] as string)
    const climbs = path.split('/').some((name, i) => name === '..' || name === '.' || (i > 1 && name === ''))
    return path.startsWith('/') && !path.startsWith('//') && !climbs && !/[\\\0]/.test(path) ? path : undefined
  } catch {
    return undefined
  }
}

/** The page loads from here, talks to here, and stands in nobody's frame; its address, with the token, is told to nobody. */
function safetyHeaders(host: string): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // three.js makes textures, and the page thumbnails, of bytes that came over the socket.
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    // Not every browser's 'self' includes WebSockets.
    `connect-src 'self' ws://${host} wss://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'hid=(self), gamepad=(self), fullscreen=(self), camera=(), microphone=(), geolocation=()',
  }
}
