// A camera on the hand that looks at the part's tip, drawn by the same renderer as the big view.
import { PerspectiveCamera, type Scene, type WebGLRenderer } from 'three'
import { TIP_BELOW_HAND } from '../../../sim/scenario.ts'
import type { TaskScene } from '../../../sim/scene/index.ts'

export interface WristView {
  /** Draws into `canvas`. What the renderer's own canvas shows has to be drawn anew before the browser shows it. */
  draw(renderer: WebGLRenderer, scene: TaskScene, canvas: HTMLCanvasElement): void
}

/** Pixels. */
const SIZE = { width: 320, height: 240 }
/** Beside the palm, end effector's frame, m. */
const MOUNT = [0.075, 0, 0.035] as const

export function makeWristView(): WristView {
  const camera = new PerspectiveCamera(48, SIZE.width / SIZE.height, 0.005, 3)
  camera.position.set(...MOUNT)
  // Up in the picture is away from the mount, as for the camera in front.
  camera.up.set(-1, 0, 0)
  return {
    draw(renderer, scene, canvas) {
      scene.hand.updateMatrixWorld(true)
      camera.up.set(-1, 0, 0).transformDirection(scene.hand.matrixWorld)
      camera.position.set(...MOUNT).applyMatrix4(scene.hand.matrixWorld)
      const tip = camera.position.clone().set(0, 0, TIP_BELOW_HAND).applyMatrix4(scene.hand.matrixWorld)
      camera.lookAt(tip)
      const { width, height } = renderCorner(renderer, scene, camera)
      if (canvas.width !== width) canvas.width = width
      if (canvas.height !== height) canvas.height = height
      const source = renderer.domElement
      canvas.getContext('2d')?.drawImage(source, 0, source.height - height, width, height, 0, 0, width, height)
    },
  }
}

/** Into the lower left of the renderer's canvas, without what only the viewer sees; that large, in its pixels. */
function renderCorner(renderer: WebGLRenderer, scene: Scene, camera: PerspectiveCamera) {
  const ratio = renderer.getPixelRatio()
  const { width: most, height: high } = renderer.domElement
  const scale = Math.min(1, most / SIZE.width, high / SIZE.height)
  const [width, height] = [Math.floor(SIZE.width * scale), Math.floor(SIZE.height * scale)]
  const clipping = renderer.localClippingEnabled
  renderer.localClippingEnabled = false
  renderer.setScissorTest(true)
  renderer.setScissor(0, 0, width / ratio, height / ratio)
  renderer.setViewport(0, 0, width / ratio, height / ratio)
  renderer.render(scene, camera)
  renderer.setScissorTest(false)
  renderer.setViewport(0, 0, most / ratio, high / ratio)
  renderer.localClippingEnabled = clipping
  return { width, height }
}
