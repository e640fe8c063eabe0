// The ROS graph behind our rosbridge server: topics and services, in this process or on a ROS 1 master.
//
// Messages go in as a client sent them, and are made whole here (populate.ts); they come out whole.
import type { RosVersion } from '../messages.ts'
import type { Message } from './populate.ts'

export interface GraphPublisher {
  /** Throws a RangeError that names the field for what is no message of that type: nothing is published then. */
  publish(message: unknown): void
  close(): void
}

export interface AdvertiseOptions {
  /** who publishes, as `publishers` lists it */
  node: string
  /** the last message is given to whoever subscribes later */
  latch?: boolean
}

/** A message and who published it. */
export type OnMessage = (message: Message, node: string) => void

/** Every name is absolute, `/tenon/command`; types are plain, `geometry_msgs/PoseStamped`. */
export interface Graph {
  readonly ros: RosVersion
  /** ROS time, s */
  now(): number
  /** of a topic that someone publishes or listens to */
  typeOf(topic: string): string | undefined
  topics(): Promise<ReadonlyMap<string, string>>
  services(): Promise<ReadonlyMap<string, string>>
  publishers(topic: string): Promise<readonly string[]>
  subscribers(topic: string): Promise<readonly string[]>
  /** Throws a RangeError for a type that is not known, or not the topic's. */
  advertise(topic: string, type: string, options: AdvertiseOptions): GraphPublisher
  /** Until the answer is called. Throws as `advertise` does. */
  subscribe(topic: string, type: string, node: string, onMessage: OnMessage): () => void
  /** Rejects with an Error when there is no such service, or it fails. */
  call(service: string, request: unknown): Promise<Message>
  /** Throws a RangeError for a type that is not known or a name that is taken. */
  serve(service: string, type: string, handle: (request: Message) => Promise<unknown>): () => void
}
