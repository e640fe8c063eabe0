// Colour and metric depth of a three.js scene, without a GPU, a window or a dependency beyond three itself.
//
// Synchronous and deterministic: the same scene gives the same bytes in Node and in a browser. Draws opaque Lambert meshes
// on layer 0 under ambient, directional, hemisphere and point lights; throws a RangeError at anything else.
import type { Scene } from 'three'
import type { Intrinsics, Rgbd } from '../../geometry/index.ts'
import { rasterise } from './rasterise.ts'
import { shade } from './shade.ts'
import { type Camera, viewScene } from './view.ts'

/** A picture with, per pixel, how shiny the surface is: 0 (matt) to 255 (mirror). */
export interface ShinyRgbd extends Rgbd {
  shine: Uint8Array
}

export function render(scene: Scene, camera: Camera): Rgbd {
  return draw(scene, camera, undefined)
}

/** What a depth camera's noise depends on besides depth: the materials' `userData.shine`, 0 to 1. */
export function renderWithShine(scene: Scene, camera: Camera): ShinyRgbd {
  const shine = new Uint8Array(camera.intrinsics.width * camera.intrinsics.height)
  return { ...draw(scene, camera, shine), shine }
}

function draw(scene: Scene, camera: Camera, shine: Uint8Array | undefined): Rgbd {
  const { intrinsics } = camera
  checkIntrinsics(intrinsics)
  const view = viewScene(scene, camera)
  const visibility = rasterise(view, intrinsics)
  const count = intrinsics.width * intrinsics.height
  const depth = new Float32Array(count)
  for (let i = 0; i < count; i++) {
    const inverse = visibility.inverseDepth[i] as number
    if (inverse > 0) depth[i] = 1 / inverse
  }
  const rgb = new Uint8Array(3 * count)
  shade(scene, view, visibility, intrinsics, rgb, shine)
  return { intrinsics, rgb, depth }
}

/** Largest width and height, pixels: the guard band of the rasteriser reaches a little further. */
const MAX_SIZE = 8192

function checkIntrinsics({ width, height, fx, fy, cx, cy }: Intrinsics): void {
  const isSize = (size: number) => Number.isInteger(size) && size >= 1 && size <= MAX_SIZE
  if (!(isSize(width) && isSize(height))) {
    throw new RangeError(`expected a picture of 1 to ${MAX_SIZE} pixels each way, got ${width}×${height}`)
  }
  if (!(fx > 0 && fy > 0 && [fx, fy, cx, cy].every(Number.isFinite))) {
    throw new RangeError(
      `expected positive focal lengths and a finite principal point, got ${JSON.stringify({ fx, fy, cx, cy })}`,
    )
  }
}
