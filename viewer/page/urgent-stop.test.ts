import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { STOP_ANSWER, urgentStop } from './urgent-stop.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A connection whose calls are answered by hand. */
function connection() {
  const said: string[] = []
  let answer: { resolve(): void; reject(error: Error): void } | undefined
  const lost = () => answer?.reject(new Error('the connection was lost'))
  const call = ((_: 'stop', { reason }: { reason: string }) => {
    said.push(reason)
    return new Promise<void>((resolve, reject) => {
      answer = { resolve, reject }
    })
  }) as Parameters<typeof urgentStop>[0]['call']
  const giveUp = vi.fn(lost)
  const problems: string[] = []
  return {
    said,
    giveUp,
    problems,
    lost,
    heard: () => answer?.resolve(),
    stop: urgentStop({ call, giveUp }, (problem) => problems.push(problem)),
  }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

test('heard, it is said once', async () => {
  const { stop, said, giveUp, problems, heard } = connection()
  stop.say('escape key')
  heard()
  await pass(10 * STOP_ANSWER)
  stop.connected()
  expect(said).toEqual(['escape key'])
  expect(giveUp).not.toHaveBeenCalled()
  expect(problems).toEqual([])
})

test('a connection that says nothing for a second is given up, the person is told, and it is said on the next', async () => {
  const { stop, said, giveUp, problems, heard } = connection()
  stop.say('escape key')
  await pass(STOP_ANSWER - 1)
  expect(giveUp).not.toHaveBeenCalled()
  await pass(1)
  expect(giveUp).toHaveBeenCalledTimes(1)
  expect(problems).toEqual(['the connection was lost'])
  stop.connected()
  heard()
  await pass(10 * STOP_ANSWER)
  stop.connected()
  expect(said).toEqual(['escape key', 'escape key'])
  expect(giveUp).toHaveBeenCalledTimes(1)
})

test('lost before that, it gives up no other connection', async () => {
  const { stop, lost, giveUp, problems } = connection()
  stop.say('escape key')
  lost()
  await pass(10 * STOP_ANSWER)
  expect(problems).toHaveLength(1)
  expect(giveUp).not.toHaveBeenCalled()
})
