// The sample pictures inside a browser: what Chromium draws, written into the page for a test to read.
import { TASKS } from '../tasks/index.ts'
import { SAMPLE_TASK, samplePictures } from './sample-pictures.ts'

/** The little of a browser that is used here; Node's types leave it out. */
declare const document: { body: { textContent: string } }

document.body.textContent = samplePictures([SAMPLE_TASK, ...Object.values(TASKS)])
  .flatMap(({ rgbd: { rgb, depth } }) => [toHex(rgb), toHex(new Uint8Array(depth.buffer))])
  .join('\n')

function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}
