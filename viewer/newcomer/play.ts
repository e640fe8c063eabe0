// A newcomer's first quarter of an hour with the studio, from an empty folder to a policy that failed and why.
import type { Page } from 'playwright-core'
import { steerHome } from './steer.ts'

export const STEPS = ['empty', 'steering', 'recorded', 'replay', 'training', 'policy', 'failure'] as const
export type StepName = (typeof STEPS)[number]

export interface PlayOptions {
  page: Page
  /** demonstrations that are steered and recorded by hand */
  demonstrations: number
  /** training steps */
  steps: number
  /** episodes that are simulated at each milestone of the training */
  rollouts: number
  /** of the policy's evaluation */
  episodes: number
  /** looks at the page at a moment that is worth it */
  at(step: StepName): Promise<void>
}

/** The page has been opened. Throws when something does not become what a newcomer would expect. */
export async function playNewcomer({
  page,
  demonstrations,
  steps,
  rollouts,
  episodes,
  at,
}: PlayOptions): Promise<void> {
  const see = (testId: string) => page.getByTestId(testId)
  await page.locator('[data-testid=stage][data-ready=true]').waitFor()
  await see('state-rate').filter({ hasText: 'Hz' }).waitFor()
  await at('empty')

  await see('claim').click()
  await see('tab-record').click()
  // Without pictures: what is learned from here is the pose alone.
  await see('record-pictures').click()
  for (let n = 1; n <= demonstrations; n++) {
    await see('tab-drive').click()
    await page.keyboard.press('r')
    await see('recording-banner').waitFor()
    await steerHome(page)
    if (n === 1) await at('steering')
    await page.keyboard.press('r')
    await see('keep').waitFor()
    await page.keyboard.press('k')
    await see('tab-record').click()
    await see('episodes')
      .locator('li')
      .nth(n - 1)
      .waitFor()
    if (n === 1) await at('recorded')
    if (n < demonstrations) {
      await see('tab-drive').click()
      await see('new-episode').click()
      await see('verdict').waitFor({ state: 'hidden' })
    }
  }

  await see('episode-000000').click()
  await see('replay').waitFor()
  await see('scrubber').fill('2')
  await at('replay')
  await see('back-to-live').click()

  await see('tab-train').click()
  await see('train-steps').fill(String(steps))
  await see('train-rollouts').fill(String(rollouts))
  await see('train').click()
  await see('jobs-train').getByTestId('job-state').filter({ hasText: 'running' }).waitFor()
  await see('jobs-train').getByTestId('job-state').filter({ hasText: 'done' }).waitFor({ timeout: 900_000 })
  await see('rollouts-chart').waitFor()
  await see('loss-chart').scrollIntoViewIfNeeded()
  await at('training')

  await see('tab-drive').click()
  await see('new-episode').click()
  await see('run-policy').click()
  await see('status')
    .filter({ hasText: /policy/i })
    .waitFor()
  await page.waitForTimeout(3000)
  await at('policy')
  await see('verdict').waitFor({ timeout: 60_000 })

  await see('tab-evaluate').click()
  await see('evaluate-episodes').fill(String(episodes))
  await see('evaluate-clearance').selectOption('0.01')
  await see('evaluate-noise').selectOption('usb')
  await see('evaluate').click()
  await page.locator('[data-testid^="evaluation-"]').first().click({ timeout: 240_000 })
  const ended = see('evaluated-episodes').locator('button')
  // A failure with contact has more to look at.
  const touching = ended.filter({ hasText: /jammed|blocked/ })
  await ((await touching.count()) > 0 ? touching : ended).first().click()
  await see('replay-charts').waitFor({ timeout: 120_000 })
  await see('scrubber').fill('4')
  await at('failure')
}
