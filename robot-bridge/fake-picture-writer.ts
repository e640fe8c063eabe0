// A thread that writes pictures as fast as it finds room for them, for tests: each of one shade, its own number.
import { parentPort, workerData } from 'node:worker_threads'
import { PictureWriter } from './picture-ring.ts'

const { turns, width, height } = workerData as { turns: SharedArrayBuffer; width: number; height: number }
const writer = new PictureWriter(turns)
const intrinsics = { width, height, fx: width, fy: width, cx: 0, cy: 0 }
let count = 0

setInterval(() => {
  for (let room = writer.room(); room; room = writer.room()) {
    count++
    room.rgb(3 * width * height).fill(count % 256)
    room.depth(width * height).fill(count)
    parentPort?.postMessage(room.handOver(count, intrinsics))
  }
}, 0)
