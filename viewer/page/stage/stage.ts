// The stage: puts the newest state, or a moment of a recorded episode, into the task's scene and draws it when it differs.
//
//   place · replay · options · orbit ──► dirty ──► animation frame: wrist inset, big picture, one more inset ──► rest
import { Color } from 'three'
import { compose, makePose, type Pose } from '../../../geometry/index.ts'
import { TIP_BELOW_HAND } from '../../../sim/scenario.ts'
import { type Placement, placeScene } from '../../../sim/scene/index.ts'
import type { StateFrame } from '../../protocol/state-frame.ts'
import type { EpisodeTrack, PlannedChunk } from '../../protocol/track.ts'
import { STAGE_DEFAULTS, type Stage, type StageOptions } from '../ports.ts'
import { looksDifferent } from './changed.ts'
import { BACKGROUNDS } from './colours.ts'
import { makeDecoration } from './decoration.ts'
import { makeFrameRate } from './frame-rate.ts'
import { posesToCome } from './ghost.ts'
import { makeGraphics } from './graphics.ts'
import { handHides, seeThroughHand } from './hand-in-the-way.ts'
import { makeInsets } from './insets.ts'
import { makeNotice } from './notice.ts'
import { makeOrbit } from './orbit.ts'
import { type Moment, momentAt } from './playback.ts'
import { trackedTruly } from './policy-pictures.ts'
import { release } from './release.ts'
import { sectionAxis } from './section-plane.ts'
import { makeTaskModel, type Shown, sameShown, type TaskModel } from './task-model.ts'
import { makeWristView } from './wrist-view.ts'

const NO_WEBGL =
  'This browser offers no WebGL 2, which the three-dimensional view needs. ' +
  'Switch hardware acceleration on in its settings, or open the page in another browser; everything else works.'
const LOST = 'The graphics card was taken away for a moment; the picture comes back by itself.'

/** Before anything is known: the part over the receptacle at its usual place. */
const USUAL: Placement = placementOf(makePose([0.5, 0, 0.1]), makePose([0, 0, 0.04]))

/** Without a change for so long, a picture is at rest, s. */
const SETTLED = 0.3

const seconds = () => performance.now() / 1e3

