// Pictures of a real robot's camera, for whoever wants them.
import type { Observation } from '../../control/index.ts'
import type { PictureFrame } from '../protocol/picture-frame.ts'
import { makeNews } from '../server/news.ts'
import { pictured } from './pictured.ts'

/** s; they go out no more often */
const INTERVAL = 0.1

export class PictureFeed {
  readonly #news = makeNews<PictureFrame>()
  readonly subscribe = this.#news.subscribe
  #at = Number.NEGATIVE_INFINITY
  #stamp: number | undefined

  get isWanted(): boolean {
    return this.#news.isHeard
  }

  /** Nothing is done while nobody listens. `at`: s, by any clock. */
  show(observation: Observation, at: number): void {
    if (!this.isWanted || at - this.#at < INTERVAL) return
    const { rgbd, stamp, pictureStamp = stamp } = observation
    if (!rgbd || pictureStamp === this.#stamp) return
    this.#at = at
    this.#stamp = pictureStamp
    this.#news.tell(pictured(rgbd, pictureStamp))
  }
}
