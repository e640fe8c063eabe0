import { expect, it } from 'vitest'
import { compose, makePose, project, relative, transformPoint } from '../geometry/index.ts'
import { findNoise } from '../perception/index.ts'
import { Random } from '../tensor/random.ts'
import { type CameraOptions, SENSOR, SimCamera } from './camera.ts'
import { SimRobot } from './robot.ts'
import { drawScenario } from './scenario.ts'
import { findTask } from './tasks/index.ts'
import { World } from './world.ts'

const task = findTask('square-peg')
const fit = { clearance: 1e-4, chamfer: 5e-4 }
const exact: CameraOptions = { width: 96, height: 96, look: 'plain', depthNoise: 'none' }

async function robotWith(camera: CameraOptions | undefined, seed = 1): Promise<SimRobot> {
  const random = new Random(seed)
  const scenario = drawScenario(task, 'id', random.fork('scenario'))
  const world = await World.create(task, fit)
  return new SimRobot({ world, scenario, noise: findNoise('none'), random, camera })
}

it('a robot without a camera gives no picture', async () => {
  expect((await (await robotWith(undefined)).observe()).rgbd).toBeUndefined()
})

it('a square picture is a window of the sensor that shows both parts where their poses say', async () => {
  const robot = await robotWith(exact)
  const { rgbd, source, target } = await robot.observe()
  const { intrinsics, depth } = rgbd as NonNullable<typeof rgbd>
  expect([intrinsics.width, intrinsics.height]).toEqual([96, 96])
  // Pixels are smaller or larger than the sensor's, the view is the same: f/size of pixel.
  expect(intrinsics.fx / intrinsics.fy).toBeCloseTo(SENSOR.fx / SENSOR.fy, 9)
  // The front edge of the receptacle's top, seen from the camera: its depth is that of the point itself.
  const onTop = transformPoint(target.pose, [0.01, 0.01, 0])
  const [u, v] = (project(intrinsics, onTop) as [number, number]).map(Math.round) as [number, number]
  expect(Math.abs((depth[v * 96 + u] as number) - onTop[2])).toBeLessThan(2e-3)
  const middleOfPart = transformPoint(source.pose, task.sourceCentre)
  const [x, y] = project(intrinsics, middleOfPart) as [number, number]
  expect(Math.min(x, y)).toBeGreaterThan(0)
  expect(Math.max(x, y)).toBeLessThan(95)
})

it('another shape of picture is the whole sensor, scaled', async () => {
  const { rgbd } = await (await robotWith({ ...exact, width: 320, height: 240 })).observe()
  // A quarter of the sensor's pixels each way: the principal point is still the middle.
  expect(rgbd?.intrinsics).toEqual({ width: 320, height: 240, fx: 350, fy: 350, cx: 159.5, cy: 119.5 })
})

it('the same episode gives the same pictures, whenever they are looked at, and each frame has noise of its own', async () => {
  const noisy = { ...exact, depthNoise: 'd405' }
  const [a, b] = [await robotWith(noisy), await robotWith(noisy)]
  const first = await a.observe()
  await a.sleepUntil(0.1)
  const second = await a.observe()
  await b.sleepUntil(0.1)
  const again = await b.observe()
  expect(second.rgbd).toEqual(again.rgbd)
  expect(second.rgbd).toBe(second.rgbd)
  // The part hangs still: what differs is the noise.
  expect(first.rgbd?.rgb).toEqual(second.rgbd?.rgb)
  expect(first.rgbd?.depth).not.toEqual(second.rgbd?.depth)
})

it('in a varied look the camera stands a little off, and the tracker, which goes by its pictures, with it', async () => {
  const varied: CameraOptions = { ...exact, look: 'varied' }
  const camera = new SimCamera(task, fit, varied, new Random(1).fork('camera'))
  const robot = await robotWith(varied)
  const { source, target } = await robot.observe()
  expect(camera.mounting).not.toEqual(makePose([0, 0, 0]))
  const seen = compose(compose(robot.cameraInBase, camera.mounting), target.pose)
  for (const axis of [0, 1, 2] as const) {
    expect(seen.position[axis]).toBeCloseTo(robot.scenario.targetInBase.position[axis], 12)
  }
  // What the policy goes by does not know of it.
  const { position } = relative(target.pose, source.pose)
  for (const axis of [0, 1, 2] as const) {
    expect(position[axis]).toBeCloseTo(robot.scenario.sourceInTarget.position[axis], 12)
  }
})
