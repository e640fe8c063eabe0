// The thread that draws pictures: the same that the robot would draw itself, for all follows from seed and numbers.
import { parentPort, workerData } from 'node:worker_threads'
import { CAMERA_IN_BASE, findClearance, findTask, SimCamera } from '../../sim/index.ts'
import { episodeRandom } from './episodes.ts'
import type { FromPictures, PictureSetup, ToPictures } from './picture-thread.ts'

const { task, clearance, chamfer, seed, camera: options } = workerData as PictureSetup
const port = parentPort
if (!port) throw new Error('this file runs in a worker thread')

let looking: { index: number; camera: SimCamera } | undefined

function cameraOf(index: number): SimCamera {
  if (looking?.index === index) return looking.camera
  const fit = { clearance: findClearance(clearance), chamfer: chamfer / 1e3 }
  const camera = new SimCamera(findTask(task), fit, options, episodeRandom(seed, index).fork('camera'))
  looking = { index, camera }
  return camera
}

port.on('message', ({ index, shot: { frame, placement, seen } }: ToPictures) => {
  const camera = cameraOf(index)
  let picture: FromPictures
  try {
    picture = camera.picture(frame, placement, CAMERA_IN_BASE, seen)
  } catch (error) {
    // The parts, as they are tracked, are outside the sensor.
    if (!(error instanceof RangeError)) throw error
  }
  port.postMessage(picture, picture ? [picture.rgb.buffer as ArrayBuffer, picture.depth.buffer as ArrayBuffer] : [])
})
