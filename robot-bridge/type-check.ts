// Whether the topics of a live system have the types that a profile says.
import { commandTopic } from './command-message.ts'
import { absoluteName } from './live-graph.ts'
import { Field } from './message-field.ts'
import { isUnknownType, plainIfType, plainTypeName } from './messages.ts'
import type { Profile } from './profile.ts'

export interface ExpectedTopic {
  topic: string
  /** as in ROS 1 */
  type: string
  /** one that we publish may not be there yet */
  ours?: boolean
}

/** Topics with another type, and those that are not there, in words. */
export interface TypeCheck {
  wrong: string[]
  absent: string[]
}

/** What a link of that profile needs: what it subscribes to, and what it says itself. */
export function expectedTopics(
  profile: Profile,
  subscriptions: readonly { topic: string; type: string }[],
  needsPictures: boolean,
): ExpectedTopic[] {
  const { camera, guard, gripper, stop, joystick, command } = profile
  // These may speak seldom or never.
  const quiet = new Set([stop?.topic, joystick?.topic, '/tf_static'])
  return [
    ...subscriptions.map((each) => ({ ...each, ours: quiet.has(each.topic) })),
    ...(guard ? [{ topic: guard.state, type: 'std_msgs/String' }] : []),
    ...(needsPictures && camera ? [camera.colour, camera.depth, camera.info] : []),
    { topic: commandTopic(profile), type: command.type, ours: true },
    ...(gripper ? [{ topic: gripper.topic, type: gripper.type, ours: true }] : []),
  ]
}

/** `answer`: of the service /rosapi/topics. Throws a RangeError when it is none. */
export function checkTypes(answer: unknown, expected: readonly ExpectedTopic[]): TypeCheck {
  const field = new Field('rosapi/Topics', answer)
  const names = field.get('topics').list()
  const types = field.get('types').list()
  const typeOf = new Map(names.map((name, i) => [absoluteName(name.string()), types[i]?.string() ?? '']))
  const check: TypeCheck = { wrong: [], absent: [] }
  for (const { topic, type, ours } of expected) {
    const actual = typeOf.get(absoluteName(topic))
    if (actual === undefined || isUnknownType(actual)) {
      if (!ours) check.absent.push(`${topic}: nobody publishes it yet`)
    } else if (plainIfType(actual) !== plainTypeName(type)) {
      check.wrong.push(`${topic}: expected ${plainTypeName(type)}, got ${plainIfType(actual)}; correct the profile`)
    }
  }
  return check
}
