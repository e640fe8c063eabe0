// Whether the topics of a live system have the types that a profile says.
import { absoluteName } from './live-graph.ts'
import { Field } from './message-field.ts'
import { plainTypeName } from './messages.ts'

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

/** `answer`: of the service /rosapi/topics. Throws a RangeError when it is none. */
export function checkTypes(answer: unknown, expected: readonly ExpectedTopic[]): TypeCheck {
  const field = new Field('rosapi/Topics', answer)
  const names = field.get('topics').list()
  const types = field.get('types').list()
  const typeOf = new Map(names.map((name, i) => [absoluteName(name.string()), types[i]?.string() ?? '']))
  const check: TypeCheck = { wrong: [], absent: [] }
  for (const { topic, type, ours } of expected) {
    const actual = typeOf.get(absoluteName(topic))
    if (!actual) {
      if (!ours) check.absent.push(`${topic}: nobody publishes it yet`)
    } else if (plainTypeName(actual) !== plainTypeName(type)) {
      check.wrong.push(`${topic}: expected ${plainTypeName(type)}, got ${plainTypeName(actual)}; correct the profile`)
    }
  }
  return check
}
