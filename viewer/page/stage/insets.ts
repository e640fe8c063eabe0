// The small pictures: what cameras see, each into a canvas of the page, as often as there is time for it.

import { drawColour, drawDepth } from '../camera-picture.ts'
import type { Inset } from '../ports.ts'
import { makeInsetSchedule } from './inset-schedule.ts'
import { DEPTH_RANGE, makePolicyPictures, type PolicyPictures, type SeenState } from './policy-pictures.ts'
import type { TaskModel } from './task-model.ts'

export interface Insets {
  set(inset: Inset, canvas: HTMLCanvasElement | undefined): void
  /** Another task is shown. */
  attach(model: TaskModel, seed: number): void
  /** Something moved: all are stale. */
  touch(): void
  readonly waiting: boolean
  /** The wrist's canvas when it is its turn: it needs the renderer, before the big picture is drawn. */
  wristTurn(now: number): HTMLCanvasElement | undefined
  /** Draws one of the others when it is its turn. */
  draw(state: SeenState, frame: number, clock: () => number): void
  drawn(work: Work, began: number, ended: number): void
}

/** Colour and depth of the camera in front are one picture. */
type Work = 'front' | 'crop' | 'wrist'
const WORK_OF: Readonly<Record<Inset, Work>> = {
  'front-rgb': 'front',
  'front-depth': 'front',
  crop: 'crop',
  wrist: 'wrist',
}

/** `hasGraphics`: the wrist's view can be drawn. */
export function makeInsets(hasGraphics: () => boolean): Insets {
  const canvases = new Map<Inset, HTMLCanvasElement>()
  const schedule = makeInsetSchedule<Work>()
  const stale = new Set<Work>()
  let made: (() => PolicyPictures) | undefined
  const wanted = () => new Set([...canvases.keys()].map((inset) => WORK_OF[inset]))
  const waitingWork = () => {
    const works = wanted()
    return [...stale].filter((work) => works.has(work) && (work !== 'wrist' || hasGraphics()))
  }
  const drawn: Insets['drawn'] = (work, began, ended) => {
    stale.delete(work)
    schedule.drawn(work, began, ended)
  }
  return {
    drawn,
    set(inset, canvas) {
      if (canvas) canvases.set(inset, canvas)
      else canvases.delete(inset)
      stale.add(WORK_OF[inset])
    },
    attach(model, seed) {
      let pictures: PolicyPictures | undefined
      // Its scene is built when somebody looks.
      made = () => (pictures ??= makePolicyPictures(model, seed))
      for (const work of Object.values(WORK_OF)) stale.add(work)
    },
    touch() {
      for (const work of Object.values(WORK_OF)) stale.add(work)
    },
    get waiting() {
      return waitingWork().length > 0
    },
    wristTurn: (now) => (schedule.next(waitingWork(), now) === 'wrist' ? canvases.get('wrist') : undefined),
    draw(state, frame, clock) {
      const began = clock()
      const work = schedule.next(waitingWork(), began)
      if (!made || !work || work === 'wrist') return
      if (work === 'front') drawFront(made(), state, frame)
      else drawCrop(made(), state, frame)
      drawn(work, began, clock())
    },
  }

  function drawFront(pictures: PolicyPictures, state: SeenState, frame: number) {
    const [colour, depth] = [canvases.get('front-rgb'), canvases.get('front-depth')]
    const picture = depth ? pictures.front(state, frame) : pictures.frontColour(state, frame)
    if (colour) drawColour(picture.rgb, picture.intrinsics, colour)
    if (depth) drawDepth(picture.depth, picture.intrinsics, depth, DEPTH_RANGE)
  }

  function drawCrop(pictures: PolicyPictures, state: SeenState, frame: number) {
    const canvas = canvases.get('crop')
    if (!canvas) return
    const picture = pictures.crop(state, frame)
    if (picture) drawColour(picture.rgb, picture.intrinsics, canvas)
    else canvas.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height)
  }
}
