// An episode's poses, played back by their stamps.
import type { Pose } from '../geometry/index.ts'
import type { ObjectPoses, PoseSource } from './pose-source.ts'

/** Of a recorded frame, what is played back. */
export interface RecordedPoses {
  /** s, on the recording's clock */
  readonly stamp: number
  readonly sourceInCamera: Pose
  readonly targetInCamera: Pose
}

/**
 * A source that gives frame k from the moment on when as much time has passed since `start` as lay between the first frame
 * and frame k; the last one is held. Stamps are moved to the clock `now` (s). Recordings keep no confidence: it is 1.
 * Throws a RangeError without frames, or when their stamps do not increase.
 */
export function recordedPoses(frames: readonly RecordedPoses[], now: () => number, start = now()): PoseSource {
  const first = frames[0]
  if (!first) throw new RangeError('expected a recording of at least one frame, got none')
  const disorder = frames.findIndex((frame, k) => k > 0 && !(frame.stamp > (frames[k - 1]?.stamp ?? Number.NaN)))
  if (disorder > 0)
    throw new RangeError(`expected stamps that increase, got frame ${disorder} not after the one before`)
  const offset = start - first.stamp
  let next = 0
  let newest: ObjectPoses | undefined
  return {
    latest() {
      const time = now() - offset
      for (let frame = frames[next]; frame && frame.stamp <= time; frame = frames[++next]) {
        const at = { stamp: frame.stamp + offset, confidence: 1 }
        newest = { source: { pose: frame.sourceInCamera, ...at }, target: { pose: frame.targetInCamera, ...at } }
      }
      return newest
    },
  }
}
