import { expect, it } from 'vitest'
import { axisAngleToQuat, compose, makePose, type Pose, poseDistance, relative } from '../geometry/index.ts'
import type { StampedTransform } from './messages.ts'
import { TransformTree } from './transform-tree.ts'

const link = (frame: string, childFrame: string, pose: Pose, stamp = 1): StampedTransform => ({
  frame,
  childFrame,
  pose,
  stamp,
})
const turned = (x: number, angle: number) => makePose([x, 0, 0], axisAngleToQuat([0, 0, 1], angle))
const near = (got: Pose | undefined, expected: Pose) => {
  const { translation, rotation } = poseDistance(got as Pose, expected)
  expect(translation + rotation).toBeLessThan(1e-12)
}

it('joins links upwards, and through a common ancestor', () => {
  const tree = new TransformTree()
  const [ee, camera, world] = [turned(1, 0.5), turned(2, -0.25), turned(3, 1)]
  tree.add([link('world', 'base', world), link('base', 'link', ee, 5), link('link', 'ee', ee, 4)])
  tree.add([link('world', 'camera', camera, 2)])
  near(tree.find('base', 'ee')?.pose, compose(ee, ee))
  near(tree.find('ee', 'base')?.pose, relative(compose(ee, ee), turned(0, 0)))
  near(tree.find('base', 'camera')?.pose, relative(world, camera))
  expect(tree.ancestors('ee')).toEqual(['link', 'base', 'world'])
})

it('is as old as the oldest moving link on the way', () => {
  const tree = new TransformTree()
  tree.add([
    link('base', 'link', turned(1, 0), 5),
    link('link', 'hand', turned(1, 0), 4),
    link('world', 'base', turned(0, 0), 1),
  ])
  tree.add([link('hand', 'ee', turned(1, 0), 0)], true)
  expect(tree.find('base', 'ee')?.stamp).toBe(4)
  expect(tree.find('hand', 'ee')?.stamp).toBe(Number.POSITIVE_INFINITY)
})

it('is as old as the oldest link that has moved, once one has: what only repeats itself may come seldom', () => {
  const tree = new TransformTree()
  const arm = (x: number, stamp: number) => tree.add([link('base', 'link8', turned(x, 0), stamp)])
  const tool = (stamp: number, x = 1) => tree.add([link('link8', 'ee', turned(x, 0), stamp)])
  const stamp = () => tree.find('base', 'ee')?.stamp
  tool(1)
  arm(1, 1.1)
  arm(1, 1.2)
  expect(stamp()).toBe(1)
  arm(1.1, 1.3)
  expect(stamp()).toBe(1.3)
  tool(1.35)
  arm(1.1, 1.4)
  expect(stamp()).toBe(1.4)
  // It moves after all, say another tool.
  tool(1.45, 2)
  arm(1.1, 1.5)
  expect(stamp()).toBe(1.45)
})

it('the newest to arrive replaces the one before', () => {
  const tree = new TransformTree()
  tree.add([link('base', 'ee', turned(1, 0), 1)])
  tree.add([link('base', 'ee', turned(2, 0), 2)])
  expect(tree.find('base', 'ee')).toEqual({ pose: turned(2, 0), stamp: 2 })
})

it('finds nothing where nothing connects', () => {
  const tree = new TransformTree()
  tree.add([link('base', 'ee', turned(1, 0)), link('world', 'camera', turned(1, 0))])
  expect(tree.find('base', 'camera')).toBeUndefined()
  expect(tree.find('base', 'nowhere')).toBeUndefined()
  expect(tree.frames).toEqual(['base', 'camera', 'ee', 'world'])
})

it('takes a leading slash for nothing', () => {
  const tree = new TransformTree()
  tree.add([link('/base', '/ee', turned(1, 0))])
  near(tree.find('base', 'ee')?.pose, turned(1, 0))
})

it('a loop, which no sound tree has, ends', () => {
  const tree = new TransformTree()
  tree.add([link('a', 'b', turned(1, 0)), link('b', 'a', turned(1, 0))])
  expect(tree.ancestors('a')).toEqual(['b'])
  expect(tree.find('c', 'a')).toBeUndefined()
})
