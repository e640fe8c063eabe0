// The receptacle cut open. A clipping plane takes the near half away; where the plane runs through matter a hatched cap is
// drawn, found by counting in the stencil: of a closed solid that the plane cuts, one more back than front is seen.
import {
  AlwaysStencilFunc,
  BackSide,
  Color,
  DataTexture,
  DecrementWrapStencilOp,
  FrontSide,
  Group,
  IncrementWrapStencilOp,
  LinearFilter,
  LinearMipmapLinearFilter,
  Mesh,
  MeshBasicMaterial,
  type MeshLambertMaterial,
  NotEqualStencilFunc,
  Plane,
  PlaneGeometry,
  Quaternion,
  RepeatWrapping,
  ReplaceStencilOp,
  type Sphere,
  SRGBColorSpace,
  Vector3,
} from 'three'
import { type Pose, rotateVector, type Vec3 } from '../../../geometry/index.ts'
import { facingNormal, type SectionNormal, sectionNormals } from './section-plane.ts'
import type { TaskModel } from './task-model.ts'

export interface CutAway {
  /** hangs in the scene, base frame */
  object: Group
  setOn(on: boolean): void
  /** Turns the cut to the viewer, m, base frame. */
  face(targetInBase: Pose, viewerInBase: Readonly<Vec3>): void
}

/** Between two lines of the hatching, m. */
const HATCH = 0.004

export function makeCutAway({ task, fit, target, stand }: TaskModel): CutAway {
  const normals = sectionNormals(task, fit)
  const plane = new Plane()
  const object = new Group()
  const caps = [target, stand].map((mesh, i) => makeCap(mesh, plane, i + 1))
  for (const { counting, cap } of caps) object.add(cap, ...counting)
  let normal: SectionNormal | undefined
  object.visible = false
  return {
    object,
    setOn(on) {
      object.visible = on
      for (const mesh of [target, stand]) (mesh.material as MeshLambertMaterial).clippingPlanes = on ? [plane] : null
    },
    face(targetInBase, viewerInBase) {
      normal = facingNormal(normals, targetInBase, viewerInBase, normal)
      const out = new Vector3(...rotateVector(targetInBase.orientation, normal))
      const at = new Vector3(...targetInBase.position)
      plane.setFromNormalAndCoplanarPoint(out.clone().negate(), at)
      for (const { counting, cap } of caps) {
        cap.position.copy(at)
        cap.quaternion.copy(upright(targetInBase, normal))
        for (const counter of counting) {
          counter.position.copy(at)
          counter.quaternion.set(...targetInBase.orientation)
        }
      }
    },
  }
}

/** A plane's z along the normal, its y along the axis of insertion. */
function upright({ orientation }: Pose, [nx, ny]: SectionNormal): Quaternion {
  const toSide = new Quaternion().setFromUnitVectors(new Vector3(0, -1, 0), new Vector3(nx, ny, 0))
  const standing = new Quaternion().setFromAxisAngle(new Vector3(1, 0, 0), Math.PI / 2)
  return new Quaternion(...orientation).multiply(toSide).multiply(standing)
}

function makeCap(mesh: Mesh, plane: Plane, order: number): { counting: Mesh[]; cap: Mesh } {
  const counting = [BackSide, FrontSide].map((side) => {
    const op = side === BackSide ? IncrementWrapStencilOp : DecrementWrapStencilOp
    const material = new MeshBasicMaterial({
      side,
      depthWrite: false,
      depthTest: false,
      colorWrite: false,
      stencilWrite: true,
      stencilFunc: AlwaysStencilFunc,
      stencilFail: op,
      stencilZFail: op,
      stencilZPass: op,
      clippingPlanes: [plane],
    })
    const counter = new Mesh(mesh.geometry, material)
    counter.renderOrder = order
    counter.frustumCulled = false
    return counter
  })
  const [size, height] = capSize(mesh)
  const plate = new PlaneGeometry(size, size).translate(0, height, 0)
  const cap = new Mesh(plate, capMaterial((mesh.material as MeshLambertMaterial).color, size))
  cap.renderOrder = order + 0.5
  cap.onAfterRender = (renderer) => renderer.clearStencil()
  return { counting, cap }
}

/** Side of a square that holds any cut through the axis, and its middle on the axis, m. */
function capSize({ geometry }: Mesh): [size: number, height: number] {
  geometry.computeBoundingSphere()
  const { center, radius } = geometry.boundingSphere as Sphere
  return [2 * (radius + Math.hypot(center.x, center.y)), center.z]
}

function capMaterial(matter: Color, size: number): MeshBasicMaterial {
  return new MeshBasicMaterial({
    map: hatching(matter, size),
    // Faces inside matter end at the cut: the cap lies over their edges.
    polygonOffset: true,
    polygonOffsetFactor: -1,
    polygonOffsetUnits: -4,
    stencilWrite: true,
    stencilRef: 0,
    stencilFunc: NotEqualStencilFunc,
    stencilFail: ReplaceStencilOp,
    stencilZFail: ReplaceStencilOp,
    stencilZPass: ReplaceStencilOp,
  })
}

/** Oblique lines, as on a drawing, in a lighter shade of what is cut; of what is white, in a darker one. */
function hatching(matter: Color, capSize: number): DataTexture {
  const size = 32
  const isLight = matter.g > 0.5
  const ground = isLight ? matter.clone().multiplyScalar(0.8) : matter.clone().lerp(new Color(0xffffff), 0.42)
  const line = isLight ? matter.clone().multiplyScalar(0.35) : matter.clone().lerp(new Color(0xffffff), 0.12)
  const data = new Uint8Array(4 * size * size)
  for (let v = 0; v < size; v++) {
    for (let u = 0; u < size; u++) {
      const distance = Math.abs(((u + v) % size) - size / 2)
      const shade = ground.clone().lerp(line, Math.max(0, 1 - distance / 4))
      const { r, g, b } = shade.convertLinearToSRGB()
      data.set([255 * r, 255 * g, 255 * b, 255], 4 * (v * size + u))
    }
  }
  const texture = new DataTexture(data, size, size)
  texture.colorSpace = SRGBColorSpace
  texture.wrapS = texture.wrapT = RepeatWrapping
  texture.repeat.setScalar(capSize / HATCH)
  texture.magFilter = LinearFilter
  texture.minFilter = LinearMipmapLinearFilter
  texture.generateMipmaps = true
  texture.anisotropy = 4
  texture.needsUpdate = true
  return texture
}
