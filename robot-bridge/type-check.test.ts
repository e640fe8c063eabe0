import { expect, test } from 'vitest'
import { checkTypes } from './type-check.ts'

const answer = { topics: ['/a', '/b', '/c'], types: ['geometry_msgs/msg/PoseStamped', 'std_msgs/String', ''] }

test('types of ROS 1 and ROS 2 are the same when they are', () => {
  expect(checkTypes(answer, [{ topic: 'a', type: 'geometry_msgs/PoseStamped' }])).toEqual({ wrong: [], absent: [] })
})

test('a topic of another type, and one that nobody publishes, are told apart', () => {
  const check = checkTypes(answer, [
    { topic: '/b', type: 'std_msgs/Bool' },
    { topic: '/c', type: 'std_msgs/Bool' },
    { topic: '/d', type: 'std_msgs/Bool' },
    { topic: '/e', type: 'std_msgs/Bool', ours: true },
  ])
  expect(check.wrong).toEqual(['/b: expected std_msgs/Bool, got std_msgs/String; correct the profile'])
  expect(check.absent).toEqual(['/c: nobody publishes it yet', '/d: nobody publishes it yet'])
})

test('one that we publish must have our type when others know it already', () => {
  expect(checkTypes(answer, [{ topic: '/b', type: 'std_msgs/Bool', ours: true }]).wrong.length).toBe(1)
})

test('a topic whose type rosapi does not know is waited for, and one of no type is wrong', () => {
  const odd = { topics: ['/a', '/b'], types: ['*', 'PoseStamped'] }
  const pose = (topic: string) => ({ topic, type: 'geometry_msgs/PoseStamped' })
  expect(checkTypes(odd, [pose('/a'), pose('/b')])).toEqual({
    wrong: ['/b: expected geometry_msgs/PoseStamped, got PoseStamped; correct the profile'],
    absent: ['/a: nobody publishes it yet'],
  })
})

test('what is no answer of rosapi is refused', () => {
  expect(() => checkTypes('no', [])).toThrow('rosapi/Topics: expected an object with topics')
})
