import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testFolder } from './child.ts'
import { readEvalResults } from './eval-results.ts'
import { exampleEvalResults as example } from './example-eval-results.ts'

const folder = await testFolder()
const read = async (content: string) => {
  const path = join(folder, 'results.json')
  await writeFile(path, content)
  return readEvalResults(path)
}

test('results are read as they were written', async () => {
  expect(await read(JSON.stringify(example))).toEqual(example)
})

test.each([
  [
    'of another version',
    { ...example, formatVersion: 2 },
    'results of format 2, this version of tenon reads 1: evaluate',
  ],
  ['of no version', { ...example, formatVersion: undefined }, 'results of format (none)'],
  ['without episodes', { ...example, episodes: [] }, 'episodes'],
  [
    'with a failure that nobody knows',
    { ...example, episodes: [{ ...example.episodes[0], failure: 'bored' }] },
    'failure',
  ],
])('results %s are refused', async (_, results, problem) => {
  await expect(read(JSON.stringify(results))).rejects.toThrow(problem)
  await expect(read(JSON.stringify(results))).rejects.toThrow('results.json')
})

test('so is a file that was cut short, and one that is not there', async () => {
  await expect(read(JSON.stringify(example).slice(0, 40))).rejects.toThrow('was it cut short? evaluate again')
  await expect(readEvalResults(join(folder, 'none.json'))).rejects.toThrow('there is no such file')
})
