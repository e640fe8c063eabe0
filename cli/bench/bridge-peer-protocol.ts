// What the two processes of the bridge's benchmark say to each other.

/** Asked by the benchmark. */
export interface PeerQuestion {
  kind: 'take'
}

/** `arrived`: commands, without those that are said again. Times on the peer's clock, s. */
export type PeerAnswer =
  | { kind: 'listening'; url: string }
  | { kind: 'taken'; arrived: { time: number; x: number }[]; measured: { time: number; x: number }[] }

export const PICTURE = { width: 640, height: 480 }
/** Successive poses differ by this along x, m: which one a command was made from shows in it. */
export const STEP = 1e-6

/** Argument of the side that stands for the arm: it notes when commands come. */
export const URGENT = '--urgent'
