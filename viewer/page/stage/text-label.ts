// A few characters that float in the scene, always as large on the screen.
import { CanvasTexture, LinearFilter, Sprite, SpriteMaterial, SRGBColorSpace } from 'three'

export interface TextLabel {
  object: Sprite
  /** Draws only when the text is another. */
  say(text: string): void
}

const SIZE = { width: 160, height: 56 }

export function makeTextLabel(): TextLabel {
  const canvas = document.createElement('canvas')
  canvas.width = SIZE.width
  canvas.height = SIZE.height
  const context = canvas.getContext('2d')
  const texture = new CanvasTexture(canvas)
  texture.colorSpace = SRGBColorSpace
  texture.generateMipmaps = false
  texture.minFilter = LinearFilter
  const object = new Sprite(
    new SpriteMaterial({ map: texture, depthTest: false, depthWrite: false, sizeAttenuation: false }),
  )
  object.scale.set(0.031 * (SIZE.width / SIZE.height), 0.031, 1)
  object.center.set(-0.25, 0.5)
  object.renderOrder = 30
  let said = ''
  return {
    object,
    say(text) {
      if (text === said || !context) return
      said = text
      context.clearRect(0, 0, SIZE.width, SIZE.height)
      context.fillStyle = 'rgba(20, 23, 27, 0.86)'
      context.beginPath()
      context.roundRect(0, 0, SIZE.width, SIZE.height, 14)
      context.fill()
      context.fillStyle = '#fff'
      context.font = '600 34px system-ui, sans-serif'
      context.textAlign = 'center'
      context.textBaseline = 'middle'
      context.fillText(text, SIZE.width / 2, SIZE.height / 2 + 2, SIZE.width - 12)
      texture.needsUpdate = true
    },
  }
}
