// Pixels worked out by hand. The camera stands at the base's origin and looks along +z: x right, y down.
import {
  AmbientLight,
  BufferGeometry,
  Color,
  DataTexture,
  DirectionalLight,
  DoubleSide,
  Float32BufferAttribute,
  HemisphereLight,
  LineSegments,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  NearestFilter,
  PointLight,
  RepeatWrapping,
  Scene,
  SRGBColorSpace,
} from 'three'
import { describe, expect, it } from 'vitest'
import { type Intrinsics, identityPose, type Rgbd, unproject, type Vec3, windowOf } from '../../geometry/index.ts'
import { VIEWER_LAYER } from '../scene/index.ts'
import { render, renderWithShine } from './render.ts'

/** One unit of x at depth 1 is one pixel, and the origin is the first pixel's centre. */
const UNIT: Intrinsics = { width: 6, height: 6, fx: 1, fy: 1, cx: 0, cy: 0 }

const WHITE = () => new MeshLambertMaterial({ color: new Color(1, 1, 1) })

/** Triangles without indices; normals towards the camera unless given. */
function mesh(points: readonly Vec3[], material = WHITE(), normal: Vec3 = [0, 0, -1]): Mesh {
  const geometry = new BufferGeometry()
  geometry.setAttribute('position', new Float32BufferAttribute(points.flat(), 3))
  geometry.setAttribute(
    'normal',
    new Float32BufferAttribute(
      points.flatMap(() => normal),
      3,
    ),
  )
  return new Mesh(geometry, material)
}

/** A quadrilateral from its corners in the order top left, top right, bottom right, bottom left. */
function quad([a, b, c, d]: readonly [Vec3, Vec3, Vec3, Vec3], material?: MeshLambertMaterial, normal?: Vec3): Mesh {
  return mesh([a, d, c, a, c, b], material, normal)
}

/** Facing the camera at depth z, and far larger than the picture. */
const wall = (z: number, material?: MeshLambertMaterial) =>
  quad(
    [
      [-50, -50, z],
      [50, -50, z],
      [50, 50, z],
      [-50, 50, z],
    ],
    material,
  )

const look = (
  objects: readonly (Mesh | AmbientLight | DirectionalLight | PointLight | HemisphereLight)[],
  intrinsics = UNIT,
) => render(new Scene().add(...objects), { intrinsics, cameraInBase: identityPose() })

const depthAt = ({ depth, intrinsics }: Rgbd, u: number, v: number) => depth[v * intrinsics.width + u] as number
const colorAt = ({ rgb, intrinsics }: Rgbd, u: number, v: number) => [
  ...rgb.slice(3 * (v * intrinsics.width + u)).slice(0, 3),
]
const covered = ({ depth }: Rgbd) => [...depth].map((z) => (z > 0 ? 1 : 0))

describe('depth', () => {
  it('of a wall is its distance along the optical axis, in the corners too', () => {
    const picture = look([wall(0.5)])
    for (const z of picture.depth) expect(z).toBeCloseTo(0.5, 6)
  })

  it('of a slope follows its plane: z = 1 + x with x = u z / 100 is z = 1 / (1 − u / 100)', () => {
    const slope = quad([
      [-0.5, -9, 0.5],
      [1, -9, 2],
      [1, 9, 2],
      [-0.5, 9, 0.5],
    ])
    const picture = look([slope], { width: 40, height: 2, fx: 100, fy: 100, cx: 0, cy: 0 })
    for (const u of [0, 1, 20, 39]) expect(depthAt(picture, u, 1)).toBeCloseTo(1 / (1 - u / 100), 6)
  })

  it('is that of the nearest surface, whatever was drawn first, and 0 where there is none', () => {
    const near = quad([
      [0, 0, 1],
      [2, 0, 1],
      [2, 6, 1],
      [0, 6, 1],
    ])
    for (const order of [
      [near, wall(2)],
      [wall(2), near],
    ]) {
      const picture = look(order)
      expect([depthAt(picture, 1, 1), depthAt(picture, 2, 1)]).toEqual([1, 2])
    }
    expect(depthAt(look([near]), 4, 1)).toBe(0)
  })

  it('of a floor that runs under and behind the camera is right up to the horizon', () => {
    // 1 m below the eye: (v − cy) z / fy = 1.
    const floor = quad([
      [-500, 1, 500],
      [500, 1, 500],
      [500, 1, -500],
      [-500, 1, -500],
    ])
    const picture = look([floor], { width: 3, height: 200, fx: 100, fy: 100, cx: 1, cy: 99.5 })
    // Snapping moves the horizon by up to 1/512 pixel, which counts against the pixels down from it.
    for (const v of [100, 110, 150, 199]) {
      const down = v - 99.5
      expect(Math.abs(depthAt(picture, 1, v) - 100 / down)).toBeLessThanOrEqual(100 / down / (512 * down))
    }
    for (const v of [0, 50, 99]) expect(depthAt(picture, 1, v)).toBe(0)
  })

  it('ends where a surface comes nearer than 10 mm', () => {
    expect(covered(look([wall(0.011)]))).not.toContain(0)
    expect(covered(look([wall(0.009)]))).not.toContain(1)
  })
})

