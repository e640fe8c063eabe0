// SVG to PNG, with a font that comes along: a fresh machine may have none.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Resvg } from '@resvg/resvg-js'

const fonts = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf')

/** `scale`: pixels per SVG unit. */
export function svgToPng(svg: string, scale = 1.5): Uint8Array {
  const fontFiles = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) => join(fonts, file))
  const options = {
    fitTo: { mode: 'zoom' as const, value: scale },
    font: { fontFiles, loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans' },
  }
  return new Resvg(svg, options).render().asPng()
}
