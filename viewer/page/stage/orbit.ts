// The person's eye: an orbit camera that glides to preset places and goes along when the receptacle moves.
import { PerspectiveCamera, Vector3 } from 'three'
import { OrbitControls } from 'three/addons/controls/OrbitControls.js'
import type { Vec3 } from '../../../geometry/index.ts'
import { VIEWER_LAYER } from '../../../sim/scene/index.ts'
import type { Stage } from '../ports.ts'
import { betweenViews, type Preset, presetView, type View } from './view-presets.ts'

export interface Orbit {
  camera: PerspectiveCamera
  axes(): Stage['axes']
  /** Distance to what is looked at, m. */
  distance(): number
  /** `opensTo`: see {@link presetView}. */
  look(from: Preset, opensTo: 'x' | 'y'): void
  /** The receptacle stands here, m, base frame: the view goes along. */
  follow(target: Readonly<Vec3>): void
  resize(width: number, height: number): void
  /** Moves on; says whether the view changed. `now`: s. */
  update(now: number): boolean
  dispose(): void
}

const GLIDE_SECONDS = 0.45

/** `onInput`: the view is being turned by hand. */
export function makeOrbit(element: HTMLElement, onInput: () => void): Orbit {
  const camera = new PerspectiveCamera(32, 1, 0.01, 6)
  camera.up.set(0, 0, 1)
  camera.layers.enable(VIEWER_LAYER)
  const controls = new OrbitControls(camera, element)
  const calm = matchMedia('(prefers-reduced-motion: reduce)')
  controls.enableDamping = !calm.matches
  controls.dampingFactor = 0.18
  controls.minDistance = 0.03
  controls.maxDistance = 2.5
  controls.maxPolarAngle = Math.PI * 0.54
  let target: Vec3 = [0.5, 0, 0.1]
  let glide: { from: View; to: View; begun: number | undefined } | undefined
  let changed = true
  const set = ({ eye, centre }: View) => {
    camera.position.set(...eye)
    controls.target.set(...centre)
    changed = true
  }
  set(presetView('front', target))
  controls.update()
  controls.addEventListener('change', () => {
    changed = true
    onInput()
  })
  controls.addEventListener('start', () => {
    glide = undefined
    onInput()
  })
  const view = (): View => ({ eye: camera.position.toArray(), centre: controls.target.toArray() })
  return {
    camera,
    distance: () => camera.position.distanceTo(controls.target),
    axes: () => axesOf(camera),
    look(from, opensTo) {
      const to = presetView(from, target, opensTo)
      if (calm.matches) set(to)
      else glide = { from: view(), to, begun: undefined }
      onInput()
    },
    follow(next) {
      const step: Vec3 = [next[0] - target[0], next[1] - target[1], next[2] - target[2]]
      if (Math.hypot(...step) < 1e-6) return
      target = [...next]
      const by = new Vector3(...step)
      camera.position.add(by)
      controls.target.add(by)
      if (glide) glide = { ...glide, from: shifted(glide.from, step), to: shifted(glide.to, step) }
      changed = true
    },
    resize(width, height) {
      camera.aspect = width / Math.max(1, height)
      camera.updateProjectionMatrix()
      changed = true
    },
    update(now) {
      if (glide) {
        glide.begun ??= now
        const t = Math.min(1, (now - glide.begun) / GLIDE_SECONDS)
        set(betweenViews(glide.from, glide.to, t))
        if (t === 1) glide = undefined
      }
      // Answers whether it moved, and tells 'change', which asks for the next frame as long as it is damped.
      controls.update()
      if (glide) onInput()
      const moved = changed
      changed = false
      return moved
    },
    dispose: () => controls.dispose(),
  }
}

const shifted = ({ eye, centre }: View, by: Vec3): View => ({ eye: plus(eye, by), centre: plus(centre, by) })
const plus = (a: Vec3, b: Vec3): Vec3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]]

function axesOf(camera: PerspectiveCamera): Stage['axes'] {
  camera.updateMatrixWorld()
  const [right, up, back] = [new Vector3(), new Vector3(), new Vector3()]
  camera.matrixWorld.extractBasis(right, up, back)
  return { right: right.toArray(), up: up.toArray(), into: back.negate().toArray() }
}
