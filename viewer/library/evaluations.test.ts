import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { EvalResults } from '../../cli/eval-results.ts'
import { exampleEvalResults as results } from '../../cli/example-eval-results.ts'
import { temporaryFolder } from '../../demos/example-episode.ts'
import { createEvaluations, evaluationEntry } from './evaluations.ts'

const othersOf = (conditions: Partial<EvalResults['conditions']>, loading = results.loading) =>
  evaluationEntry('a', { ...results, conditions: { ...results.conditions, ...conditions }, loading }).others

test.each([
  ['', {}],
  ['', { ensemble: 'new', look: 'plain', contactTrim: true, rocking: true }],
  ['bias 2 mm 2°', { biasMm: 2 }],
  [
    'bias 2.4 mm 0.3°, no contact trim, no rocking',
    { biasMm: 2.4, biasDegrees: 0.3, contactTrim: false, rocking: false },
  ],
  ['3 retries, spiral, hato of chunks, varied look', { retries: 3, spiral: true, ensemble: 'hato', look: 'varied' }],
] as const)('what was otherwise is said: %s', (words, conditions) => {
  expect(othersOf(conditions)).toBe(words)
})

test('and how the policy was run, or that it was none', () => {
  expect(othersOf({}, { weights: 'int8', inferenceSteps: 16, warmSteps: 4 })).toBe('16 DDIM steps, 4 warm steps, int8')
  expect(othersOf({}, null)).toBe('demonstrations played back')
})

test('one that nobody can ask for by its name is left out, with the name', async () => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'run.evaluations'))
  for (const name of ['good', 'two words', 'x'.repeat(81)]) {
    await writeFile(join(folder, `run.evaluations/${name}.json`), JSON.stringify(results))
  }
  const { entries, warnings } = await createEvaluations(folder).list('run')
  expect(entries.map(({ name }) => name)).toEqual(['good'])
  expect(warnings.toSorted()).toEqual([
    'run.evaluations/two words.json: left out, expected a name of at most 80 letters, digits, dots and dashes',
    expect.stringContaining('x.json: left out'),
  ])
})
