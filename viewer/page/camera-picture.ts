// Pictures of cameras as a person can read them: colour as it is, depth from yellow (near) to dark blue (far).

interface Size {
  width: number
  height: number
}

/** Draws colours, 3 bytes a pixel; gives the canvas the picture's size. */
export function drawColour(rgb: Uint8Array, { width, height }: Size, canvas: HTMLCanvasElement): void {
  const pixels = new Uint8ClampedArray(4 * width * height)
  for (let i = 0; i < width * height; i++) {
    pixels[4 * i] = rgb[3 * i] as number
    pixels[4 * i + 1] = rgb[3 * i + 1] as number
    pixels[4 * i + 2] = rgb[3 * i + 2] as number
    pixels[4 * i + 3] = 255
  }
  put(pixels, width, height, canvas)
}

/** Draws depths between `range`, in the same unit; black where nothing was read. */
export function drawDepth(
  depth: Float32Array | Uint16Array,
  { width, height }: Size,
  canvas: HTMLCanvasElement,
  range: readonly [near: number, far: number],
): void {
  const pixels = new Uint8ClampedArray(4 * width * height)
  const [near, far] = range
  for (let i = 0; i < width * height; i++) {
    const z = depth[i] as number
    if (z > 0) pixels.set(depthColour((z - near) / (far - near)), 4 * i)
    pixels[4 * i + 3] = 255
  }
  put(pixels, width, height, canvas)
}

/** Even in lightness, and as readable to people who see few colours: yellow, green, blue, dark violet (as viridis). */
const STOPS: readonly (readonly [number, number, number])[] = [
  [253, 231, 37],
  [94, 201, 98],
  [33, 145, 140],
  [59, 82, 139],
  [68, 1, 84],
]

/** sRGB of a distance, 0 near to 1 far; beyond, the ends. */
export function depthColour(t: number): [number, number, number] {
  const place = Math.min(1, Math.max(0, t)) * (STOPS.length - 1)
  const i = Math.min(STOPS.length - 2, Math.floor(place))
  const [a, b] = [STOPS[i], STOPS[i + 1]] as [(typeof STOPS)[0], (typeof STOPS)[0]]
  const mix = (k: 0 | 1 | 2) => Math.round(a[k] + (b[k] - a[k]) * (place - i))
  return [mix(0), mix(1), mix(2)]
}

function put(pixels: Uint8ClampedArray<ArrayBuffer>, width: number, height: number, canvas: HTMLCanvasElement): void {
  if (canvas.width !== width) canvas.width = width
  if (canvas.height !== height) canvas.height = height
  canvas.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0)
}
