// Tasks as three.js scenes: shapes from the physics, looks from a seed.
export { appearanceOf } from './finish.ts'
export { drawLook, LOOK_LEVELS, type Look, type LookLevel } from './look.ts'
export { makeScene, type Placement, placeScene, TaskScene, VIEWER_LAYER } from './scene.ts'
