// One frame's view: what is drawn, with its points in the camera frame, and the lights there.
//
// Camera frame: x right, y down, z forward, m.
import {
  DoubleSide,
  FrontSide,
  Light,
  Matrix3,
  Matrix4,
  Mesh,
  MeshLambertMaterial,
  type Object3D,
  type Scene,
} from 'three'
import { type Intrinsics, invert, type Pose, poseToMatrix } from '../../geometry/index.ts'
import { addLight, type Lights, noLights } from './lights.ts'
import { type MeshData, meshData } from './mesh-data.ts'

/** Nothing nearer than this is seen, m. */
export const NEAR = 0.01

export interface Camera {
  intrinsics: Intrinsics
  cameraInBase: Pose
}

/** A mesh that may be seen. */
export interface Item {
  data: MeshData
  material: MeshLambertMaterial
  /** where its points begin in {@link View.points}, in points */
  firstPoint: number
  /** from the mesh's frame to the camera's: row-major 3×3, then the translation */
  transform: Float64Array
  /** for normals, row-major 3×3 */
  normalTransform: Float64Array
  /** by how much the transform makes lengths longer, at most */
  stretch: number
  /** −1 where the transform mirrors, which turns the front of triangles to the back */
  handedness: 1 | -1
}

export interface View {
  items: Item[]
  /** x, y, z of all items' points, camera frame */
  points: Float64Array
  lights: Lights
}

let scratch = new Float64Array(0)

/** The points live in a buffer that the next call uses again. */
export function viewScene(scene: Scene, { intrinsics, cameraInBase }: Camera): View {
  scene.updateMatrixWorld()
  const baseInCamera = new Matrix4().fromArray(poseToMatrix(invert(cameraInBase)))
  const items: Item[] = []
  const lights = noLights()
  let pointCount = 0
  for (const object of drawnObjects(scene)) {
    if (object instanceof Light) addLight(lights, object, baseInCamera)
    else if (object instanceof Mesh) {
      const item = makeItem(object, baseInCamera, pointCount)
      if (!mayBeSeen(item, intrinsics)) continue
      items.push(item)
      pointCount += item.data.points.length / 3
    }
  }
  if (scratch.length < 3 * pointCount) scratch = new Float64Array(3 * pointCount)
  for (const item of items) transformPoints(item, scratch)
  return { items, points: scratch, lights }
}

/** Visible, with all its ancestors, and on layer 0: as a three.js camera would choose. */
function drawnObjects(scene: Scene): Object3D[] {
  const objects: Object3D[] = []
  scene.traverseVisible((object) => {
    if ((object.layers.mask & 1) === 0) return
    if ('isLine' in object || 'isPoints' in object || 'isSprite' in object) {
      throw new RangeError(`the rasteriser draws no ${object.type} ("${object.name}"): put it on the viewer’s layer`)
    }
    objects.push(object)
  })
  return objects
}

function makeItem(mesh: Mesh, baseInCamera: Matrix4, firstPoint: number): Item {
  const { material } = mesh
  if (!(material instanceof MeshLambertMaterial) || material.transparent || 'isInstancedMesh' in mesh) {
    throw new RangeError(
      `the rasteriser draws plain meshes with one opaque MeshLambertMaterial, got "${mesh.name}" with ${describe(material)}`,
    )
  }
  if (material.side !== FrontSide && material.side !== DoubleSide) {
    throw new RangeError(`the rasteriser draws front sides or both, got "${mesh.name}" with its back side`)
  }
  const meshInCamera = new Matrix4().multiplyMatrices(baseInCamera, mesh.matrixWorld)
  const m = meshInCamera.elements
  const n = new Matrix3().getNormalMatrix(meshInCamera).elements
  return {
    data: meshData(mesh.geometry),
    material,
    firstPoint,
    transform: Float64Array.of(m[0], m[4], m[8], m[1], m[5], m[9], m[2], m[6], m[10], m[12], m[13], m[14]),
    normalTransform: Float64Array.of(n[0], n[3], n[6], n[1], n[4], n[7], n[2], n[5], n[8]),
    stretch: meshInCamera.getMaxScaleOnAxis(),
    handedness: meshInCamera.determinant() < 0 ? -1 : 1,
  }
}

const describe = (material: Mesh['material']) =>
  Array.isArray(material)
    ? `${material.length} materials`
    : `${material.transparent ? 'a transparent ' : ''}${material.type}`

/** Whether the bounding sphere reaches into the pyramid that the picture covers. */
function mayBeSeen({ data, transform: t, stretch }: Item, { width, height, fx, fy, cx, cy }: Intrinsics): boolean {
  const [bx, by, bz, radius] = data.bounds
  const reach = radius * stretch
  const along = (row: number) =>
    (t[3 * row] as number) * bx +
    (t[3 * row + 1] as number) * by +
    (t[3 * row + 2] as number) * bz +
    (t[9 + row] as number)
  const [x, y, z] = [along(0), along(1), along(2)]
  if (z + reach < NEAR) return false
  // Sides: f x + (c − limit) z ≥ 0 inside the left one, where the limit is half a pixel outside the first.
  const inside = (f: number, c: number, limit: number, value: number, sign: 1 | -1) => {
    const offset = c - limit
    return sign * (f * value + offset * z) >= -reach * Math.sqrt(f * f + offset * offset)
  }
  return (
    inside(fx, cx, -0.5, x, 1) &&
    inside(fx, cx, width - 0.5, x, -1) &&
    inside(fy, cy, -0.5, y, 1) &&
    inside(fy, cy, height - 0.5, y, -1)
  )
}

function transformPoints({ data, transform, firstPoint }: Item, out: Float64Array): void {
  const { points } = data
  for (let row = 0; row < 3; row++) {
    const a = transform[3 * row] as number
    const b = transform[3 * row + 1] as number
    const c = transform[3 * row + 2] as number
    const t = transform[9 + row] as number
    for (let from = 0, to = 3 * firstPoint + row; from < points.length; from += 3, to += 3) {
      out[to] = a * (points[from] as number) + b * (points[from + 1] as number) + c * (points[from + 2] as number) + t
    }
  }
}
