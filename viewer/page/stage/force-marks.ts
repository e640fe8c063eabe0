// Contacts as points, and the force on the held part as an arrow with its size in newtons.
import {
  ConeGeometry,
  CylinderGeometry,
  Group,
  InstancedMesh,
  Matrix4,
  Mesh,
  MeshBasicMaterial,
  SphereGeometry,
  Vector3,
} from 'three'
import type { Vec3 } from '../../../geometry/index.ts'
import { type Contact, MOST_CONTACTS } from '../../protocol/state-frame.ts'
import { COLOURS } from './colours.ts'
import { makeTextLabel } from './text-label.ts'
import type { ForceSeen } from './total-force.ts'

export interface ForceMarks {
  /** base frame */
  object: Group
  showContacts(contacts: readonly Contact[]): void
  showForce(seen: ForceSeen | undefined): void
  /** Only the size is known, N, of what acts at `at`. */
  showSize(at: Readonly<Vec3>, size: number | undefined): void
  /** Points stay as large on the screen: `distance` to the viewer, m. */
  scale(distance: number): void
}

/** m of arrow per N, up to */
const ARROW = { perNewton: 2.5e-3, longest: 0.075, thickness: 9e-4 }
/** Radius of a point at a distance of 1 m, m. */
const POINT = 6e-3
const UP = new Vector3(0, 1, 0)

export function makeForceMarks(): ForceMarks {
  const object = new Group()
  const points = new InstancedMesh(new SphereGeometry(1, 12, 8), overlay(COLOURS.contact), MOST_CONTACTS)
  points.frustumCulled = false
  points.renderOrder = 21
  points.count = 0
  const arrow = makeArrow()
  const label = makeTextLabel()
  object.add(points, arrow, label.object)
  arrow.visible = label.object.visible = false
  const places = new Float32Array(3 * MOST_CONTACTS)
  const matrix = new Matrix4()
  return {
    object,
    showContacts(contacts) {
      points.count = Math.min(contacts.length, MOST_CONTACTS)
      for (let i = 0; i < points.count; i++) places.set((contacts[i] as Contact).position, 3 * i)
    },
    showForce(seen) {
      arrow.visible = label.object.visible = seen !== undefined
      if (!seen) return
      const size = Math.hypot(...seen.force)
      label.say(`${size.toFixed(1)} N`)
      label.object.position.copy(pointArrow(arrow, seen, size))
    },
    showSize(at, size) {
      arrow.visible = false
      label.object.visible = size !== undefined
      if (size === undefined) return
      label.say(`${size.toFixed(1)} N`)
      label.object.position.set(...at)
    },
    scale(distance) {
      const radius = POINT * distance
      for (let i = 0; i < points.count; i++) {
        matrix.makeScale(radius, radius, radius)
        matrix.setPosition(places[3 * i] as number, places[3 * i + 1] as number, places[3 * i + 2] as number)
        points.setMatrixAt(i, matrix)
      }
      points.instanceMatrix.needsUpdate = true
    },
  }
}

function makeArrow(): Group {
  const material = overlay(COLOURS.force)
  const arrow = new Group()
  const shaft = new Mesh(new CylinderGeometry(1, 1, 1, 12).translate(0, 0.5, 0), material)
  const head = new Mesh(new ConeGeometry(2.6, 7, 16).translate(0, 3.5, 0), material)
  arrow.add(shaft, head)
  for (const part of arrow.children) part.renderOrder = 22
  return arrow
}

const along = new Vector3()

/** Returns where it ends. */
function pointArrow(arrow: Group, { at, force }: ForceSeen, size: number): Vector3 {
  const length = Math.min(ARROW.longest, Math.max(4 * ARROW.thickness, size * ARROW.perNewton))
  const [shaft, head] = arrow.children as [Mesh, Mesh]
  arrow.position.set(...at)
  along.set(...force).normalize()
  arrow.quaternion.setFromUnitVectors(UP, along)
  shaft.scale.set(ARROW.thickness, length, ARROW.thickness)
  head.scale.setScalar(ARROW.thickness)
  head.position.y = length
  return along.multiplyScalar(length + 7 * ARROW.thickness).add(arrow.position)
}

const overlay = (color: number) =>
  new MeshBasicMaterial({ color, depthTest: false, depthWrite: false, transparent: true, opacity: 0.92 })
