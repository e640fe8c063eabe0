import { expect, it, onTestFinished } from 'vitest'
import { type BatchSource, drawAhead, drawOnDemand, openBatches } from './batch-source.ts'
import type { PolicyConfig } from './config.ts'
import { prepareData } from './dataset.ts'
import { approach, exampleEpisodes, exampleParts, picturedApproach, tinyConfig, withFusion } from './example-policy.ts'

function planOf(config: PolicyConfig) {
  const frames = config.model.image ? picturedApproach : approach
  return { set: prepareData(exampleEpisodes(2, frames), config, 0, exampleParts).training, config, seed: 3 }
}

function closing(source: BatchSource): BatchSource {
  onTestFinished(() => source.close())
  return source
}

it.each([
  ['poses', tinyConfig],
  ['pictures', withFusion('corrected')],
])('batches of %s are the same from a thread', async (_, config) => {
  const plan = planOf(config)
  const [thread, here] = [closing(drawAhead(plan, 5, 9, 2)), drawOnDemand(plan)]
  for (const step of [5, 6, 7, 8]) expect(await thread.take(step)).toEqual(await here.take(step))
  await expect(thread.take(9)).rejects.toThrow('expected a step from 5 to 8, got 9')
})

it('what goes wrong in the thread is thrown where the batch is waited for', async () => {
  const plan = planOf(withFusion('gated'))
  const { pictures: _, ...blind } = plan.set
  const thread = closing(drawAhead({ ...plan, set: blind }, 0, 4, 2))
  await expect(thread.take(0)).rejects.toThrow('a batch with pictures was asked for, from windows without')
  await expect(thread.take(1)).rejects.toThrow('from windows without')
})

it('a closed source leaves nobody waiting', async () => {
  const thread = openBatches(planOf(withFusion('gated')), 0, 100)
  const waiting = thread.take(0).then(
    () => 'drawn',
    () => 'ended',
  )
  await thread.close()
  expect(['drawn', 'ended']).toContain(await waiting)
  await expect(thread.take(50)).rejects.toThrow('the thread that draws batches has ended')
})
