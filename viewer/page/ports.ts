// Seams inside the page: the stage (three.js) and the operator's devices know no panels, and panels know no WebGL.
import type { Pose, Vec3 } from '../../geometry/index.ts'
import type { Setup } from '../protocol/session.ts'
import type { StateFrame } from '../protocol/state-frame.ts'
import type { EpisodeTrack, PlannedChunk } from '../protocol/track.ts'

/** Which things are drawn beside the robot. */
export interface StageOptions {
  cutAway: boolean
  contacts: boolean
  frames: boolean
  plan: boolean
  trail: boolean
  demonstrations: boolean
  theme: 'light' | 'dark'
}

export const STAGE_DEFAULTS: StageOptions = {
  cutAway: false,
  contacts: true,
  frames: false,
  plan: true,
  trail: true,
  demonstrations: true,
  theme: 'light',
}

export type Inset = 'front-rgb' | 'front-depth' | 'crop' | 'wrist'

export interface Stage {
  /** Shows another task. */
  show(setup: Pick<Setup, 'task' | 'clearanceMm' | 'chamferMm' | 'seed'>): void
  /** The newest state; drawn with the next animation frame. */
  place(frame: StateFrame): void
  setPlan(chunk: PlannedChunk | undefined): void
  /** Curves of the part's tip in the target frame. */
  setDemonstrations(paths: readonly (readonly Vec3[])[]): void
  /** Plays a recorded episode instead of the live state; undefined goes back to it. `time`: s from its start. */
  replay(track: EpisodeTrack | undefined, time?: number): void
  setOptions(options: Partial<StageOptions>): void
  /** Draws a camera's view into a canvas of the page, some ten times a second; undefined takes it away. */
  setInset(inset: Inset, canvas: HTMLCanvasElement | undefined): void
  /** Looks from a preset place. */
  look(from: 'front' | 'side' | 'top' | 'close'): void
  /** How the orbit camera stands: its axes in the base frame, right and up on the screen, and into it. */
  readonly axes: { right: Vec3; up: Vec3; into: Vec3 }
  readonly framesPerSecond: number
  dispose(): void
}

export type Device = 'keyboard' | 'mouse' | 'gamepad' | 'spacemouse'
export type AxesMode = 'camera' | 'target'

export interface TeleopOptions {
  axes: AxesMode
  gain: 'fine' | 'coarse'
  /** false: the clutch is out, and nothing moves */
  clutch: boolean
  /** what a drag on the stage does: turns the view, or drives the part; with Alt the other. Default: `orbit` */
  mouse?: 'orbit' | 'drive'
}

/** What the operator's hands want. */
export interface Teleop {
  options: TeleopOptions
  /** Called 60 times a second while it is on, zero twists included. */
  start(onTwist: (twist: { frame: 'base' | 'target' | 'ee'; linear: Vec3; angular: Vec3 }) => void): void
  stop(): void
  /** whatever is plugged in, and moved last */
  readonly devices: readonly Device[]
  /** Asks for a SpaceMouse; the browser shows its own dialog. */
  connectSpaceMouse(): Promise<boolean>
  /** Lets a pad that can rumble feel it: N. */
  feel(force: number): void
  dispose(): void
}

export interface StageContext {
  /** where the orbit camera stands, for camera-relative steering */
  axes(): Stage['axes']
  targetInBase(): Pose | undefined
}
