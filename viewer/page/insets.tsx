// Small pictures over the stage: what the cameras see. The stage draws a simulator's, a real robot sends its own.
import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { PictureFrame } from '../protocol/picture-frame.ts'
import { isReal } from './arm.ts'
import { drawColour, drawDepth } from './camera-picture.ts'
import type { Inset } from './ports.ts'
import { stage, watchPictures } from './studio.ts'

export const INSETS: readonly { name: Inset; label: string }[] = [
  { name: 'front-rgb', label: 'Front' },
  { name: 'front-depth', label: 'Depth' },
  { name: 'crop', label: 'Policy sees' },
  { name: 'wrist', label: 'Wrist' },
]

export const openInsets = signal<readonly Inset[]>(innerWidth < 900 ? ['front-rgb'] : ['front-rgb', 'wrist'])

export function toggleInset(name: Inset): void {
  const open = openInsets.value
  openInsets.value = open.includes(name) ? open.filter((other) => other !== name) : [...open, name]
}

/** The reach of a wrist or table camera, 0.1 mm. */
const REACH = [2000, 12_000] as const

const RECEIVED: Partial<Record<Inset, (canvas: HTMLCanvasElement, picture: PictureFrame) => void>> = {
  'front-rgb': (canvas, picture) => drawColour(picture.rgb, picture, canvas),
  'front-depth': (canvas, picture) => drawDepth(picture.depth, picture, canvas, REACH),
}

/** Beside a real robot's own pictures a drawing would be taken for one: there is none of a camera that it does not have. */
export const offeredInsets = () => (isReal() ? INSETS.filter(({ name }) => RECEIVED[name]) : INSETS)

export function Insets() {
  const shown = offeredInsets().filter(({ name }) => openInsets.value.includes(name))
  return (
    <div class="insets">
      {shown.map(({ name, label }) => (
        <figure key={name} class="inset" data-testid={`inset-${name}`}>
          <InsetPicture name={name} label={label} />
          <figcaption>
            {label}
            <button type="button" class="quiet" aria-label={`Close ${label}`} onClick={() => toggleInset(name)}>
              ✕
            </button>
          </figcaption>
        </figure>
      ))}
    </div>
  )
}

function InsetPicture({ name, label }: { name: Inset; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const draw = isReal() ? RECEIVED[name] : undefined
  const made = stage.value
  useEffect(() => {
    const target = canvas.current
    if (!target) return
    if (draw) return watchPictures((picture) => draw(target, picture))
    made?.setInset(name, target)
    return () => made?.setInset(name, undefined)
  }, [name, draw, made])
  return <canvas ref={canvas} width={160} height={120} role="img" aria-label={`Picture: ${label}`} />
}