export function createStage(container: HTMLElement): Stage {
  if (getComputedStyle(container).position === 'static') container.style.position = 'relative'
  const notice = makeNotice(container)
  const graphics = makeGraphics(container, onGraphics)
  const orbit = makeOrbit(graphics?.renderer.domElement ?? container, changed)
  const decoration = makeDecoration()
  const insets = makeInsets(() => graphics !== undefined && !graphics.lost)
  const wrist = makeWristView()
  const rate = makeFrameRate()
  const background = new Color(BACKGROUNDS.light)
  let options: StageOptions = STAGE_DEFAULTS
  let model: TaskModel | undefined
  let shown: Shown | undefined
  let built: Shown | undefined
  let live: StateFrame | undefined
  let seen: StateFrame | undefined
  let chunk: PlannedChunk | undefined
  let chunkLeft = 0
  let played: { track: EpisodeTrack; time: number; moment: Moment } | undefined
  let asked = 0
  let dirty = true
  let disposed = false
  let changedAt = Number.NEGATIVE_INFINITY
  let moving = false
  let settling: ReturnType<typeof setTimeout> | undefined
  decoration.setOptions(options)
  if (graphics) graphics.renderer.domElement.dataset.stage = ''
  else notice.say(NO_WEBGL)

  const resized = new ResizeObserver(() => {
    orbit.resize(container.clientWidth, container.clientHeight)
    // A canvas of another size is empty until it is drawn.
    draw()
  })
  resized.observe(container)

  return {
    show(next) {
      shown = { ...next }
      if (!played) build(shown)
    },
    place(frame) {
      live = frame
      const grew = decoration.step(frame.sourceInBase.position)
      if (played) return
      const left = chunk && options.plan ? posesToCome(chunk, frame.stamp).length : 0
      if (!grew && left === chunkLeft && !looksDifferent(seen, frame)) return
      if (looksDifferent(seen, frame)) insets.touch()
      chunkLeft = left
      seen = frame
      changed()
    },
    setPlan(next) {
      chunk = next
      if (!played) changed()
    },
    setDemonstrations(paths) {
      decoration.setDemonstrations(paths)
      changed()
    },
    replay(track, time = 0) {
      if (!track) leaveReplay()
      else play(track, time)
    },
    setOptions(next) {
      options = { ...options, ...next }
      background.set(BACKGROUNDS[options.theme])
      decoration.setOptions(options)
      changed()
    },
    setInset(inset, canvas) {
      insets.set(inset, canvas)
      invalidate()
    },
    look: (from) => orbit.look(from, model ? sectionAxis(model) : 'x'),
    get axes() {
      return orbit.axes()
    },
    get framesPerSecond() {
      return rate.perSecond(seconds())
    },
    dispose() {
      disposed = true
      cancelAnimationFrame(asked)
      clearTimeout(settling)
      resized.disconnect()
      orbit.dispose()
      decoration.dispose()
      if (model) release(model.scene)
      graphics?.dispose()
      notice.dispose()
    },
  }

  function trouble(): string | undefined {
    if (!graphics) return NO_WEBGL
    return graphics.lost ? LOST : undefined
  }

  function onGraphics() {
    notice.say(trouble())
    changed()
  }

  function build(want: Shown) {
    if (sameShown(built, want)) {
      // Another that cannot be shown may have been asked for since.
      notice.say(trouble())
      return
    }
    try {
      const next = makeTaskModel(want)
      decoration.attach(next)
      decoration.clearTrail()
      insets.attach(next, want.seed)
      if (model) release(model.scene)
      model = next
      built = want
      notice.say(trouble())
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      notice.say(`This task cannot be shown: ${error.message}`)
    }
    changed()
  }

  function play(track: EpisodeTrack, time: number) {
    if (played?.track !== track) {
      build({ task: track.task, clearanceMm: track.clearanceMm, chamferMm: track.chamferMm, seed: shown?.seed ?? 0 })
      decoration.setTrack(track)
    }
    played = { track, time, moment: momentAt(track, time) }
    insets.touch()
    changed()
  }

  function leaveReplay() {
    if (!played) return
    played = undefined
    decoration.setTrack(undefined)
    if (shown) build(shown)
    insets.touch()
    changed()
  }

  function changed() {
    noteChange()
    dirty = true
    invalidate()
  }

  function invalidate() {
    if (asked === 0 && !disposed) asked = requestAnimationFrame(onFrame)
  }

  function placement(): Placement {
    return played?.moment.placement ?? live ?? USUAL
  }

  function onFrame() {
    asked = 0
    if (orbit.update(seconds())) dirty = true
    const canvas = insets.wristTurn(seconds())
    if (canvas) drawWrist(canvas)
    if (dirty) draw()
    const tracked = played ? played.moment.sourceInTarget : (live?.trackedSourceInTarget ?? trackedTruly(placement()))
    insets.draw({ ...placement(), trackedSourceInTarget: tracked }, live?.sequence ?? 0, seconds)
    if (insets.waiting) invalidate()
  }

  function prepare(scene: TaskModel['scene']) {
    placeScene(scene, placement())
    if (played) decoration.showMoment(played.moment, played.time)
    else if (live) decoration.showLive(live, chunk)
  }

  /** While one change follows the other, only the last picture is worth all its pixels. */
  function noteChange() {
    if (!graphics?.coarseInMotion) return
    const now = seconds()
    moving = now - changedAt < SETTLED
    changedAt = now
    clearTimeout(settling)
    if (moving) settling = setTimeout(changed, 1.1e3 * SETTLED)
  }

  function drawWrist(canvas: HTMLCanvasElement) {
    if (!graphics || !model) return
    const began = seconds()
    prepare(model.scene)
    seeThroughHand(model.scene, false)
    wrist.draw(graphics.renderer, model.scene, canvas)
    insets.drawn('wrist', began, seconds())
    // It used the big picture's canvas.
    dirty = true
  }

  function draw() {
    dirty = false
    if (!graphics || graphics.lost || !model || container.clientWidth === 0) return
    graphics.resize(container.clientWidth, container.clientHeight, moving)
    prepare(model.scene)
    const { targetInBase } = placement()
    orbit.follow(targetInBase.position)
    decoration.face(placement(), orbit.camera.position.toArray(), orbit.distance())
    seeThroughHand(model.scene, handHides(model.scene, orbit.camera.position))
    graphics.renderer.setClearColor(background)
    graphics.renderer.render(model.scene, orbit.camera)
    rate.count(seconds())
  }
}

function placementOf(targetInBase: Pose, sourceInTarget: Pose): Placement {
  const sourceInBase = compose(targetInBase, sourceInTarget)
  return { targetInBase, sourceInBase, eeInBase: compose(sourceInBase, makePose([0, 0, TIP_BELOW_HAND], [1, 0, 0, 0])) }
}
