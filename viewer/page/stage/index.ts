// The three-dimensional view: the simulator's own scene with what a person wants to see round it.
export { createStage } from './stage.ts'
