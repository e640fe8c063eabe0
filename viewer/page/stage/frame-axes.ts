// The axes of a frame: x red, y green, z blue, seen through matter.
import {
  ConeGeometry,
  CylinderGeometry,
  Group,
  Mesh,
  MeshBasicMaterial,
  Quaternion,
  SphereGeometry,
  Vector3,
} from 'three'
import { COLOURS } from './colours.ts'

/** `length`: m */
export function makeFrameAxes(length: number): Group {
  const group = new Group()
  const directions = [new Vector3(1, 0, 0), new Vector3(0, 1, 0), new Vector3(0, 0, 1)]
  for (const [i, direction] of directions.entries()) {
    const material = overlay(COLOURS.axes[i] as number)
    const arrow = new Group()
    const shaft = new Mesh(new CylinderGeometry(length * 0.022, length * 0.022, length * 0.8, 8), material)
    const head = new Mesh(new ConeGeometry(length * 0.07, length * 0.2, 12), material)
    shaft.position.y = length * 0.4
    head.position.y = length * 0.9
    arrow.add(shaft, head)
    arrow.quaternion.copy(new Quaternion().setFromUnitVectors(new Vector3(0, 1, 0), direction))
    group.add(arrow)
  }
  group.add(new Mesh(new SphereGeometry(length * 0.05, 12, 8), overlay(0xffffff)))
  group.traverse((object) => {
    object.renderOrder = 20
  })
  return group
}

function overlay(color: number): MeshBasicMaterial {
  // Among the transparent, which are drawn last.
  return new MeshBasicMaterial({ color, depthTest: false, depthWrite: false, transparent: true, opacity: 0.9 })
}
