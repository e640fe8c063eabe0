// The renderer on the graphics card, when there is one, and what happens when it goes away.
import { SRGBColorSpace, WebGLRenderer } from 'three'

export interface Graphics {
  renderer: WebGLRenderer
  /** of the drawing buffer, from CSS pixels */
  resize(width: number, height: number): void
  readonly lost: boolean
  dispose(): void
}

/** More pixels cost more than they show. */
const MOST_PIXEL_RATIO = 2

/** Undefined where there is no WebGL 2. `onChange`: the context was lost, or is back. */
export function makeGraphics(container: HTMLElement, onChange: () => void): Graphics | undefined {
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('webgl2', {
    antialias: true,
    stencil: true,
    alpha: false,
    powerPreference: 'high-performance',
  })
  if (!context) return undefined
  const renderer = new WebGLRenderer({ canvas, context, antialias: true, stencil: true })
  renderer.outputColorSpace = SRGBColorSpace
  renderer.localClippingEnabled = true
  canvas.style.cssText = 'position:absolute;inset:0;width:100%;height:100%;display:block;touch-action:none'
  canvas.setAttribute('role', 'img')
  canvas.setAttribute('aria-label', 'The robot’s hand, the held part and the receptacle')
  container.prepend(canvas)
  let lost = false
  const onLost = (event: Event) => {
    event.preventDefault()
    lost = true
    onChange()
  }
  const onBack = () => {
    lost = false
    onChange()
  }
  canvas.addEventListener('webglcontextlost', onLost)
  canvas.addEventListener('webglcontextrestored', onBack)
  return {
    renderer,
    get lost() {
      return lost
    },
    resize(width, height) {
      renderer.setPixelRatio(Math.min(MOST_PIXEL_RATIO, devicePixelRatio))
      renderer.setSize(width, height, false)
    },
    dispose() {
      canvas.removeEventListener('webglcontextlost', onLost)
      canvas.removeEventListener('webglcontextrestored', onBack)
      renderer.dispose()
      renderer.forceContextLoss()
      canvas.remove()
    },
  }
}
