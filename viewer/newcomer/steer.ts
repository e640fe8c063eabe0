// Steering by keys as a person does: look at the numbers, press for as long as it seems to take, look again.
import type { Page } from 'playwright-core'

/** Of the coarse and the fine gain: mm/s and °/s. */
const SPEED = { coarse: { linear: 50, angular: 30 }, fine: { linear: 5, angular: 3 } } as const
type Gain = keyof typeof SPEED

/** The part in the target frame as the page shows it, mm and degrees. */
export interface Shown {
  x: number
  y: number
  height: number
  turned: [number, number, number]
}

/** Good enough to go down. */
const ALIGNED = { beside: 0.3, turned: 0.7 }
/** Over the mouth, where the part is brought in line, mm. */
const WAITING_HEIGHT = 6
/** A key is held no shorter, and no longer at once, ms. */
const SHORTEST = 40
const LONGEST = 600
/** The part stands when two looks, so many ms apart, show it within a hundredth of a millimetre and a tenth of a degree. */
const BETWEEN_LOOKS = 150
const MOST_LOOKS = 20
const MOST_PRESSES = 80
/** Held down for so long, ms; what has not seated by then is lifted and brought in line again. */
const DESCENT = 30_000
const MOST_TRIES = 3

/** Steers until the page says how the episode ended. Throws when the part cannot be brought in line. */
export async function steerHome(page: Page): Promise<void> {
  const steered = page.getByTestId('teleop')
  if ((await steered.getAttribute('aria-pressed')) !== 'true') await steered.click()
  await chooseGain(page, 'coarse')
  const axes = await findAxes(page)
  await align(page, axes, 'coarse')
  await chooseGain(page, 'fine')
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    await align(page, axes, 'fine')
    if (await goesDown(page)) return
  }
  throw new Error(`not seated after ${MOST_TRIES} tries: ${JSON.stringify(await shown(page))}`)
}

/** Whether the episode ended while the key for down was held. */
async function goesDown(page: Page): Promise<boolean> {
  await page.keyboard.down('KeyQ')
  const ended = await page
    .getByTestId('verdict')
    .waitFor({ timeout: DESCENT })
    .then(
      () => true,
      () => false,
    )
  await page.keyboard.up('KeyQ')
  return ended
}

async function chooseGain(page: Page, gain: Gain): Promise<void> {
  await page.getByTestId(`gain-${gain}`).click()
  // Keys go to the part only while no control has them.
  await page.getByTestId('stage').click({ position: { x: 400, y: 60 } })
}

export async function shown(page: Page): Promise<Shown> {
  const numbers = async (testId: string) =>
    ((await page.getByTestId(testId).textContent()) ?? '').split(',').map((text) => Number.parseFloat(text))
  const [[height], [x, y], turned] = await Promise.all([numbers('height'), numbers('beside'), numbers('turned')])
  if (![height, x, y, ...turned].every(Number.isFinite)) throw new Error('the page shows no numbers of the part')
  return { height, x, y, turned } as Shown
}

/** Unit vectors in the target's x and y: where the keys for right and for away move the part. */
interface Axes {
  right: readonly [number, number]
  away: readonly [number, number]
}

/** Which way is right depends on where one looks from: pressed once, it is known. */
async function findAxes(page: Page): Promise<Axes> {
  const before = await shown(page)
  await press(page, 'ArrowRight', 250)
  const after = await shown(page)
  const [dx, dy] = [after.x - before.x, after.y - before.y]
  const moved = Math.hypot(dx, dy)
  if (moved < 2) throw new Error(`the key for right moved the part by ${moved} mm`)
  const right = [dx / moved, dy / moved] as const
  return { right, away: [-right[1], right[0]] }
}

async function align(page: Page, { right, away }: Axes, gain: Gain): Promise<void> {
  const { linear, angular } = SPEED[gain]
  const coarse = gain === 'coarse'
  const enough = coarse ? { beside: 2.5, turned: 2 } : ALIGNED
  for (let presses = 0; presses < MOST_PRESSES; presses++) {
    const { x, y, height, turned } = await shown(page)
    const along = ([ax, ay]: readonly [number, number], [vx, vy]: readonly number[]) =>
      ax * (vx as number) + ay * (vy as number)
    // What is too far along a positive axis is pressed back. Leaning right turns about away, leaning away against right.
    const wishes = [
      { off: along(right, turned), speed: angular, keys: ['Shift+ArrowUp', 'Shift+ArrowDown'], least: enough.turned },
      { off: along(away, turned), speed: angular, keys: ['Shift+ArrowLeft', 'Shift+ArrowRight'], least: enough.turned },
      { off: turned[2], speed: angular, keys: ['Shift+KeyQ', 'Shift+KeyE'], least: enough.turned },
      { off: along(right, [x, y]), speed: linear, keys: ['ArrowLeft', 'ArrowRight'], least: enough.beside },
      { off: along(away, [x, y]), speed: linear, keys: ['ArrowDown', 'ArrowUp'], least: enough.beside },
      { off: height - WAITING_HEIGHT, speed: linear, keys: ['KeyQ', 'KeyE'], least: coarse ? 3 : 2 },
    ]
    const worst = wishes
      .filter(({ off, least }) => Math.abs(off) > least)
      .toSorted((a, b) => Math.abs(b.off) / b.speed - Math.abs(a.off) / a.speed)[0]
    if (!worst) return
    const { off, speed, keys } = worst
    // Part of the time is spent on gathering speed; the rest is pressed again.
    await press(page, keys[off > 0 ? 0 : 1] as string, (Math.abs(off) / speed) * 1000)
  }
  throw new Error(`not in line after ${MOST_PRESSES} presses: ${JSON.stringify(await shown(page))}`)
}

async function press(page: Page, key: string, milliseconds: number): Promise<void> {
  const keys = key.split('+')
  for (const each of keys) await page.keyboard.down(each)
  await page.waitForTimeout(Math.min(LONGEST, Math.max(SHORTEST, milliseconds)))
  for (const each of keys.toReversed()) await page.keyboard.up(each)
  await standsStill(page)
}

async function standsStill(page: Page): Promise<void> {
  let before = ''
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    await page.waitForTimeout(BETWEEN_LOOKS)
    const now = JSON.stringify(await shown(page))
    if (now === before) return
    before = now
  }
}
