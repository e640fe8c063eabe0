import { mkdir, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { ServerMessage } from '../viewer/protocol/messages.ts'
import { type Running, startTenon, testFolder } from './child.ts'
import { studioCommand } from './studio.ts'

// Each starts a process or several, and the first builds the page, on machines that may be busy.
vi.setConfig({ testTimeout: 180_000 })

const folder = await testFolder()

/** The URL that `tenon studio --json` printed. */
async function started(...args: string[]): Promise<Running & { url: string }> {
  const running = startTenon(folder, 'studio', '--port', '0', '--json', ...args)
  onTestFinished(() => void running.child.kill('SIGKILL'))
  const line = new Promise<string>((resolve) => running.child.stdout?.once('data', resolve))
  const ended = running.ended.then(({ stderr }) => Promise.reject(new Error(`it ended:\n${stderr}`)))
  ended.catch(() => {})
  const { url } = JSON.parse(await Promise.race([line, ended]))
  return { ...running, url }
}

/** A client that has been told of the session, and what it was told. */
async function watch(url: string): Promise<{ socket: WebSocket; messages: ServerMessage[]; frames: () => number }> {
  const { host, search } = new URL(url)
  const socket = new WebSocket(`ws://${host}/ws${search}`)
  onTestFinished(() => socket.terminate())
  const messages: ServerMessage[] = []
  let frames = 0
  socket.on('message', (data, isBinary) => {
    if (isBinary) frames += 1
    else messages.push(JSON.parse(String(data)))
  })
  await vi.waitFor(() => expect(messages.some(({ type }) => type === 'jobs')).toBe(true), 10_000)
  return { socket, messages, frames: () => frames }
}

const sessionOf = (messages: readonly ServerMessage[]) =>
  messages.flatMap((message) => (message.type === 'session' ? [message.session] : [])).at(-1)

test('the page is served, a client is told of the simulator, and Ctrl-C ends it in good order', async () => {
  await mkdir(join(folder, 'data'))
  const { url, child, ended } = await started('--data', 'data', '--task', 'round-peg', '--clearance', '0.05')
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
  const page = await (await fetch(url)).text()
  const script = /src="\.\/(assets\/[^"]+\.js)"/.exec(page)?.[1]
  expect((await fetch(url + script)).headers.get('content-type')).toContain('javascript')

  const { socket, messages, frames } = await watch(url)
  expect(sessionOf(messages)).toMatchObject({ robot: { kind: 'sim' }, setup: { task: 'round-peg', clearanceMm: 0.05 } })
  expect(messages.find(({ type }) => type === 'library')).toMatchObject({ library: { folder: 'data', datasets: [] } })
  await vi.waitFor(() => expect(frames()).toBeGreaterThan(2), 10_000)

  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  child.kill('SIGINT')
  expect(await closed).toBe(1001)
  const { code, stdout, stderr } = await ended
  expect(code, stderr).toBe(0)
  expect(stdout).toBe(`${JSON.stringify({ url })}\n`)
  expect(stderr).toContain(`Tenon Studio: ${url}\n`)
  expect(stderr).not.toContain('while ending')
})

test('what nobody decided about is left on disk, and the terminal says where', async () => {
  await mkdir(join(folder, 'left'))
  const { url, child, ended } = await started('--data', 'left', '--task', 'round-peg')
  const { socket, messages } = await watch(url)
  const call = (id: number, name: string, args: object) => socket.send(JSON.stringify({ type: 'call', id, name, args }))
  call(1, 'claim', {})
  await vi.waitFor(() => expect(messages.some((said) => said.type === 'answer' && said.id === 1)).toBe(true), 10_000)
  call(2, 'startRecording', { dataset: 'pegs', pictures: false })
  const frames = () => {
    const recording = sessionOf(messages)?.recording
    return recording?.state === 'recording' ? recording.frames : 0
  }
  await vi.waitFor(() => expect(frames()).toBeGreaterThan(2), 20_000)
  child.kill('SIGINT')
  const { code, stderr } = await ended
  expect(code, stderr).toBe(0)
  const part = /it is left in (\S+\.part)/.exec(stderr)?.[1]
  expect(part, stderr).toMatch(/pegs.episodes.000000\.mcap\.part$/)
  expect((await stat(resolve(folder, part as string))).size).toBeGreaterThan(0)
})

test('where others may connect, a token is made up and stands in the URL', async () => {
  await mkdir(join(folder, 'shown'))
  const { url, child, ended } = await started('--data', 'shown', '--host', '0.0.0.0')
  expect(url).toMatch(/\?token=[\w-]{24}$/)
  child.kill('SIGINT')
  expect((await ended).stderr).toContain('may drive the robot')
})

test('a real robot is watched until it is armed, and the studio does not wait for it', async () => {
  await mkdir(join(folder, 'real'))
  const { url, child, ended } = await started(
    ...['--data', 'real', '--robot', 'ros', '--url', 'ws://127.0.0.1:9', '--profile', 'sim'],
  )
  const { messages } = await watch(url)
  expect(sessionOf(messages)).toMatchObject({
    robot: { kind: 'ros', url: 'ws://127.0.0.1:9', profile: 'sim' },
    connection: { state: expect.stringMatching(/down|connecting/) },
  })
  child.kill('SIGINT')
  const { code, stderr } = await ended
  expect(code, stderr).toBe(0)
  // What it holds cannot be seen from here: a wrong part is to be noticed.
  expect(stderr).toContain('with the part of square-peg 0.1 mm, watched until somebody arms it')
})

test('what cannot be is said before anything can be connected to', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void taken.close())
  const { port } = taken.address() as AddressInfo
  const [here, file, nowhere] = [join(folder, 'here'), join(folder, 'file'), join(folder, 'nowhere')]
  await writeFile(file, '')
  await mkdir(here)
  const ros = ['--robot', 'ros', '--profile', 'sim']
  const cases: [args: string[], message: string][] = [
    [['--port', String(port)], `127.0.0.1:${port} is in use`],
    [['--data', nowhere], `--data ${nowhere}: there is no such folder`],
    [['--data', file], `--data ${file}: a file stands there`],
    [['--profile', 'sim'], '--profile is for a live robot: add --robot ros'],
    [ros, '--robot ros needs --url and --profile'],
    [[...ros, '--url', 'http://robot'], '--url http://robot: expected an address like ws://'],
    [['--robot', 'ros', '--url', 'ws://robot', '--profile', 'none'], 'no profile is called "none"; ready ones: '],
    [[...ros, '--url', 'wss://robot', '--ca', nowhere], `${nowhere}: there is no such file`],
    [['--port', '70000'], 'expected a whole number from 0 to 65535'],
    [['--task', 'cube'], "'cube' is invalid"],
  ]
  for (const [args, message] of cases) {
    const command = studioCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
    const run = command.parseAsync(['--data', here, ...args], { from: 'user' })
    await expect(run, args.join(' ')).rejects.toThrow(message)
  }
})
