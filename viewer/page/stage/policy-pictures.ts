// What the simulator's own camera sees, drawn by the very code that draws it for a policy and for a recording.
//
// Colours are the same to the last byte. Errors of depth are those of the same camera model, drawn anew.
import { compose, invert, type Pose, type Rgbd, relative } from '../../../geometry/index.ts'
import { CAMERA_IN_BASE, SimCamera } from '../../../sim/camera.ts'
import type { Placement } from '../../../sim/scene/index.ts'
import { Random } from '../../../tensor/random.ts'
import type { TaskModel } from './task-model.ts'

/** Where things are, and where a tracker says that the part is. */
export interface SeenState extends Placement {
  trackedSourceInTarget: Pose
}

export interface PolicyPictures {
  /** All that the sensor sees, in colour; its depth is the truth. */
  frontColour(state: SeenState, frame: number): Rgbd
  /** The same with the errors of a depth camera, which take longer than the picture. */
  front(state: SeenState, frame: number): Rgbd
  /** The square round both parts that is recorded and shown to a policy; undefined when they are outside the sensor. */
  crop(state: SeenState, frame: number): Rgbd | undefined
}

/** As `cli/demonstrate.ts` takes pictures. */
export const CROP = { width: 160, height: 160, look: 'plain', depthNoise: 'none' } as const
export const FRONT = { width: 320, height: 240, look: 'plain', depthNoise: 'd405' } as const

/** What the sensor's depth is spread over, m from the camera: the parts stand at 0.55 m. */
export const DEPTH_RANGE = [0.4, 0.75] as const

export function makePolicyPictures({ task, fit }: Pick<TaskModel, 'task' | 'fit'>, seed: number): PolicyPictures {
  const random = new Random(seed)
  const front = new SimCamera(task, fit, FRONT, random.fork('front'))
  const colour = new SimCamera(task, fit, { ...FRONT, depthNoise: 'none' }, random.fork('front'))
  const crop = new SimCamera(task, fit, CROP, random.fork('crop'))
  return {
    frontColour: (state, frame) => colour.picture(frame, state, CAMERA_IN_BASE, seenParts(state)),
    front: (state, frame) => front.picture(frame, state, CAMERA_IN_BASE, seenParts(state)),
    crop(state, frame) {
      try {
        return crop.picture(frame, state, CAMERA_IN_BASE, seenParts(state))
      } catch (error) {
        // The parts, as they are tracked, are outside the sensor.
        if (error instanceof RangeError) return undefined
        throw error
      }
    },
  }
}

function seenParts({ targetInBase, trackedSourceInTarget }: SeenState) {
  const targetInCamera = relative(CAMERA_IN_BASE, targetInBase)
  return { targetInCamera, sourceInCamera: compose(targetInCamera, trackedSourceInTarget) }
}

export const trackedTruly = ({ sourceInBase, targetInBase }: Placement): Pose =>
  compose(invert(targetInBase), sourceInBase)
