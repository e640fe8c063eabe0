// The solids of a part as one triangle mesh: what the physics collides is what the pictures show.
import { BoxGeometry, BufferAttribute, BufferGeometry, CylinderGeometry, Matrix4, Vector3 } from 'three'
import { ConvexGeometry } from 'three/addons/geometries/ConvexGeometry.js'
import { type Pose, poseToMatrix, type Vec3 } from '../../geometry/index.ts'
import type { Solid } from '../solids.ts'

/**
 * Flats round a cylinder. Its corners lie on the true surface, the middles of its flats lie inside by
 * `r (1 − cos(π / 96))`: 2 µm at a radius of 4 mm.
 */
const CYLINDER_SIDES = 96

/** All solids in the part's frame, with normals and no indices. */
export function solidGeometry(solids: readonly Solid[]): BufferGeometry {
  return merge(solids.map(oneSolid))
}

function oneSolid(solid: Solid): BufferGeometry {
  switch (solid.kind) {
    case 'box': {
      const [x, y, z] = solid.halfSize
      return placed(new BoxGeometry(2 * x, 2 * y, 2 * z), solid.pose)
    }
    case 'cylinder':
      return placed(uprightCylinder(solid.radius, solid.radius, 2 * solid.halfLength), solid.pose)
    case 'hull':
      return new ConvexGeometry(solid.vertices.map((vertex) => new Vector3(...(vertex.map(onGrid) as Vec3))))
  }
}

/** A cylinder or cone along z, where three's own lie along y; radii at low and high z. */
export function uprightCylinder(low: number, high: number, length: number, sides = CYLINDER_SIDES): BufferGeometry {
  return new CylinderGeometry(high, low, length, sides).rotateX(Math.PI / 2)
}

/** `geometry` with its points taken from the frame of `pose` to the frame that `pose` is given in. */
export function placed(geometry: BufferGeometry, pose: Pose): BufferGeometry {
  return geometry.applyMatrix4(new Matrix4().fromArray(poseToMatrix(pose)))
}

/** One geometry of triangles without indices: positions, normals and, where every one has them, texture coordinates. */
export function merge(geometries: readonly BufferGeometry[]): BufferGeometry {
  const flat = geometries.map((geometry) => (geometry.index ? geometry.toNonIndexed() : geometry))
  const merged = new BufferGeometry()
  for (const [name, size] of [
    ['position', 3],
    ['normal', 3],
    ['uv', 2],
  ] as const) {
    const parts = flat.map((geometry) => geometry.getAttribute(name))
    if (!parts.every((part) => part !== undefined)) continue
    const values = new Float32Array(parts.reduce((sum, part) => sum + part.array.length, 0))
    let offset = 0
    for (const { array } of parts) {
      values.set(array, offset)
      offset += array.length
    }
    merged.setAttribute(name, new BufferAttribute(values, size))
  }
  return merged
}

/**
 * A hull's corners come from sines, whose last bit differs from engine to engine; a face's triangles, which follow from
 * its corners, would differ with it. To a nanometre all engines agree.
 */
const onGrid = (metres: number): number => Math.round(metres * 2 ** 30) / 2 ** 30
