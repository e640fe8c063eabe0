// A picture with depth as it lies in an episode: two PNGs, taken apart when their pixels are asked for.
import type { Intrinsics, Rgbd } from '../geometry/index.ts'
import { EpisodeError, messageOf } from './errors.ts'
import { decodePng, encodePng } from './png.ts'

/** Depth is kept in whole tenths of a millimetre, of which 16 bits hold 6.5535 m. */
const UNITS_PER_METRE = 10_000
/** The same, as the depth channel's metadata says it. */
export const METRES_PER_UNIT = String(1 / UNITS_PER_METRE)
const MOST_UNITS = 65_535
export const DEEPEST = MOST_UNITS / UNITS_PER_METRE

/** Whether a depth (m) can be recorded: finite, not negative, and not beyond the 16 bits. */
export const fitsDepth = (metres: number): boolean => metres >= 0 && Math.round(metres * UNITS_PER_METRE) <= MOST_UNITS

export const encodeColor = ({ intrinsics: { width, height }, rgb }: Rgbd): Uint8Array =>
  encodePng({ width, height, channels: 3, data: rgb })

/** To the nearest 0.1 mm. A reading stays one: what is nearer than half a unit is kept as one unit, not as a hole. */
export function encodeDepth({ intrinsics: { width, height }, depth }: Rgbd): Uint8Array {
  const units = new Uint16Array(depth.length)
  for (let i = 0; i < depth.length; i++) {
    const metres = depth[i] as number
    units[i] = metres === 0 ? 0 : Math.max(1, Math.round(metres * UNITS_PER_METRE))
  }
  return encodePng({ width, height, channels: 1, data: units })
}

/** Metres, as the depth that was recorded rounded to 0.1 mm; recording it again gives the same file. */
function decodeDepth(png: Uint8Array): Float32Array {
  const { data } = decodePng(png)
  const depth = new Float32Array(data.length)
  for (let i = 0; i < data.length; i++) depth[i] = (data[i] as number) / UNITS_PER_METRE
  return depth
}

/** What the messages of one moment hold of a picture. */
export interface StoredRgbd {
  intrinsics: Intrinsics
  /** PNG */
  color: Uint8Array
  /** PNG */
  depth: Uint8Array
}

/**
 * A picture whose pixels are decoded when `rgb` or `depth` is read, and again if they are read after the collector has
 * taken them: a dataset of pictures is read without filling memory. Reading damaged pixels throws an EpisodeError that
 * begins with `where`.
 */
export function openRgbd({ intrinsics, color, depth }: StoredRgbd, where: string): Rgbd {
  const rgb = whenRead(() => decodePng(color).data as Uint8Array, `${where}: colour`)
  const metres = whenRead(() => decodeDepth(depth), `${where}: depth`)
  return {
    intrinsics,
    get rgb() {
      return rgb()
    },
    get depth() {
      return metres()
    },
  }
}

function whenRead<T extends object>(decode: () => T, where: string): () => T {
  let kept: WeakRef<T> | undefined
  return () => {
    let value = kept?.deref()
    if (!value) {
      try {
        value = decode()
      } catch (cause) {
        throw new EpisodeError(`${where}: the PNG is damaged: ${messageOf(cause)}`, { cause })
      }
      kept = new WeakRef(value)
    }
    return value
  }
}
