// The whole job in a real browser: steered by keys, recorded, replayed, trained, run, and a failure looked at.
import { expect, it, vi } from 'vitest'
import { testFolder } from '../../cli/child.ts'
import { readDataset } from '../../demos/index.ts'
import { readCheckpointConfig } from '../../policy/index.ts'
import { CHROMIUM, isChromiumThere } from '../../sim/render/chromium.ts'
import { openStudio } from './open-studio.ts'
import { playNewcomer, STEPS, type StepName } from './play.ts'

vi.setConfig({ testTimeout: 480_000 })

/** Enough to be seen; the policy is to fail. */
const TRAINING_STEPS = 80

const folder = await testFolder()
const isThere = await isChromiumThere()

it.runIf(process.env.CI)('Chromium is there when all tests have to run', () => {
  expect(isThere).toBe(true)
})

it.skipIf(!isThere)(`a newcomer does the whole job${isThere ? '' : ` (skipped: no ${CHROMIUM})`}`, async () => {
  const studio = await openStudio(folder, '--task', 'square-peg', '--clearance', '1', '--noise', 'none')
  const seen: StepName[] = []
  try {
    await playNewcomer({
      page: studio.page,
      demonstrations: 2,
      steps: TRAINING_STEPS,
      rollouts: 1,
      episodes: 1,
      async at(step) {
        seen.push(step)
      },
    })
  } finally {
    const said = await studio.close()
    if (seen.length < STEPS.length) process.stderr.write(said)
  }
  expect(seen).toEqual(STEPS)
  expect(studio.complaints).toEqual([])

  const { episodes } = await readDataset(`${folder}/runs/demonstrations-square-peg`)
  expect(episodes.map(({ outcome }) => outcome?.seated)).toEqual([true, true])
  expect(episodes.map(({ metadata }) => metadata.recordedFrom)).toEqual(['teleop', 'teleop'])
  const checkpoint = `${folder}/runs/checkpoints/demonstrations-square-peg-edge-pose`
  expect((await readCheckpointConfig(checkpoint)).config.training.steps).toBe(TRAINING_STEPS)
})
