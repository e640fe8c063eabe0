// What arrives while recording: how often, how old, and whether that will do.
import type { Profile } from './profile.ts'
import { FUTURE } from './slot.ts'

export type StreamName = 'ee' | 'source' | 'target' | 'wrench' | 'pictures'

/** A topic that a recording cannot do without. */
export interface RequiredStream {
  readonly name: StreamName
  readonly topic: string
  /** as in ROS 1 */
  readonly type: string
  /** Hz; fewer are told of */
  readonly leastRate: number
  /** older than this is stale, s */
  readonly staleAfter: number
}

export interface StreamState extends RequiredStream {
  /** messages a second */
  readonly rate: number
  /** s since the stamp of the newest message, on the robot's clock; undefined when none came */
  readonly age: number | undefined
  /** why the last message that was wrong was not taken */
  readonly problem?: string | undefined
}

/** What a profile says must arrive. Throws a RangeError when pictures are asked for and the profile has no camera. */
export function requiredStreams(profile: Profile, { rgbd }: { rgbd: boolean }): RequiredStream[] {
  const { ee, objects, wrench, camera, leastRate, limits } = profile
  const { staleAfter, poseStaleAfter } = limits
  if (rgbd && !camera) {
    throw new RangeError(
      `the profile "${profile.name}" has no camera: record without --rgbd, or add one to the profile`,
    )
  }
  const seen = (name: StreamName, { topic, type }: { topic: string; type: string }, rate: number) => ({
    name,
    topic,
    type,
    leastRate: rate,
    staleAfter: poseStaleAfter,
  })
  return [
    { ...seen('ee', ee, leastRate.ee), staleAfter },
    seen('source', objects.source, leastRate.objects),
    seen('target', objects.target, leastRate.objects),
    ...(wrench ? [{ ...seen('wrench', wrench, leastRate.wrench ?? leastRate.ee), staleAfter }] : []),
    ...(rgbd && camera ? [seen('pictures', camera.colour, leastRate.camera ?? 1)] : []),
  ]
}

/** Whether a stream can be recorded from now: it arrives, and is of now. */
export const isFresh = ({ age, staleAfter }: StreamState): boolean =>
  age !== undefined && age <= staleAfter && age >= -FUTURE

/** What keeps a recording from starting, one line each. */
export function obstacles(states: readonly StreamState[]): string[] {
  return states.flatMap(({ name, topic, age, staleAfter, problem }) => {
    const why = problem ? `; a message was not taken: ${problem}` : ''
    if (age === undefined) return [`${name}: nothing arrives on ${topic}${why}`]
    if (age > staleAfter) {
      return [`${name}: the newest on ${topic} is ${age.toFixed(1)} s old, expected at most ${staleAfter} s${why}`]
    }
    if (age < -FUTURE) {
      return [
        `${name}: stamps on ${topic} are ${(-age).toFixed(1)} s ahead of the robot's clock: set the clocks of the machines alike`,
      ]
    }
    return []
  })
}

/** What is no obstacle and yet worth a word. */
export const slowStreams = (states: readonly StreamState[]): string[] =>
  states
    .filter(({ rate, leastRate }) => rate < 0.8 * leastRate)
    .map(
      ({ name, topic, rate, leastRate }) =>
        `${name}: ${rate.toFixed(0)} messages a second on ${topic}, expected at least ${leastRate}`,
    )

/** `ee 100 Hz · source 30 Hz`, with what is stale marked. */
export const ratesLine = (states: readonly StreamState[]): string =>
  states.map((state) => `${state.name} ${isFresh(state) ? `${state.rate.toFixed(0)} Hz` : 'STALE'}`).join(' · ')

/** Messages a second, over the last two. */
export class RateMeter {
  #times: number[] = []

  /** A message came at `now`, s. */
  count(now: number): void {
    this.#times.push(now)
    this.#forget(now)
  }

  rate(now: number): number {
    this.#forget(now)
    return this.#times.length / RateMeter.WINDOW
  }

  #forget(now: number): void {
    const old = this.#times.findIndex((time) => time > now - RateMeter.WINDOW)
    this.#times = old < 0 ? [] : this.#times.slice(old)
  }

  /** s */
  static readonly WINDOW = 2
}