describe('the edge of a triangle', () => {
  const corner: Vec3[] = [
    [0, 0, 1],
    [0, 4, 1],
    [4, 0, 1],
  ]

  it('takes the pixels on its top and left and leaves those on the right: 4 + 3 + 2 + 1', () => {
    expect(covered(look([mesh(corner)]))).toEqual([
      ...[1, 1, 1, 1, 0, 0],
      ...[1, 1, 1, 0, 0, 0],
      ...[1, 1, 0, 0, 0, 0],
      ...[1, 0, 0, 0, 0, 0],
      ...[0, 0, 0, 0, 0, 0],
      ...[0, 0, 0, 0, 0, 0],
    ])
  })

  it('is shared without a gap or an overlap: each pixel goes to one neighbour', () => {
    const other: Vec3[] = [
      [4, 0, 1],
      [0, 4, 1],
      [4, 4, 1],
    ]
    const [one, two] = [covered(look([mesh(corner)])), covered(look([mesh(other)]))]
    expect(one.map((count, i) => count + (two[i] as number))).toEqual([
      ...Array(4).fill([1, 1, 1, 1, 0, 0]).flat(),
      ...Array(12).fill(0),
    ])
  })

  it('is not seen from behind, unless the material has two sides', () => {
    const fromBehind = [...corner].reverse()
    expect(covered(look([mesh(fromBehind)]))).not.toContain(1)
    const material = WHITE()
    material.side = DoubleSide
    expect(covered(look([mesh(fromBehind, material)]))).toEqual(covered(look([mesh(corner)])))
  })

  it('keeps its front when the mesh is mirrored', () => {
    const mirrored = mesh(corner.map(([x, y, z]): Vec3 => [-x, y, z]))
    mirrored.scale.set(-1, 1, 1)
    // The mirrored copy lists its corners the other way round: three.js then takes the other side for the front.
    expect(covered(look([mirrored]))).not.toContain(1)
    const listedBack = mesh([...corner].reverse().map(([x, y, z]): Vec3 => [-x, y, z]))
    listedBack.scale.set(-1, 1, 1)
    expect(covered(look([listedBack]))).toEqual(covered(look([mesh(corner)])))
  })
})

describe('a window of a larger picture', () => {
  it('has the bytes that the larger picture has there, although its principal point lies outside', () => {
    const whole: Intrinsics = { width: 64, height: 48, fx: 50, fy: 50, cx: 31.5, cy: 23.5 }
    const light = new PointLight(new Color(1, 0.5, 0.2), 3)
    const objects = [
      light,
      wall(2),
      mesh([
        [-0.4, -0.5, 1],
        [-0.3, 0.4, 1.5],
        [0.7, 0.1, 0.8],
      ]),
    ]
    const [full, part] = [look(objects, whole), look(objects, windowOf(whole, { x: 34, y: 26, width: 20, height: 15 }))]
    expect(part.intrinsics).toEqual({ width: 20, height: 15, fx: 50, fy: 50, cx: -2.5, cy: -2.5 })
    for (let v = 0; v < 15; v++) {
      for (let u = 0; u < 20; u++) {
        expect(colorAt(part, u, v)).toEqual(colorAt(full, u + 34, v + 26))
        expect(depthAt(part, u, v)).toBeCloseTo(depthAt(full, u + 34, v + 26), 6)
      }
    }
  })
})

