import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { writeExampleDataset } from '../../cli/child.ts'
import { temporaryFolder } from '../../demos/example-episode.ts'
import { openDesk } from './desk.ts'

test('episodes are read one after the other, however many are asked for at once: each may be large', async () => {
  const folder = await temporaryFolder()
  await writeExampleDataset(join(folder, 'long'), 1, { frames: 1500 })
  await writeExampleDataset(join(folder, 'short'), 1, { frames: 2 })
  const desk = openDesk()
  onTestFinished(() => desk.close())
  const episodes = (id: string) => join(folder, id, 'episodes', '000000.mcap')
  await desk.ask('track', episodes('short'), 'awake')
  const order: string[] = []
  await Promise.all(
    ['long', 'short', 'none', 'long'].map((id) =>
      desk.ask('track', episodes(id), id).then(
        () => order.push(id),
        () => order.push(`no ${id}`),
      ),
    ),
  )
  expect(order).toEqual(['long', 'short', 'no none', 'long'])
})
