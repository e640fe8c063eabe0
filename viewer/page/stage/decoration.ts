// All that is drawn beside the robot, for people only: the simulator's own renderer skips its layer.
import { Group, type Object3D } from 'three'
import type { Pose, Vec3 } from '../../../geometry/index.ts'
import { type Placement, VIEWER_LAYER } from '../../../sim/scene/index.ts'
import type { Contact, StateFrame } from '../../protocol/state-frame.ts'
import type { EpisodeTrack, PlannedChunk } from '../../protocol/track.ts'
import type { StageOptions } from '../ports.ts'
import { type CutAway, makeCutAway } from './cut-away.ts'
import { makeDemonstrations } from './demonstrations.ts'
import { makeForceMarks } from './force-marks.ts'
import { makeFrameAxes } from './frame-axes.ts'
import { type Ghost, makeGhost } from './ghost.ts'
import { type Moment, tipsOf } from './playback.ts'
import { release } from './release.ts'
import type { TaskModel } from './task-model.ts'
import type { ThickLines } from './thick-lines.ts'
import { totalForce } from './total-force.ts'
import { makePlayedTrail, makeTrail } from './trail.ts'

export interface Decoration {
  /** Hangs everything into the scene of another task. */
  attach(model: TaskModel): void
  setOptions(options: StageOptions): void
  setDemonstrations(paths: readonly (readonly Vec3[])[]): void
  /** The tip is here now, m, base frame; says whether the trail grew. */
  step(tip: Readonly<Vec3>): boolean
  clearTrail(): void
  /** Shows the robot as it is. */
  showLive(frame: StateFrame, chunk: PlannedChunk | undefined): void
  /** Shows a moment of the episode given to `setTrack`. */
  showMoment(moment: Moment, time: number): void
  setTrack(track: EpisodeTrack | undefined): void
  /** Before each drawing: what depends on where the viewer stands. */
  face(placement: Placement, viewer: Readonly<Vec3>, distance: number): void
  dispose(): void
}

/** Lengths of axes, m. */
const AXES = { source: 0.018, target: 0.024, hand: 0.03 }

export function makeDecoration(): Decoration {
  const root = new Group()
  const inTarget = new Group()
  const axes = {
    source: makeFrameAxes(AXES.source),
    target: makeFrameAxes(AXES.target),
    hand: makeFrameAxes(AXES.hand),
  }
  const marks = makeForceMarks()
  const trail = makeTrail()
  const demonstrations = makeDemonstrations()
  inTarget.add(axes.target, demonstrations.object)
  root.add(inTarget, axes.source, axes.hand, marks.object, trail.lines.object)
  let cutAway: CutAway | undefined
  let ghost: Ghost | undefined
  let played: ThickLines | undefined
  let options: StageOptions | undefined

  const apply = () => {
    ontoViewerLayer(root)
    if (!options) return
    cutAway?.setOn(options.cutAway)
    for (const each of Object.values(axes)) each.visible = options.frames
    demonstrations.object.visible = options.demonstrations
    marks.object.visible = options.contacts
    // Whether the lines have pieces is theirs to say; whether they are wanted is the layer's.
    const way = options.trail
    trail.lines.object.layers[way && !played ? 'enable' : 'disable'](VIEWER_LAYER)
    if (played) played.object.layers[way ? 'enable' : 'disable'](VIEWER_LAYER)
  }
  const place = ({ sourceInBase, targetInBase, eeInBase }: Placement) => {
    put(axes.source, sourceInBase)
    put(axes.hand, eeInBase)
    put(inTarget, targetInBase)
  }
  const dropTaskParts = () => {
    for (const part of [cutAway, ghost]) {
      if (!part) continue
      part.object.removeFromParent()
      release(part.object)
    }
  }
  const dropPlayed = () => {
    if (!played) return
    played.object.removeFromParent()
    release(played.object)
    played = undefined
  }

  return {
    attach(model) {
      dropTaskParts()
      cutAway = makeCutAway(model)
      ghost = makeGhost(model.source)
      root.add(cutAway.object)
      inTarget.add(ghost.object)
      model.scene.add(root)
      apply()
    },
    setOptions(next) {
      options = next
      apply()
    },
    setDemonstrations(paths) {
      demonstrations.set(paths)
      apply()
    },
    step: (tip) => trail.add(tip),
    clearTrail: () => trail.clear(),
    showLive(frame, chunk) {
      place(frame)
      showContacts(frame.contacts, frame)
      ghost?.show(options?.plan ? chunk : undefined, frame.stamp)
    },
    showMoment(moment, time) {
      place(moment.placement)
      marks.showContacts([])
      marks.showSize(moment.placement.sourceInBase.position, moment.force)
      ghost?.show(options?.plan ? moment.chunk : undefined, time)
      played?.setCount(moment.behind)
    },
    setTrack(track) {
      dropPlayed()
      if (track) {
        played = makePlayedTrail(tipsOf(track))
        root.add(played.object)
      }
      apply()
    },
    face({ targetInBase }, viewer, distance) {
      cutAway?.face(targetInBase, viewer)
      marks.scale(distance)
    },
    dispose() {
      dropTaskParts()
      dropPlayed()
      root.removeFromParent()
      release(root)
    },
  }

  function showContacts(contacts: readonly Contact[], frame: StateFrame) {
    marks.showContacts(contacts)
    marks.showForce(totalForce(frame, frame.sourceInBase))
  }
}

function ontoViewerLayer(root: Object3D): void {
  root.traverse((object) => object.layers.set(VIEWER_LAYER))
}

function put(object: Object3D, { position, orientation }: Pose): void {
  object.position.set(...position)
  object.quaternion.set(...orientation)
}
