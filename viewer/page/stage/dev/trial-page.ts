// A page with nothing but the stage and its insets, steered by shoot.mjs. Not shipped.

import { WebGLRenderer } from 'three'
import { compose, makePose, type Pose, type Rgbd, rotationVectorToQuat, type Vec3 } from '../../../../geometry/index.ts'
import { TIP_BELOW_HAND } from '../../../../sim/scenario.ts'
import { placeScene } from '../../../../sim/scene/index.ts'
import { findTask } from '../../../../sim/tasks/index.ts'
import type { StateFrame } from '../../../protocol/state-frame.ts'
import type { EpisodeTrack } from '../../../protocol/track.ts'
import { drawColour, drawDepth } from '../../camera-picture.ts'
import type { Inset } from '../../ports.ts'
import { createTeleop } from '../../teleop/index.ts'
import { createStage } from '../index.ts'
import { makePolicyPictures } from '../policy-pictures.ts'
import { makeTaskModel } from '../task-model.ts'
import { makeWristView } from '../wrist-view.ts'

const stage = createStage(document.querySelector('#stage') as HTMLElement)
const eeInSource = makePose([0, 0, TIP_BELOW_HAND], [1, 0, 0, 0])
const targetInBase = makePose([0.51, -0.01, 0.1], rotationVectorToQuat([0, 0, 0.15]))

/** A state with the part there in the target frame. */
function stateAt(sourceInTarget: Pose, stamp: number, touches = false): StateFrame {
  const sourceInBase = compose(targetInBase, sourceInTarget)
  return {
    mode: 'policy',
    recording: false,
    armed: true,
    intervened: false,
    sequence: Math.round(stamp * 60),
    input: 0,
    stamp,
    eeInBase: compose(sourceInBase, eeInSource),
    commandInBase: undefined,
    sourceInBase,
    targetInBase,
    trackedSourceInTarget: sourceInTarget,
    wrench: undefined,
    gate: undefined,
    contacts: touches
      ? [
          { position: compose(sourceInBase, makePose([0.004, 0, 0.0005])).position as Vec3, force: [-2, 0, 6] },
          { position: compose(sourceInBase, makePose([-0.004, 0, 0.004])).position as Vec3, force: [3, 0, 1] },
        ]
      : [],
  }
}

/** An approach in curves, down to `depth`, s from 0 to 1. */
function approach(s: number, depth: number, phase = 0): Pose {
  const over = 1 - Math.min(1, s / 0.7)
  const z = s < 0.7 ? 0.04 * over + 0.001 : 0.001 - ((s - 0.7) / 0.3) * (depth + 0.001)
  return makePose(
    [0.012 * over * Math.cos(4 * s + phase), 0.012 * over * Math.sin(3 * s + phase), z],
    rotationVectorToQuat([0.1 * over, 0.08 * over, 0.2 * over]),
  )
}

function trackOf(task: string): EpisodeTrack {
  const { depth } = findTask(task)
  const stamps = Array.from({ length: 180 }, (_, i) => i / 30)
  const sourceInTarget = stamps.map((t) => approach(t / 6, depth))
  return {
    title: 'trial',
    task,
    clearanceMm: 0.5,
    chamferMm: 0.5,
    stamps,
    sourceInTarget,
    targetInBase,
    eeInSource,
    forces: stamps.map((t) => (t > 4 ? 3 + t : 0)),
    chunks: [0, 1, 2, 3, 4, 5].map((stamp) => ({
      stamp,
      interval: 0.1,
      poses: Array.from({ length: 20 }, (_, i) => approach((stamp + 0.1 * i) / 6, depth)),
    })),
    gates: [],
    outcome: null,
  }
}

const demonstrations = (depth: number) =>
  Array.from({ length: 10 }, (_, n) =>
    Array.from({ length: 150 }, (_, i) => approach(i / 149, depth, n * 0.6).position as Vec3),
  )

const insets = Object.fromEntries(
  [...document.querySelectorAll('canvas[data-inset]')].map((canvas) => [
    (canvas as HTMLCanvasElement).dataset.inset,
    canvas,
  ]),
) as Record<Inset, HTMLCanvasElement>

Object.assign(globalThis, { stage, stateAt, approach, trackOf, demonstrations, insets, makePose, findTask })

/** ms of the fastest of ten pictures of each kind: what a busy machine adds is left out. */
function insetCosts() {
  const task = findTask('square-peg')
  const pictures = makePolicyPictures({ task, fit: { clearance: 5e-4, chamfer: 5e-4 } }, 1)
  const state = stateAt(approach(0.5, 0.02), 1)
  const colour = ({ rgb, intrinsics }: Rgbd, canvas: HTMLCanvasElement) => drawColour(rgb, intrinsics, canvas)
  const depth = (picture: Rgbd, canvas: HTMLCanvasElement) =>
    drawDepth(picture.depth, picture.intrinsics, canvas, [0.4, 0.75])
  const fastest = (draw: () => void) =>
    Math.min(
      ...Array.from({ length: 10 }, () => {
        const began = performance.now()
        draw()
        return performance.now() - began
      }),
    )
  return {
    'front-rgb': fastest(() => colour(pictures.frontColour(state, 1), insets['front-rgb'])),
    'front-depth': fastest(() => depth(pictures.front(state, 1), insets['front-depth'])),
    wrist: wristCost(fastest),
    crop: fastest(() => colour(pictures.crop(state, 1) as Rgbd, insets.crop)),
  }
}

function wristCost(fastest: (draw: () => void) => number) {
  const model = makeTaskModel({ task: 'square-peg', clearanceMm: 0.5, chamferMm: 0.5, seed: 1 })
  placeScene(model.scene, stateAt(approach(0.5, 0.02), 1))
  const renderer = new WebGLRenderer({ antialias: false, stencil: true })
  renderer.setSize(768, 432)
  const view = makeWristView()
  // Reading a pixel waits until it is drawn.
  return fastest(() => {
    view.draw(renderer, model.scene, insets.wrist)
    insets.wrist.getContext('2d')?.getImageData(0, 0, 1, 1)
  })
}

/** The crop's bytes, for another engine to compare. */
function cropBytes() {
  const pictures = makePolicyPictures({ task: findTask('usb-c'), fit: { clearance: 5e-4, chamfer: 5e-4 } }, 1)
  return [...(pictures.crop(stateAt(approach(0.3, 0.0065), 1), 1) as Rgbd).rgb]
}

const twists: unknown[] = []
const teleop = createTeleop({ axes: () => stage.axes, targetInBase: () => targetInBase })
Object.assign(globalThis, { insetCosts, cropBytes, teleop, twists })
