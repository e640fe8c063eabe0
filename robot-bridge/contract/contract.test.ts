import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { LocalGraph, RosbridgeServer } from '../server/index.ts'
import { type CheckResult, CONTRACT, look, runCheck } from './index.ts'

describe.each([1, 2] as const)('our rosbridge server, as on ROS %d', async (ros) => {
  const server = await RosbridgeServer.listen({ graph: new LocalGraph({ ros }), port: 0 })
  afterAll(() => server.close())

  it('is known for what it is', async () => {
    expect(await look(server.url)).toEqual({ ros, rosapi: true })
  })

  // Generous: other tests run beside these.
  it.concurrent.each(CONTRACT.map((check) => [check.name, check] as const))('%s', async (_, check) => {
    const { state, detail } = await runCheck(server.url, check, { ros, ours: true, patience: 20 })
    expect([state, state === 'ok' ? '' : detail]).toEqual(
      check.only && check.only !== ros ? ['skipped', `of ROS ${check.only} only`] : ['ok', ''],
    )
  })
})

describe('the contract', () => {
  it('is broken by a server that says nothing, check by check, in words', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const url = `ws://127.0.0.1:${port}`
    const options = { ros: 1, ours: true, patience: 0.05 } as const
    const results = await Promise.all(CONTRACT.map((check) => runCheck(url, check, options)))
    server.close()
    const passed = results.filter(({ state }) => state === 'ok').map(({ name }) => name)
    expect(passed).toEqual([])
    for (const { detail } of results) expect(detail).toMatch(/expected .*, got /)
  })

  it('lets a rosbridge be better than rosbridge_suite, and asks no more of it than that', async () => {
    const quirk = CONTRACT.find(({ name }) => name.startsWith('Missing fields'))
    const ours = CONTRACT.find(({ kind }) => kind === 'ours')
    if (!quirk || !ours) throw new Error('expected both kinds')
    const broken = { ...quirk, run: () => Promise.reject(new Error('refused')) }
    const states = async (check: typeof quirk, options = {}): Promise<CheckResult['state']> =>
      (await runCheck('ws://127.0.0.1:9', check, { ros: 1, ...options })).state
    expect(await states(broken)).toBe('differs')
    expect(await states(ours)).toBe('skipped')
    expect(await states({ ...quirk, needs: 'rosapi' }, { rosapi: false })).toBe('skipped')
  })
})
