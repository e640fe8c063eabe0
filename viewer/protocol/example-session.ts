// A session as the page may be told of it, for tests.
import type { SessionState } from './session.ts'

export const exampleSession: SessionState = {
  robot: { kind: 'sim' },
  setup: { task: 'square-peg', clearanceMm: 0.1, chamferMm: 0.5, split: 'id', noise: 'none', seed: 0 },
  episode: 0,
  mode: 'idle',
  governor: { state: 'running', reason: '', halts: 0 },
  connection: null,
  recording: { state: 'off' },
  verdict: null,
  policy: null,
  loading: false,
  rates: { commands: 0, observations: 0 },
}
