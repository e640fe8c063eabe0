// The questions to /rosapi that our server answers: what there is on the graph, and what time it is.
import { encodeTime, plainTypeName, typeName } from '../messages.ts'
import type { Graph } from './graph.ts'

type Answer = (graph: Graph, args: Record<string, unknown>) => Promise<object>

const text = (args: Record<string, unknown>, name: string): string => String(args[name] ?? '')

/** Each with its type; the names of types are written as that version of ROS writes them. */
export const ROSAPI: Readonly<Record<string, { type: string; answer: Answer }>> = {
  '/rosapi/topics': {
    type: 'rosapi/Topics',
    answer: async (graph) => {
      const topics = await graph.topics()
      return { topics: [...topics.keys()], types: [...topics.values()].map((type) => typeName(type, graph.ros)) }
    },
  },
  '/rosapi/topic_type': {
    type: 'rosapi/TopicType',
    answer: async (graph, args) => {
      const type = (await graph.topics()).get(text(args, 'topic'))
      return { type: type === undefined ? '' : typeName(type, graph.ros) }
    },
  },
  '/rosapi/topics_for_type': {
    type: 'rosapi/TopicsForType',
    answer: async (graph, args) => {
      const wanted = plainTypeName(text(args, 'type'))
      return { topics: [...(await graph.topics())].flatMap(([topic, type]) => (type === wanted ? [topic] : [])) }
    },
  },
  '/rosapi/publishers': {
    type: 'rosapi/Publishers',
    answer: async (graph, args) => ({ publishers: await graph.publishers(text(args, 'topic')) }),
  },
  '/rosapi/subscribers': {
    type: 'rosapi/Subscribers',
    answer: async (graph, args) => ({ subscribers: await graph.subscribers(text(args, 'topic')) }),
  },
  '/rosapi/services': {
    type: 'rosapi/Services',
    answer: async (graph) => ({ services: [...(await graph.services()).keys()] }),
  },
  '/rosapi/service_type': {
    type: 'rosapi/ServiceType',
    answer: async (graph, args) => {
      const type = (await graph.services()).get(text(args, 'service'))
      return { type: type === undefined ? '' : typeName(type, graph.ros, 'srv') }
    },
  },
  '/rosapi/get_time': {
    type: 'rosapi/GetTime',
    answer: async (graph) => ({ time: encodeTime(graph.now(), graph.ros) }),
  },
}

/** Offers them all; until the answer is called. */
export function serveRosapi(graph: Graph): () => void {
  const ends = Object.entries(ROSAPI).map(([name, { type, answer }]) =>
    graph.serve(name, type, (args) => answer(graph, args)),
  )
  return () => {
    for (const end of ends) end()
  }
}