describe('light', () => {
  const shadeOfWall = (
    light: AmbientLight | DirectionalLight | PointLight | HemisphereLight,
    z = 1,
    material = WHITE(),
  ) => colorAt(look([wall(z, material), light]), 0, 0)
  // An intensity of π leaves white as it is, because Lambert divides by π.

  it('from all around multiplies the surface’s colour: 0.5 is byte 188, 0.25 is 137', () => {
    // 1.055 · 0.5^(1/2.4) − 0.055 = 0.7354 = 187.5 / 255; 1.055 · 0.25^(1/2.4) − 0.055 = 0.5371 = 137.0 / 255
    const material = new MeshLambertMaterial({ color: new Color(1, 0.5, 0) })
    expect(shadeOfWall(new AmbientLight(new Color(1, 1, 1), Math.PI), 1, material)).toEqual([255, 188, 0])
    expect(shadeOfWall(new AmbientLight(new Color(0.5, 0.5, 1), Math.PI), 1, material)).toEqual([188, 137, 0])
  })

  it('from one direction counts by the cosine, and from behind not at all', () => {
    const from = (x: number, y: number, z: number) => {
      const light = new DirectionalLight(new Color(1, 1, 1), Math.PI / 2)
      light.position.set(x, y, z)
      return shadeOfWall(light)
    }
    expect(from(0, 0, -3)).toEqual([188, 188, 188])
    // 60° off: cos = 1/2.
    expect(from(Math.sqrt(3), 0, -1)).toEqual([137, 137, 137])
    expect(from(1, 1, 1)).toEqual([0, 0, 0])
  })

  it('from a point fades with the square of the distance', () => {
    // At the pixel straight ahead the wall at 1 m is 1 m away: 0.5 π / 1² / π; at 2 m a quarter of it.
    const light = () => new PointLight(new Color(1, 1, 1), Math.PI / 2)
    expect(shadeOfWall(light(), 1)).toEqual([188, 188, 188])
    // 0.125: 1.055 · 0.125^(1/2.4) − 0.055 = 0.3885 = 99.1 / 255
    expect(shadeOfWall(light(), 2)).toEqual([99, 99, 99])
    // With a cut-off at 2 m, at 1 m: (1 − (1/2)⁴)² = 0.879 of 0.5 = 0.4395: 0.6938 = 176.9 / 255
    const ending = light()
    ending.distance = 2
    expect(shadeOfWall(ending, 1)).toEqual([177, 177, 177])
  })

  it('from the sky mixes sky and ground by how far the surface looks up', () => {
    const sky = new HemisphereLight(new Color(1, 0, 0), new Color(0, 0, 1), Math.PI)
    // Upright, the wall takes half of each; when up is towards the camera, the sky alone.
    sky.position.set(0, -1, 0)
    expect(shadeOfWall(sky)).toEqual([188, 0, 188])
    sky.position.set(0, 0, -1)
    expect(shadeOfWall(sky)).toEqual([255, 0, 0])
  })

  it('on the back of a two-sided surface is that of the side which is seen', () => {
    const material = WHITE()
    material.side = DoubleSide
    const light = new DirectionalLight(new Color(1, 1, 1), Math.PI)
    light.position.set(0, 0, -1)
    // Corners and normals as of a wall that looks away.
    const away = mesh(
      [
        [-50, -50, 1],
        [50, 50, 1],
        [-50, 50, 1],
      ],
      material,
      [0, 0, 1],
    )
    expect(colorAt(look([away, light]), 0, 2)).toEqual([255, 255, 255])
  })
})

const BRIGHT = () => new AmbientLight(new Color(1, 1, 1), Math.PI)

describe('colours of a surface', () => {
  it('at its corners are blended as perspective has it', () => {
    // From black at z = 1 to red at z = 3. Half-way in the picture 1/z = (1 + 1/3) / 2, so z = 1.5: a quarter of the way.
    const material = WHITE()
    material.vertexColors = true
    const slope = quad(
      [
        [0, -9, 1],
        [30, -9, 3],
        [30, 9, 3],
        [0, 9, 1],
      ],
      material,
    )
    // The quad's corners come as a, d, c, a, c, b: left, left, right, left, right, right.
    const red = [0, 0, 1, 0, 1, 1].flatMap((value) => [value, 0, 0])
    slope.geometry.setAttribute('color', new Float32BufferAttribute(red, 3))
    const picture = look([slope, BRIGHT()], { width: 11, height: 3, fx: 1, fy: 1, cx: 0, cy: 1 })
    expect(depthAt(picture, 5, 1)).toBeCloseTo(1.5, 6)
    expect(colorAt(picture, 5, 1)).toEqual([137, 0, 0])
  })

  it('come from the nearest texel, the first row at v = 0, and repeat', () => {
    const texel = [
      [255, 0, 0],
      [0, 255, 0],
      [10, 20, 30],
      [188, 137, 99],
    ]
    const texture = new DataTexture(Uint8Array.from(texel.flatMap((rgb) => [...rgb, 255])), 2, 2)
    texture.magFilter = NearestFilter
    texture.wrapS = RepeatWrapping
    texture.colorSpace = SRGBColorSpace
    const material = WHITE()
    material.map = texture
    // Four pixels wide and high; pixel centres lie at u = 1/8 + … of a coordinate that runs from 0 to 2, and v from 0 to 1.
    const square = quad(
      [
        [-0.5, -0.5, 1],
        [3.5, -0.5, 1],
        [3.5, 3.5, 1],
        [-0.5, 3.5, 1],
      ],
      material,
    )
    const [a, b, c, d] = [
      [0, 0],
      [2, 0],
      [2, 1],
      [0, 1],
    ] as [number[], number[], number[], number[]]
    square.geometry.setAttribute('uv', new Float32BufferAttribute([a, d, c, a, c, b].flat(), 2))
    const picture = look([square, BRIGHT()], { ...UNIT, width: 4, height: 4 })
    const row = (v: number) => [0, 1, 2, 3].map((u) => colorAt(picture, u, v))
    expect(row(0)).toEqual([texel[0], texel[1], texel[0], texel[1]])
    expect(row(1)).toEqual(row(0))
    expect(row(3)).toEqual([texel[2], texel[3], texel[2], texel[3]])
  })

  it('stay out of the way of the background, and the shine is that of the material', () => {
    const scene = new Scene()
    scene.background = new Color(0.5, 0.25, 1)
    const material = WHITE()
    material.userData = { shine: 0.4 }
    scene.add(
      mesh(
        [
          [0, 0, 1],
          [0, 4, 1],
          [4, 0, 1],
        ],
        material,
      ),
    )
    const picture = renderWithShine(scene, { intrinsics: UNIT, cameraInBase: identityPose() })
    expect(colorAt(picture, 5, 5)).toEqual([188, 137, 255])
    expect([picture.shine[0], picture.shine[35]]).toEqual([102, 0])
  })
})

