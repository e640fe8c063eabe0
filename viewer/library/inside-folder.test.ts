import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../demos/example-episode.ts'
import { insideFolder } from './inside-folder.ts'

describe('a path stays inside the data folder', () => {
  test('whether it is there or not', async () => {
    const root = await temporaryFolder()
    await mkdir(join(root, 'data/pegs'), { recursive: true })
    expect(await insideFolder(root, 'data/pegs')).toBe(join(root, 'data/pegs'))
    expect(await insideFolder(root, 'runs/new')).toBe(join(root, 'runs/new'))
    expect(await insideFolder(join(root, 'not-made-yet'), 'runs/new')).toBe(join(root, 'not-made-yet/runs/new'))
    expect(await insideFolder(root, 'data/..pegs')).toBe(join(root, 'data/..pegs'))
  })

  test.each(['', '.', '..', '../other', 'data/../..', 'data/../../other', '/etc/passwd', 'data/\0'])(
    '%j is refused',
    async (id) => {
      await expect(insideFolder(await temporaryFolder(), id)).rejects.toThrow('is not inside the data folder')
    },
  )

  test('a neighbour whose name begins alike is outside', async () => {
    const root = await temporaryFolder()
    await expect(insideFolder(join(root, 'data'), '../data-2/x')).rejects.toThrow('is not inside the data folder')
  })

  test('a link that leads out is refused, also on the way to a new name; one that stays is followed', async () => {
    const root = await temporaryFolder()
    const elsewhere = await temporaryFolder()
    await mkdir(join(root, 'data'))
    await symlink(elsewhere, join(root, 'out'))
    await symlink(join(root, 'data'), join(root, 'in'))
    await expect(insideFolder(root, 'out')).rejects.toThrow('a link leads out of it')
    await expect(insideFolder(root, 'out/new/run')).rejects.toThrow('a link leads out of it')
    expect(await insideFolder(root, 'in/pegs')).toBe(join(root, 'in/pegs'))
  })

  test('a data folder that is a link itself is what the person chose', async () => {
    const [root, real] = [await temporaryFolder(), await temporaryFolder()]
    await symlink(real, join(root, 'data'))
    expect(await insideFolder(join(root, 'data'), 'pegs')).toBe(join(root, 'data/pegs'))
  })
})
