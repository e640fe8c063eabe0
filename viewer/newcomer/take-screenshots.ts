// npm run screenshots: plays a newcomer and keeps what the page looks like at each step, for docs/studio.md.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { say } from '../../cli/terminal.ts'
import { writeWhole } from '../../demos/index.ts'
import { openStudio } from './open-studio.ts'
import { playNewcomer } from './play.ts'

const FOLDER = 'docs/img'

const folder = await mkdtemp(join(tmpdir(), 'tenon-screenshots-'))
const { page, complaints, close } = await openStudio(
  folder,
  ...['--task', 'square-peg', '--clearance', '0.5', '--noise', 'none'],
)

async function keep(name: string): Promise<void> {
  // What is drawn at a lower resolution while it moves is drawn again when it stands.
  await page.waitForTimeout(1000)
  const path = join(FOLDER, `studio-${name}.png`)
  await writeWhole(path, await page.screenshot())
  say(path)
}

try {
  await playNewcomer({ page, demonstrations: 6, steps: 1500, rollouts: 5, episodes: 6, at: keep })
  for (const complaint of complaints) say(`the page complained: ${complaint}`)
} finally {
  await close()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}
process.exit(0)
