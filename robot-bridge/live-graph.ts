// What is asked of a live ROS system when it is checked: reading only, nothing is published and nothing moves.

export interface LiveGraph {
  /** names and types of all topics, as ROS 1 or ROS 2 calls them; ones that are only listened to included */
  topics(): Promise<ReadonlyMap<string, string>>
  services(): Promise<readonly string[]>
  /** nodes that publish a topic; undefined where the system does not tell */
  publishers(topic: string): Promise<readonly string[] | undefined>
  /** the time of the ROS side, s */
  serverTime(): Promise<number>
  /** Messages as they arrive until the answer is called; those that cannot be read are not counted. */
  subscribe(topic: string, type: string, onMessage: (message: unknown) => void): () => void
  /** a clock of this machine that only goes forward, s */
  now(): number
  sleep(seconds: number): Promise<void>
}

/** With a leading slash, as ROS lists them. */
export const absoluteName = (name: string): string => (name.startsWith('/') ? name : `/${name}`)
