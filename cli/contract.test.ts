import { fileURLToPath } from 'node:url'
import { afterAll, expect, it, vi } from 'vitest'
import type { CheckResult } from '../robot-bridge/contract/index.ts'
import { LocalGraph, RosbridgeServer } from '../robot-bridge/server/index.ts'
import { start, testFolder } from './child.ts'

// Each spawns a process, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000 })

const folder = await testFolder()
const server = await RosbridgeServer.listen({ graph: new LocalGraph({ ros: 2 }), port: 0 })
afterAll(() => server.close())
const contract = (...args: string[]) => {
  const script = fileURLToPath(new URL('./contract.mjs', import.meta.url))
  return start(folder, process.execPath, [script, '--patience', '30', ...args]).ended
}

it('checks a live rosbridge, tells which holds, and skips what only our own server promises', async () => {
  const { code, stdout, stderr } = await contract('--url', server.url, '--only', 'status', '--json')
  expect(code, stderr).toBe(0)
  const { ok, ros, results } = JSON.parse(stdout) as { ok: boolean; ros: number; results: CheckResult[] }
  expect([ok, ros]).toEqual([true, 2])
  expect(results.map(({ state }) => state)).toEqual(['skipped', 'skipped'])
  expect(stderr).toContain('– A frame that is no JSON is answered with a status\n    only our own server does this')
})

it('fails when a check does, and says where nothing answers', async () => {
  const graph = new LocalGraph()
  // A rosbridge that carries something else than what it was given.
  const broken = await RosbridgeServer.listen({ graph, port: 0 })
  const { advertise } = graph
  graph.advertise = (...args) => {
    const publisher = advertise.apply(graph, args)
    return { ...publisher, publish: () => publisher.publish({ data: 'not what was sent' }) }
  }
  const [failing, nowhere] = await Promise.all([
    contract('--url', broken.url, '--only', 'Fifty messages'),
    contract('--url', 'ws://127.0.0.1:9'),
  ])
  await broken.close()
  expect(failing.code).toBe(1)
  expect(failing.stderr).toContain(
    '✗ Fifty messages in a row arrive, once each and in order\n    expected the messages',
  )
  expect(failing.stderr).toContain('error: 1 of 1 checks failed')
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining('error: ws://127.0.0.1:9: ')])
})
