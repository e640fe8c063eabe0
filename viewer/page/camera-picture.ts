// Pictures of a real robot's camera, drawn into a canvas of their size.
import type { PictureFrame } from '../protocol/picture-frame.ts'

/** What is nearer is white, farther black, 0.1 mm: the reach of a wrist or table camera. */
const DEPTH_RANGE = [2000, 12_000] as const

export function drawColour(canvas: HTMLCanvasElement, { width, height, rgb }: PictureFrame): void {
  const pixels = new Uint8ClampedArray(4 * width * height)
  for (let i = 0; i < width * height; i++) {
    pixels[4 * i] = rgb[3 * i] as number
    pixels[4 * i + 1] = rgb[3 * i + 1] as number
    pixels[4 * i + 2] = rgb[3 * i + 2] as number
    pixels[4 * i + 3] = 255
  }
  put(canvas, pixels, width, height)
}

export function drawDepth(canvas: HTMLCanvasElement, { width, height, depth }: PictureFrame): void {
  const pixels = new Uint8ClampedArray(4 * width * height)
  for (let i = 0; i < width * height; i++) {
    pixels.fill(greyOf(depth[i] as number), 4 * i, 4 * i + 3)
    pixels[4 * i + 3] = 255
  }
  put(canvas, pixels, width, height)
}

/** 0 to 255; black where the depth is not known. */
export function greyOf(depth: number): number {
  const [near, far] = DEPTH_RANGE
  return depth === 0 ? 0 : Math.round(255 * (1 - Math.max(0, Math.min(1, (depth - near) / (far - near)))))
}

function put(canvas: HTMLCanvasElement, pixels: Uint8ClampedArray<ArrayBuffer>, width: number, height: number) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
  canvas.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0)
}
