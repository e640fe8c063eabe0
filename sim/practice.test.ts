import { expect, it } from 'vitest'
import { poseDistance, relative } from '../geometry/index.ts'
import { Random } from '../tensor/random.ts'
import { practiceViews } from './practice.ts'
import { findTask } from './tasks/index.ts'

const task = findTask('square-peg')
const fit = { clearance: 1e-4, chamfer: 5e-4 }
const camera = { width: 48, height: 48, look: 'plain', depthNoise: 'none' } as const
const views = [...practiceViews(task, fit, camera, 120, new Random(1))]
const places = views.map(({ sourceInCamera, targetInCamera }) => relative(targetInCamera, sourceInCamera))

it('practice shows the part off the axis close to the mouth, where demonstrations never are', () => {
  const close = places.filter(({ position: [, , z] }) => z > 0 && z < 5e-3)
  expect(close.length).toBeGreaterThan(5)
  const off = close.map(({ position: [x, y] }) => Math.hypot(x, y))
  // Up to 4 mm each way and a little more.
  expect(Math.max(...off)).toBeGreaterThan(2e-3)
  expect(Math.max(...off)).toBeLessThan(8e-3)
})

it('a part that is in the receptacle is on its axis, as far as it can be turned', () => {
  const inside = places.filter(({ position: [, , z] }) => z < 0)
  expect(inside.length).toBeGreaterThan(2)
  for (const place of inside) {
    expect(Math.hypot(place.position[0], place.position[1])).toBeLessThan(1e-9)
    expect(place.position[2]).toBeGreaterThanOrEqual(-task.depth)
    expect(poseDistance(place, { position: place.position, orientation: [0, 0, 0, 1] }).rotation).toBeLessThan(1e-9)
  }
})

it('the same seed gives the same pictures, another seed others', () => {
  const again = [...practiceViews(task, fit, camera, 3, new Random(1))]
  expect(again).toEqual(views.slice(0, 3))
  expect([...practiceViews(task, fit, camera, 3, new Random(2))]).not.toEqual(again)
})

it('a part that starts as high as a task may say is within the picture', () => {
  const high = { ...task, start: { ...task.start, height: [0.08, 0.1] } } as const
  expect([...practiceViews(high, fit, camera, 1000, new Random(3))]).toHaveLength(1000)
})