describe('the graph', () => {
  it('is drawn where its ancestors put it, and not when one of them is hidden or it is on the viewer’s layer alone', () => {
    const child = wall(0.5)
    const parent = wall(5)
    parent.add(child)
    parent.position.set(0, 0, 1)
    expect(depthAt(look([parent]), 0, 0)).toBeCloseTo(1.5, 6)
    child.layers.set(VIEWER_LAYER)
    expect(depthAt(look([parent]), 0, 0)).toBeCloseTo(6, 6)
    parent.visible = false
    expect(depthAt(look([parent]), 0, 0)).toBe(0)
  })

  it('may change between pictures: geometry marked as changed is read again', () => {
    const moving = wall(1)
    expect(depthAt(look([moving]), 0, 0)).toBe(1)
    const position = moving.geometry.getAttribute('position')
    for (let i = 0; i < position.count; i++) position.setZ(i, 3)
    position.needsUpdate = true
    expect(depthAt(look([moving]), 0, 0)).toBe(3)
  })

  it('is culled only where it cannot be seen', () => {
    // Far to the side, but large enough to reach into the picture.
    const wide = wall(1)
    wide.position.set(49, 0, 0)
    expect(depthAt(look([wide]), 0, 0)).toBe(1)
    wide.position.set(60, 0, 0)
    expect(covered(look([wide]))).not.toContain(1)
  })
})

describe('what cannot be drawn is refused', () => {
  const refuse = (object: Mesh | LineSegments, intrinsics = UNIT) => {
    object.name = 'thing'
    return () => render(new Scene().add(object), { intrinsics, cameraInBase: identityPose() })
  }

  it('with the mesh’s name and what to do', () => {
    const glass = WHITE()
    glass.transparent = true
    expect(refuse(wall(1, glass))).toThrow('"thing" with a transparent MeshLambertMaterial')
    const basic = wall(1)
    basic.material = new MeshBasicMaterial()
    expect(refuse(basic)).toThrow('with one opaque MeshLambertMaterial, got "thing" with MeshBasicMaterial')
    expect(refuse(new LineSegments())).toThrow('draws no LineSegments ("thing"): put it on the viewer’s layer')
    expect(
      refuse(new Mesh(new BufferGeometry().setAttribute('position', new Float32BufferAttribute([], 3)), WHITE())),
    ).toThrow('expected a geometry with normals')
  })

  it('with the intrinsics that are wrong', () => {
    expect(refuse(wall(1), { ...UNIT, width: 0 })).toThrow('expected a picture of 1 to 8192 pixels each way, got 0×6')
    expect(refuse(wall(1), { ...UNIT, fx: -1 })).toThrow('expected positive focal lengths')
    expect(refuse(wall(1), { ...UNIT, cx: Number.NaN })).toThrow('finite principal point')
  })
})

describe('a pixel and its ray', () => {
  it('meet where geometry says they do', () => {
    const intrinsics = { width: 160, height: 160, fx: 1400, fy: 1400, cx: -300.25, cy: 220.5 }
    // A pyramid's tip, 0.1 mm wide, at the point that pixel (100, 40) sees at 0.6 m.
    const [x, y, z] = unproject(intrinsics, 100, 40, 0.6)
    const r = 0.00015
    const tip = mesh([
      [x - r, y - r, z],
      [x, y + r, z],
      [x + r, y - r, z],
    ])
    const hits = [...look([tip], intrinsics).depth.entries()].filter(([, depth]) => depth > 0)
    expect(hits.map(([pixel]) => [pixel % 160, Math.floor(pixel / 160)])).toEqual([[100, 40]])
  })
})
