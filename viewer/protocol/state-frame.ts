// The robot's state on the wire, 60 times a second: one small binary message.
//
//   byte 0      kind (STATE)
//   byte 1      mode (index into MODES)
//   byte 2      flags
//   byte 3      number of contacts
//   4           sequence, u32          counts up by one; a gap is a frame that was left out for a slow watcher
//   8           input, u32             `seq` of the last twist that moved the command
//   12          stamp, f64             s, on the robot's clock
//   20          numbers, f32           five poses (position, quaternion xyzw), force, torque, gate
//   …           contacts, f32          six each: where (m) and how hard (N), base frame
//
// Little endian. What is not known is NaN. Single precision is for eyes: 0.03 µm at arm's reach.
import type { Pose, Quat, Vec3 } from '../../geometry/index.ts'

/** What moves the robot. `idle`: nobody, it holds. */
export const MODES = ['idle', 'teleop', 'policy'] as const
export type Mode = (typeof MODES)[number]

export interface StateFrame {
  mode: Mode
  /** an episode is being recorded */
  recording: boolean
  /** commands reach the robot */
  armed: boolean
  /** the governor changed the last command */
  intervened: boolean
  sequence: number
  input: number
  /** s, on the robot's clock */
  stamp: number
  eeInBase: Pose
  /** where the end effector was told to go; undefined when nothing has been commanded */
  commandInBase: Pose | undefined
  sourceInBase: Pose
  targetInBase: Pose
  /** as the tracker says; in `sourceInBase` and `targetInBase` a simulator tells the truth */
  trackedSourceInTarget: Pose
  /** N and N·m, at the end effector, in its frame */
  wrench: { force: Vec3; torque: Vec3 } | undefined
  /** of the policy's last chunk: 0 lets nothing of the picture through, 1 all */
  gate: { low: number; mean: number; high: number } | undefined
  contacts: Contact[]
}

/** Base frame. */
export interface Contact {
  /** m */
  position: Vec3
  /** on the held part, N */
  force: Vec3
}

/** First byte of a binary message. */
export const STATE = 1

const HEAD = 20
const NUMBERS = 5 * 7 + 6 + 3
const FLAGS = ['recording', 'armed', 'intervened'] as const
const UNKNOWN_POSE: readonly number[] = Array(7).fill(Number.NaN)
/** More are left out. */
export const MOST_CONTACTS = 32

export function encodeState(frame: StateFrame): Uint8Array<ArrayBuffer> {
  const contacts = frame.contacts.slice(0, MOST_CONTACTS)
  const numbers = [
    ...poseNumbers(frame.eeInBase),
    ...poseNumbers(frame.commandInBase),
    ...poseNumbers(frame.sourceInBase),
    ...poseNumbers(frame.targetInBase),
    ...poseNumbers(frame.trackedSourceInTarget),
    ...(frame.wrench ? [...frame.wrench.force, ...frame.wrench.torque] : UNKNOWN_POSE.slice(0, 6)),
    ...(frame.gate ? [frame.gate.low, frame.gate.mean, frame.gate.high] : UNKNOWN_POSE.slice(0, 3)),
    ...contacts.flatMap(({ position, force }) => [...position, ...force]),
  ]
  const bytes = new Uint8Array(HEAD + 4 * numbers.length)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, STATE)
  view.setUint8(1, MODES.indexOf(frame.mode))
  view.setUint8(
    2,
    FLAGS.reduce((bits, flag, i) => bits | (frame[flag] ? 1 << i : 0), 0),
  )
  view.setUint8(3, contacts.length)
  view.setUint32(4, frame.sequence, true)
  view.setUint32(8, frame.input, true)
  view.setFloat64(12, frame.stamp, true)
  for (const [i, value] of numbers.entries()) view.setFloat32(HEAD + 4 * i, value, true)
  return bytes
}

/** Throws a RangeError for bytes that are no state. */
export function decodeState(bytes: Uint8Array): StateFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const expected = bytes.length > 3 ? HEAD + 4 * (NUMBERS + 6 * view.getUint8(3)) : HEAD
  const mode = bytes.length > 1 ? MODES[view.getUint8(1)] : undefined
  if (bytes.length !== expected || view.getUint8(0) !== STATE || !mode) {
    throw new RangeError(`expected a state of ${expected} bytes, got ${bytes.length} that begin with ${bytes[0]}`)
  }
  let at = HEAD
  const next = () => {
    at += 4
    return view.getFloat32(at - 4, true)
  }
  const next3 = (): Vec3 => [next(), next(), next()]
  const next4 = (): Quat => [next(), next(), next(), next()]
  const pose = (): Pose => ({ position: next3(), orientation: next4() })
  const flags = view.getUint8(2)
  const [eeInBase, commandInBase, sourceInBase, targetInBase, trackedSourceInTarget] = [
    pose(),
    pose(),
    pose(),
    pose(),
    pose(),
  ]
  const [force, torque, gate] = [next3(), next3(), next3()]
  return {
    mode,
    recording: (flags & 1) !== 0,
    armed: (flags & 2) !== 0,
    intervened: (flags & 4) !== 0,
    sequence: view.getUint32(4, true),
    input: view.getUint32(8, true),
    stamp: view.getFloat64(12, true),
    eeInBase,
    commandInBase: Number.isNaN(commandInBase.position[0]) ? undefined : commandInBase,
    sourceInBase,
    targetInBase,
    trackedSourceInTarget,
    wrench: Number.isNaN(force[0]) ? undefined : { force, torque },
    gate: Number.isNaN(gate[0]) ? undefined : { low: gate[0], mean: gate[1], high: gate[2] },
    contacts: Array.from({ length: view.getUint8(3) }, () => ({ position: next3(), force: next3() })),
  }
}

const poseNumbers = (pose: Pose | undefined): readonly number[] =>
  pose ? [...pose.position, ...pose.orientation] : UNKNOWN_POSE
