// What stands around the parts: table, clutter and lights. For pictures only.
import {
  AmbientLight,
  BoxGeometry,
  type BufferGeometry,
  DirectionalLight,
  type Light,
  Mesh,
  PlaneGeometry,
  PointLight,
  SphereGeometry,
} from 'three'
import { axisAngleToQuat, makePose } from '../../geometry/index.ts'
import { linearColor, makeMaterial } from './finish.ts'
import { type ClutterPiece, LIT_PLACE, type LightLook, type SurfaceLook } from './look.ts'
import { placed, uprightCylinder } from './solid-geometry.ts'
import { wrapTexture } from './textures.ts'

/** The table's top is at z = 0 of the base and this large, m. */
const TABLE = { depth: 1.4, width: 1.8, centreX: 0.45 }

export function makeTable(finish: SurfaceLook): Mesh {
  const top = placed(new PlaneGeometry(TABLE.depth, TABLE.width), makePose([TABLE.centreX, 0, 0])).toNonIndexed()
  return new Mesh(
    wrapTexture(top, finish.texture?.tile ?? 1),
    makeMaterial({ color: [128, 128, 128], shine: 0 }, finish),
  )
}

export function makeClutter({ shape, foot, yaw, size, color, shine }: ClutterPiece): Mesh {
  const height = shape === 'ball' ? size[0] : size[2]
  const pose = makePose([foot[0], foot[1], height / 2], axisAngleToQuat([0, 0, 1], yaw))
  return new Mesh(placed(clutterGeometry(shape, size), pose), makeMaterial({ color, shine }, { shine: 0 }))
}

function clutterGeometry(shape: ClutterPiece['shape'], [width, depth, height]: ClutterPiece['size']): BufferGeometry {
  switch (shape) {
    case 'box':
      return new BoxGeometry(width, depth, height)
    case 'cylinder':
      return uprightCylinder(width / 2, width / 2, height, 32)
    case 'ball':
      return new SphereGeometry(width / 2, 24, 16)
  }
}

export function makeLight(look: LightLook): Light {
  const color = linearColor(look.color)
  if (look.kind === 'ambient') return new AmbientLight(color, look.intensity)
  if (look.kind === 'point') {
    const light = new PointLight(color, look.intensity)
    light.position.set(...look.position)
    return light
  }
  const light = new DirectionalLight(color, look.intensity)
  light.position.set(...look.position)
  light.target.position.set(...LIT_PLACE)
  // Only what hangs in the graph has its world position kept.
  light.add(light.target)
  light.target.position.sub(light.position)
  return light
}
