// The renderer on the graphics card, when there is one, and what happens when it goes away.
import { SRGBColorSpace, WebGLRenderer } from 'three'

export interface Graphics {
  renderer: WebGLRenderer
  /** Gives the picture that many CSS pixels, and as many of its own as are worth drawing. */
  resize(width: number, height: number, moving: boolean): void
  /** Whether a picture in motion is drawn coarser than one at rest. */
  readonly coarseInMotion: boolean
  readonly lost: boolean
  dispose(): void
}

/** More pixels cost more than they show; a processor that draws has to do with fewer, above all in motion. */
const MOST_PIXEL_RATIO = { card: 2, processor: 1, processorInMotion: 0.6 }

/** Undefined where there is no WebGL 2. `onChange`: the context was lost, or is back. */
export function makeGraphics(container: HTMLElement, onChange: () => void): Graphics | undefined {
  const canvas = document.createElement('canvas')
  const card = hasCard()
  // Where the processor draws, smooth edges would take several times as long.
  const context = canvas.getContext('webgl2', {
    stencil: true,
    alpha: false,
    powerPreference: 'high-performance',
    antialias: card,
  })
  if (!context) return undefined
  const renderer = new WebGLRenderer({ canvas, context })
  renderer.outputColorSpace = SRGBColorSpace
  renderer.localClippingEnabled = true
  canvas.style.cssText = 'position:absolute;inset:0;width:100%;height:100%;display:block;touch-action:none'
  canvas.setAttribute('role', 'img')
  canvas.setAttribute('aria-label', 'The robot’s hand, the held part and the receptacle')
  container.prepend(canvas)
  let sized = { ratio: 0, width: 0, height: 0 }
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
    coarseInMotion: !card,
    get lost() {
      return lost
    },
    resize(width, height, moving) {
      const most = MOST_PIXEL_RATIO[card ? 'card' : moving ? 'processorInMotion' : 'processor']
      const ratio = Math.min(most, devicePixelRatio)
      if (ratio === sized.ratio && width === sized.width && height === sized.height) return
      sized = { ratio, width, height }
      renderer.setDrawingBufferSize(width, height, ratio)
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

/** Names under which browsers draw without a graphics card. */
const PROCESSOR = /swiftshader|llvmpipe|softpipe|software|basic render/i

/** Smoothness is chosen before a context tells what draws it: another context is asked. */
function hasCard(): boolean {
  const probe = document.createElement('canvas').getContext('webgl2')
  if (!probe) return false
  const info = probe.getExtension('WEBGL_debug_renderer_info')
  const name = String(probe.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : probe.RENDERER))
  probe.getExtension('WEBGL_lose_context')?.loseContext()
  return !PROCESSOR.test(name)
}
