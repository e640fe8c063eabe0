// Lines some pixels wide, as many pieces as wanted up to a fixed number, none of which is allocated while they are drawn.
import { DynamicDrawUsage, InstancedInterleavedBuffer, InterleavedBufferAttribute } from 'three'
import { LineMaterial } from 'three/addons/lines/LineMaterial.js'
import { LineSegments2 } from 'three/addons/lines/LineSegments2.js'
import { LineSegmentsGeometry } from 'three/addons/lines/LineSegmentsGeometry.js'
import type { Vec3 } from '../../../geometry/index.ts'

export interface ThickLines {
  object: LineSegments2
  setPiece(i: number, from: Readonly<Vec3>, to: Readonly<Vec3>): void
  /** How many pieces are drawn, from the first. */
  setCount(count: number): void
}

export interface LineLook {
  color: number
  /** CSS pixels */
  width: number
  opacity?: number
  /** seen through what stands in front */
  throughMatter?: boolean
}

export function makeThickLines(capacity: number, { color, width, opacity = 1, throughMatter }: LineLook): ThickLines {
  const values = new Float32Array(6 * Math.max(1, capacity))
  const buffer = new InstancedInterleavedBuffer(values, 6, 1)
  buffer.setUsage(DynamicDrawUsage)
  const geometry = new LineSegmentsGeometry()
  geometry.setAttribute('instanceStart', new InterleavedBufferAttribute(buffer, 3, 0))
  geometry.setAttribute('instanceEnd', new InterleavedBufferAttribute(buffer, 3, 3))
  geometry.instanceCount = 0
  const material = new LineMaterial({
    color,
    linewidth: width,
    transparent: opacity < 1,
    opacity,
    depthTest: !throughMatter,
    depthWrite: opacity === 1 && !throughMatter,
  })
  const object = new LineSegments2(geometry, material)
  // Pieces come and go: no box round them is kept.
  object.frustumCulled = false
  return {
    object,
    setPiece(i, from, to) {
      values.set(from, 6 * i)
      values.set(to, 6 * i + 3)
      // All of it goes to the card: ranges would pile up while nothing is drawn, behind another tab.
      buffer.needsUpdate = true
    },
    setCount(count) {
      geometry.instanceCount = count
      object.visible = count > 0
    },
  }
}
