import { expect, it } from 'vitest'
import { findNoise } from '../../perception/index.ts'
import { drawScenario, findTask, type Shot, SimRobot, World } from '../../sim/index.ts'
import { PICTURES } from '../demonstrate.ts'
import { episodeRandom } from './episodes.ts'
import { PictureThread } from './picture-thread.ts'

const world = await World.create(findTask('square-peg'), { clearance: 1e-4, chamfer: 0.5e-3 })
const camera = { ...PICTURES, width: 48, height: 48, look: 'varied' as const }

function robotOf(index: number): SimRobot {
  const random = episodeRandom(5, index)
  const scenario = drawScenario(world.task, 'id', random.fork('scenario'))
  return new SimRobot({ world, scenario, noise: findNoise('tracker'), random, camera })
}

it('draws what the robot would draw itself, episode after episode, one picture at a time', async () => {
  const thread = new PictureThread({ task: 'square-peg', clearance: 0.1, chamfer: 0.5, seed: 5, camera })
  for (const index of [0, 1]) {
    const robot = robotOf(index)
    await robot.sleepUntil(0.3)
    const observation = await robot.observe()
    const shot = robot.shotOf(observation)
    if (!shot) throw new Error('expected a shot')
    expect(shot.frame).toBeGreaterThan(5)
    const drawing = thread.draw(index, shot)
    expect(thread.draw(index, shot)).toBeUndefined()
    expect(await drawing).toEqual(observation.rgbd)
  }
  await thread.close()
  world.dispose()
})

it('tells what ended it', async () => {
  const thread = new PictureThread({ task: 'no-task', clearance: 0.1, chamfer: 0.5, seed: 5, camera })
  const shot = { frame: 0 } as Shot
  await expect(thread.draw(0, shot)).rejects.toThrow('unknown task "no-task"')
  await expect(thread.draw(0, shot)).rejects.toThrow('unknown task "no-task"')
  await thread.close()
})
