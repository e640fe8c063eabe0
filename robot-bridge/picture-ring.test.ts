import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { type HandedPicture, makeTurns, PictureReader, PictureWriter } from './picture-ring.ts'

const intrinsics = { width: 4, height: 2, fx: 4, fy: 4, cx: 1.5, cy: 0.5 }
const PIXELS = 8

function ring(slots: number) {
  const turns = makeTurns(slots)
  const writer = new PictureWriter(turns)
  const reader = new PictureReader(turns)
  /** All of one shade; what crosses between the threads is copied. */
  const handOver = (shade: number, pixels = PIXELS): HandedPicture => {
    const room = writer.room()
    if (!room) throw new Error('expected room')
    room.rgb(3 * pixels).fill(shade)
    room.depth(pixels).fill(shade)
    return structuredClone(room.handOver(shade, intrinsics))
  }
  return { turns, writer, reader, handOver, lend: (shade: number) => reader.take(handOver(shade)) }
}

const picture = (shade: number, pixels = PIXELS) => ({
  intrinsics,
  rgb: new Uint8Array(3 * pixels).fill(shade),
  depth: new Float32Array(pixels).fill(shade),
})

test('a picture is read as it was written, out of memory of the reader’s own', () => {
  const { lend } = ring(2)
  const lent = lend(7)
  expect(lent.stamp).toBe(7)
  expect(lent.rgbd).toEqual(picture(7))
  expect(lent.rgbd.rgb.buffer).toBeInstanceOf(ArrayBuffer)
  expect(lent.rgbd.depth.buffer).toBeInstanceOf(ArrayBuffer)
  expect(lent.rgbd).toBe(lent.rgbd)
})

test('what was read stays as it was, though its slot is written over', () => {
  const { lend } = ring(1)
  const first = lend(1)
  const { rgbd } = first
  first.giveBack()
  const second = lend(2)
  expect(second.rgbd).toEqual(picture(2))
  expect(rgbd).toEqual(picture(1))
  expect(first.rgbd).toBe(rgbd)
})

test('a picture that nobody reads is not copied', () => {
  const { reader, handOver } = ring(1)
  const handed = handOver(1)
  let touched = 0
  const { rgb, depth } = handed.memory as NonNullable<HandedPicture['memory']>
  const memory = {
    get rgb() {
      touched++
      return rgb
    },
    depth,
  }
  const lent = reader.take({ ...handed, memory })
  lent.giveBack()
  reader.take(handOver(2)).giveBack()
  expect(touched).toBe(0)
  expect(reader.take(handOver(3)).rgbd).toEqual(picture(3))
  expect(touched).toBe(1)
})

test('as long as the reader has them all there is no room; each that is given back makes room for one', () => {
  const { writer, lend } = ring(2)
  const [first, second] = [lend(1), lend(2)]
  expect(writer.room()).toBeUndefined()
  second?.giveBack()
  second?.giveBack()
  expect(lend(3).rgbd).toEqual(picture(3))
  expect(writer.room()).toBeUndefined()
  // Of a slot that has been handed over again it is not the reader’s to give.
  second?.giveBack()
  expect(writer.room()).toBeUndefined()
  expect(first?.rgbd).toEqual(picture(1))
})

test('who asks for the first time after it was given back is refused, whatever the slot holds by then', () => {
  const { lend } = ring(1)
  const late = lend(1.5)
  late.giveBack()
  const refusal = "the picture of 1.500 s is no longer kept: look at an observation's rgbd before newer pictures come"
  expect(() => late.rgbd).toThrow(refusal)
  const next = lend(2)
  expect(() => late.rgbd).toThrow('no longer kept')
  next.giveBack()
  expect(() => late.rgbd).toThrow('no longer kept')
})

test('no picture that is held is written over, in whatever order they are given back', () => {
  const { writer, lend } = ring(6)
  const held: { shade: number; lent: ReturnType<typeof lend> }[] = []
  let random = 1
  for (let shade = 0; shade < 256; shade++) {
    if (!writer.room() || held.length === 5) {
      random = (random * 7919) % 104729
      const [gone] = held.splice(random % held.length, 1)
      // Read at the last moment, after everything that came since.
      expect(gone?.lent.rgbd).toEqual(picture(gone?.shade ?? -1))
      gone?.lent.giveBack()
    }
    held.push({ shade, lent: lend(shade) })
  }
  for (const { shade, lent } of held) expect(lent.rgbd).toEqual(picture(shade))
})

test('a room that was not handed over, because what came was no picture, is given again', () => {
  const { writer, handOver, reader } = ring(2)
  const room = writer.room()
  room?.rgb(24).fill(9)
  expect(writer.room()).toBe(room)
  expect(reader.take(handOver(1)).rgbd).toEqual(picture(1))
})

describe('when the size of pictures changes', () => {
  test('each has its own, and those that are held keep theirs', () => {
    const { reader, handOver } = ring(2)
    const small = reader.take(handOver(1, 8))
    const large = reader.take(handOver(2, 12))
    expect(large.rgbd).toEqual(picture(2, 12))
    expect(small.rgbd).toEqual(picture(1, 8))
    small.giveBack()
    expect(reader.take(handOver(3, 12)).rgbd).toEqual(picture(3, 12))
    large.giveBack()
    expect(reader.take(handOver(4, 8)).rgbd).toEqual(picture(4, 8))
    expect(large.rgbd).toEqual(picture(2, 12))
  })

  test('memory is made anew, and else it is what it was', () => {
    const { reader, handOver } = ring(1)
    const isNew = (pixels: number) => {
      const handed = handOver(1, pixels)
      reader.take(handed).giveBack()
      return handed.memory !== undefined
    }
    expect([8, 8, 8, 12, 12, 8, 8].map(isNew)).toEqual([true, false, false, true, false, true, false])
  })
})

test('a picture that was not handed over is not taken', () => {
  const { reader, handOver } = ring(2)
  expect(() => reader.take({ stamp: 1, intrinsics, slot: 0, turn: 1 })).toThrow('turn 1 of slot 0')
  const handed = handOver(1)
  reader.take(handed).giveBack()
  expect(() => reader.take(handed)).toThrow('turn 1 of slot 0')
})

test('between two threads at full speed, no picture is of two shades or of another one’s', async () => {
  const turns = makeTurns(6)
  const reader = new PictureReader(turns)
  const size = { width: 320, height: 240 }
  const writer = new Worker(new URL('./fake-picture-writer.mjs', import.meta.url), { workerData: { turns, ...size } })
  const held: ReturnType<PictureReader['take']>[] = []
  let looked = 0
  try {
    await new Promise<void>((resolve, reject) => {
      writer.on('error', reject)
      writer.on('message', (handed: HandedPicture) => {
        try {
          held.push(reader.take(handed))
          if (held.length <= 4) return
          // The oldest, which the writer would have come round to.
          const oldest = held.shift() as (typeof held)[0]
          const { rgb, depth } = oldest.rgbd
          const shade = oldest.stamp % 256
          expect([rgb.length, depth.length]).toEqual([3 * 320 * 240, 320 * 240])
          if (!rgb.every((value) => value === shade) || !depth.every((value) => value === oldest.stamp)) {
            throw new Error(`expected picture ${oldest.stamp} to be all of one shade, and its own`)
          }
          oldest.giveBack()
          if (++looked === 300) resolve()
        } catch (error) {
          reject(error)
        }
      })
    })
  } finally {
    await writer.terminate()
  }
  expect(looked).toBeGreaterThanOrEqual(300)
})
