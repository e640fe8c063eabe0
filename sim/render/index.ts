// The headless software rasteriser.
export { render, renderWithShine, type ShinyRgbd } from './render.ts'
export type { Camera } from './view.ts'
