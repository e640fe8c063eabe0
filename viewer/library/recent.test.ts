import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../demos/example-episode.ts'
import { createRecent } from './recent.ts'

test('an answer is kept until its file changes', async () => {
  const file = join(await temporaryFolder(), 'a')
  await writeFile(file, 'one')
  const { get } = createRecent<number>(5)
  let asked = 0
  const ask = () => get([file], 'a', async () => ++asked)
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1])
  await writeFile(file, 'another')
  expect(await ask()).toBe(2)
})

test('those that were asked for last are kept, failures are not', async () => {
  const { get } = createRecent<string>(2)
  const asked: string[] = []
  const ask = (key: string) => get([], key, async () => String(asked.push(key)))
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await ask(key)
  expect(asked).toEqual(['a', 'b', 'c', 'b'])
  await expect(get([], 'd', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await get([], 'd', async () => 'yes')).toBe('yes')
})
