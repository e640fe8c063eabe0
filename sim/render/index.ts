// The headless software rasteriser.
export { render, renderWithShine } from './render.ts'
export type { Camera } from './view.ts'
