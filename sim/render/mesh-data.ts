// A three.js geometry unpacked for the rasteriser: distinct points, so that each is projected once, and flat arrays by
// triangle corner for everything that is only needed where a triangle is seen.
import type { BufferAttribute, BufferGeometry, InterleavedBufferAttribute } from 'three'

export interface MeshData {
  triangles: number
  /** x, y, z of each distinct point, the mesh's frame */
  points: Float64Array
  /** three point numbers per triangle, anticlockwise seen from the front */
  corners: Uint32Array
  /** x, y, z per corner: nine per triangle */
  normals: Float64Array
  /** u, v per corner, where there are any */
  uvs: Float64Array | undefined
  /** linear r, g, b per corner, where there are any */
  colors: Float64Array | undefined
  /** per triangle: 1 where its three normals are one */
  isFlat: Uint8Array
  /** x, y, z and radius of a sphere that holds all points */
  bounds: readonly [number, number, number, number]
}

type Attribute = BufferAttribute | InterleavedBufferAttribute

const cache = new WeakMap<BufferGeometry, { version: number; data: MeshData }>()

/** Unpacked once per geometry, and again when its positions were marked with `needsUpdate`. */
export function meshData(geometry: BufferGeometry): MeshData {
  const position = geometry.getAttribute('position')
  const version = 'version' in position ? position.version : position.data.version
  const known = cache.get(geometry)
  if (known && known.version === version) return known.data
  const data = unpack(geometry)
  cache.set(geometry, { version, data })
  return data
}

function unpack(geometry: BufferGeometry): MeshData {
  const { index } = geometry
  const position = geometry.getAttribute('position')
  if (!geometry.getAttribute('normal')) throw new RangeError('expected a geometry with normals: computeVertexNormals()')
  const cornerCount = index ? index.count : position.count
  const vertexOf = (corner: number) => (index ? index.getX(corner) : corner)
  const perCorner = (attribute: Attribute, size: number): Float64Array => {
    const values = new Float64Array(cornerCount * size)
    for (let corner = 0; corner < cornerCount; corner++) {
      for (let i = 0; i < size; i++) values[size * corner + i] = attribute.getComponent(vertexOf(corner), i)
    }
    return values
  }
  const normals = perCorner(geometry.getAttribute('normal'), 3)
  const [uv, color] = [geometry.getAttribute('uv'), geometry.getAttribute('color')]
  const { points, corners } = distinctPoints(perCorner(position, 3))
  return {
    triangles: cornerCount / 3,
    points,
    corners,
    normals,
    uvs: uv && perCorner(uv, 2),
    colors: color && perCorner(color, 3),
    isFlat: Uint8Array.from({ length: cornerCount / 3 }, (_, triangle) => (isFlat(normals, 9 * triangle) ? 1 : 0)),
    bounds: boundsOf(points),
  }
}

function distinctPoints(positions: Float64Array): { points: Float64Array; corners: Uint32Array } {
  const numbers = new Map<string, number>()
  const points: number[] = []
  const corners = new Uint32Array(positions.length / 3)
  for (let corner = 0; corner < corners.length; corner++) {
    const [x, y, z] = positions.subarray(3 * corner) as unknown as [number, number, number]
    const key = `${x} ${y} ${z}`
    let number = numbers.get(key)
    if (number === undefined) {
      number = points.length / 3
      numbers.set(key, number)
      points.push(x, y, z)
    }
    corners[corner] = number
  }
  return { points: Float64Array.from(points), corners }
}

function isFlat(normals: Float64Array, at: number): boolean {
  for (let i = at; i < at + 3; i++) {
    if (normals[i] !== normals[i + 3] || normals[i] !== normals[i + 6]) return false
  }
  return true
}

/** Around the middle of the box that holds the points. */
function boundsOf(points: Float64Array): MeshData['bounds'] {
  const low = [Infinity, Infinity, Infinity]
  const high = [-Infinity, -Infinity, -Infinity]
  for (const [i, value] of points.entries()) {
    if (value < (low[i % 3] as number)) low[i % 3] = value
    if (value > (high[i % 3] as number)) high[i % 3] = value
  }
  const middle = (axis: number) => ((low[axis] as number) + (high[axis] as number)) / 2
  const [x, y, z] = [middle(0), middle(1), middle(2)]
  let square = 0
  for (let i = 0; i < points.length; i += 3) {
    const [dx, dy, dz] = [(points[i] as number) - x, (points[i + 1] as number) - y, (points[i + 2] as number) - z]
    const distance = dx * dx + dy * dy + dz * dz
    if (distance > square) square = distance
  }
  return [x, y, z, Math.sqrt(square)]
}
