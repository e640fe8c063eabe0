// Pictures from the thread that decodes them to the one that commands, in memory that both see.
//
// Sixty megabytes a second of arrays that are handed over are garbage of the thread that commands, though it looks at few
// of them; and collecting it makes commands late. So pictures stay where they were decoded, in one of a few slots that go
// round, and are copied out when somebody looks at them.
//
//   writer   room() ─ decode ─ handOver()                       room() …        turn of the slot:  even, the writer's
//                                  └─► take() ─ rgbd ─ giveBack() ─┘                              odd, the reader's
//   reader
//
// A slot belongs to one thread at a time, and only that one passes it on, by adding 1 to its turn. Thus nobody reads what
// is half written, however long either is held up; and who still asks for a picture after its slot was given back is
// told so, because the turn has gone on.
import type { Intrinsics, Rgbd } from '../geometry/index.ts'
import type { PictureRoom } from './pictures.ts'

/** What is said of a picture when its slot changes hands. Plain data. */
export interface HandedPicture {
  /** when it was taken, s on the robot's clock */
  stamp: number
  intrinsics: Intrinsics
  slot: number
  /** of the slot; as long as it stands there, the picture is the reader's */
  turn: number
  /** where the slot's pixels are; left out when they are where they were */
  memory?: SlotMemory
}

/** Each exactly as large as its picture. */
interface SlotMemory {
  rgb: SharedArrayBuffer
  depth: SharedArrayBuffer
}

const isReaders = (turn: number): boolean => turn % 2 !== 0

/** The turn of each of so many slots, for both threads. */
export const makeTurns = (slots: number): SharedArrayBuffer =>
  new SharedArrayBuffer(slots * Int32Array.BYTES_PER_ELEMENT)

/** The end of the thread that decodes. */
export class PictureWriter {
  readonly #turns: Int32Array
  readonly #slots: WritableSlot[]
  #next = 0

  constructor(turns: SharedArrayBuffer) {
    this.#turns = new Int32Array(turns)
    this.#slots = Array.from(this.#turns, (_, slot) => new WritableSlot(this.#turns, slot))
  }

  /** A slot to decode into, the same until it is handed over; undefined as long as the reader has them all. */
  room(): WritableSlot | undefined {
    for (let tried = 0; tried < this.#slots.length; tried++) {
      if (!isReaders(Atomics.load(this.#turns, this.#next))) return this.#slots[this.#next]
      this.#next = (this.#next + 1) % this.#slots.length
    }
    return undefined
  }
}

/** Room for one picture; memory is made anew only when the size of pictures changes. */
class WritableSlot implements PictureRoom {
  readonly #turns: Int32Array
  readonly #slot: number
  #rgb = new Uint8Array(new SharedArrayBuffer(0))
  #depth = new Float32Array(new SharedArrayBuffer(0))
  #isMoved = true

  constructor(turns: Int32Array, slot: number) {
    this.#turns = turns
    this.#slot = slot
  }

  rgb(length: number): Uint8Array {
    if (this.#rgb.length !== length) {
      this.#rgb = new Uint8Array(new SharedArrayBuffer(length))
      this.#isMoved = true
    }
    return this.#rgb
  }

  depth(length: number): Float32Array {
    if (this.#depth.length !== length) {
      this.#depth = new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT))
      this.#isMoved = true
    }
    return this.#depth
  }

  /** It is the reader's from now on; what is returned has to be told it. */
  handOver(stamp: number, intrinsics: Intrinsics): HandedPicture {
    const memory = { rgb: this.#rgb.buffer, depth: this.#depth.buffer } as SlotMemory
    const turn = Atomics.add(this.#turns, this.#slot, 1) + 1
    const handed = { stamp, intrinsics, slot: this.#slot, turn, ...(this.#isMoved && { memory }) }
    this.#isMoved = false
    return handed
  }
}

/** The end of the thread that looks. */
export class PictureReader {
  readonly #turns: Int32Array
  readonly #memory: SlotMemory[] = []

  constructor(turns: SharedArrayBuffer) {
    this.#turns = new Int32Array(turns)
  }

  /** Each that was handed over, in that order. */
  take(handed: HandedPicture): LentPicture {
    const { slot, turn } = handed
    if (handed.memory) this.#memory[slot] = handed.memory
    const memory = this.#memory[slot]
    if (!memory || Atomics.load(this.#turns, slot) !== turn) {
      throw new Error(`expected a picture that was just handed over, got turn ${turn} of slot ${slot}`)
    }
    return new LentPicture(this.#turns, memory, handed)
  }
}

/** A picture that can be looked at until it is given back. */
export class LentPicture {
  readonly stamp: number
  readonly #turns: Int32Array
  readonly #memory: SlotMemory
  readonly #handed: HandedPicture
  #copy: Rgbd | undefined

  constructor(turns: Int32Array, memory: SlotMemory, handed: HandedPicture) {
    this.stamp = handed.stamp
    this.#turns = turns
    this.#memory = memory
    this.#handed = handed
  }

  /**
   * A copy, made when this is first read, and the same ever after. Throws an Error when it was given back before anybody
   * looked.
   */
  get rgbd(): Rgbd {
    this.#copy ??= this.#copied()
    return this.#copy
  }

  /** The writer may write over it. Said twice it means the same. */
  giveBack(): void {
    const { slot, turn } = this.#handed
    Atomics.compareExchange(this.#turns, slot, turn, turn + 1)
  }

  #copied(): Rgbd {
    const { slot, turn, intrinsics } = this.#handed
    if (Atomics.load(this.#turns, slot) !== turn) {
      throw new Error(
        `the picture of ${this.stamp.toFixed(3)} s is no longer kept: look at an observation's rgbd before newer pictures come`,
      )
    }
    // Of a view, not of its buffer: a copy in memory of this thread's own.
    return {
      intrinsics,
      rgb: new Uint8Array(new Uint8Array(this.#memory.rgb)),
      depth: new Float32Array(new Float32Array(this.#memory.depth)),
    }
  }
}
