// The services of rosapi that clients look round with.
import { timeOf } from './conform.ts'
import { absolute, type Graph, type ServiceHandler } from './graph.ts'

/** Names, types and handlers; /rosapi/get_param and its kind are not served. */
export const ROSAPI = {
  '/rosapi/get_time': 'rosapi/GetTime',
  '/rosapi/topics': 'rosapi/Topics',
  '/rosapi/topic_type': 'rosapi/TopicType',
  '/rosapi/services': 'rosapi/Services',
  '/rosapi/service_type': 'rosapi/ServiceType',
  '/rosapi/publishers': 'rosapi/Publishers',
  '/rosapi/subscribers': 'rosapi/Subscribers',
} as const

export function rosapi(graph: Graph): Record<keyof typeof ROSAPI, ServiceHandler> {
  const services = async () => new Map([...(await graph.services()), ...Object.entries(ROSAPI)])
  return {
    '/rosapi/get_time': () => ({ time: timeOf(graph.now()) }),
    async '/rosapi/topics'() {
      const topics = await graph.topics()
      return { topics: [...topics.keys()], types: [...topics.values()] }
    },
    '/rosapi/topic_type': ({ topic }) => ({ type: graph.typeOf(absolute(topic)) ?? '' }),
    '/rosapi/services': async () => ({ services: [...(await services()).keys()] }),
    '/rosapi/service_type': async ({ service }) => ({ type: (await services()).get(absolute(service)) ?? '' }),
    '/rosapi/publishers': async ({ topic }) => ({ publishers: [...(await graph.publishers(absolute(topic)))] }),
    '/rosapi/subscribers': async ({ topic }) => ({ subscribers: [...(await graph.subscribers(absolute(topic)))] }),
  }
}
