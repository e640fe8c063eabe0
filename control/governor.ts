// The safety governor: every command passes through it, whatever planned it and whichever robot follows.
//
// It answers each wanted end-effector pose with one that keeps every limit, and says what it changed and why. It knows
// nothing of the task but where contact is to be expected. In the order in which it decides:
//
//   1. time      a clock that stands moves nothing; one that runs back, or a long silence, begins again from rest
//   2. hold      stopped, paused, a pose that is none, news or plan too old, an object lost or jumped
//   3. contact   too much force or torque: hold, back off, wait
//   4. place     the wish is moved into reach of the end effector, the workspace and the cone
//   5. motion    speed, acceleration and jerk; and from where that leads, a stop that leaves none of the sets of 4
//
// Holding for 2 and 3 (but for a pause) brakes hard: at rest within HARD_STOP from full speed, beyond the limits of
// acceleration and jerk where it must, never beyond those of place and speed. Everything else brakes within all limits.
import { type Pose, poseDistance } from '../geometry/index.ts'
import { isValidPose } from '../perception/index.ts'
import { boxBounds, coneBound, distanceToBox, intoBox, intoCone, reachBound, tiltOf, turnReachBound } from './bounds.ts'
import { ContactHold } from './contact-hold.ts'
import { type Change, type Intervention, InterventionLog, type LogEntry } from './interventions.ts'
import { Limits } from './limits.ts'
import type { Refusal } from './motion-limits.ts'
import { type PoseBounds, PoseFollower, type PoseRates } from './pose-follower.ts'
import type { Observation, PoseCommand } from './robot.ts'
import { type GovernorState, StopLatch } from './stop-latch.ts'
import { TrackedPoses } from './tracked-poses.ts'
import { tooOld } from './watchdogs.ts'

export interface GuardRequest {
  /** end effector in the base */
  wanted: Pose
  observation: Observation
  /** the part as the controller believes it to be: says where contact is */
  sourceInTarget: Pose
  /** when the command will be sent, s */
  now: number
  /** when the newest plan was made, s; what is not planned says `now` */
  plannedAt: number
}

export interface Guarded {
  eeInBase: Pose
  /** what was changed, in the order it was decided; empty when the wish went through */
  interventions: Change[]
  /**
   * m/s and rad/s that are allowed where it is now: near contact, or while it creeps, less than elsewhere; none while the
   * force is too much and the end effector would have to go deeper to be where it is commanded to be, or is held there
   */
  speed?: number | undefined
  angularSpeed?: number | undefined
}

export const commandOf = ({ eeInBase, speed, angularSpeed }: Guarded): PoseCommand => ({
  eeInBase,
  speed,
  angularSpeed,
})

/** After a longer silence it begins again from rest, and it earns no longer step, s. */
const LONGEST_STEP = 0.1
/** A hard stop from full speed takes so long, s; from less speed less. */
export const HARD_STOP = 0.06
const REARMED: Change = { kind: 'stop', message: 'rearmed: begins anew from rest, where the end effector is seen next' }
const STANDING = { speed: 0, angularSpeed: 0 }
/** A clock's rounding, s. */
const TICK = 1e-6

export class Governor {
  readonly #limits: Limits
  readonly #latch = new StopLatch()
  readonly #log = new InterventionLog()
  readonly #tracked: TrackedPoses
  readonly #contact: ContactHold
  /** the command; undefined until there is one */
  #body: PoseFollower | undefined
  /** the next command starts from where the end effector is … */
  #restarting = false
  /** … and that must have been observed since this, when it was first called after a rearm, s */
  #restartedAt: number | undefined
  #creeping = true
  /** allowed where it moved last, or stands, m/s and rad/s */
  #allowed: { speed: number; angularSpeed: number }
  /** why a hard stop is under way */
  #halt: Change | undefined

  /** Throws a ZodError unless these are Limits. */
  constructor(limits: Limits) {
    this.#limits = Limits.parse(limits)
    const { place, turn } = this.#rates(Math.min(this.#limits.creep.speed, this.#limits.speed))
    this.#allowed = { speed: place.speed, angularSpeed: turn.speed }
    this.#tracked = new TrackedPoses(this.#limits)
    this.#contact = new ContactHold(this.#limits)
  }

  get state(): GovernorState {
    return this.#latch.state
  }

  /** How many commands each kind of intervention changed. */
  get counts(): ReadonlyMap<Intervention, number> {
    return this.#log.counts
  }

  /** When each kind of intervention began and ended: one that flickers is one. */
  get log(): readonly LogEntry[] {
    return this.#log.entries
  }

  /** Brakes within the limits and holds, until `resume`. */
  pause(): void {
    this.#latch.pause()
  }

  /**
   * Goes on from where it stands, at creep speed until the wish is near. Also lets go of what waits for a person to have
   * a look: a pose that jumped, and a retreat from too much force. Does not release a stop.
   */
  resume(): void {
    this.#latch.resume()
    this.#creeping = true
    this.#tracked.forget()
    this.#contact.release()
  }

  /**
   * Whether its answers are for nobody: it is stopped, or has not begun anew since. An arm that was moved by hand meanwhile, and
   * that is armed a moment before `rearm` is called, must not be sent to where it stood. Nor is there anything to say at first.
   */
  get isSilent(): boolean {
    return this.state === 'stopped' || this.#restarting || !this.#body
  }

  /** Brakes hard and holds, until `rearm`. `reason` names who stopped: a key, a joystick, a topic. */
  stop(reason: string): void {
    this.#latch.stop(reason)
    this.#restarting = false
  }

  /**
   * Releases a stop: once that is carried out, begins anew, at creep speed, from where the end effector is then observed.
   * A pause stays.
   */
  rearm(): void {
    if (!this.#latch.rearm()) return
    this.#restarting = true
    this.#restartedAt = undefined
  }

  /**
   * A command for `now` (s) that keeps every limit. Throws a RangeError when the first observation does not say where the
   * end effector is.
   */
  guard(request: GuardRequest): Guarded {
    const changes: Change[] = []
    const eeInBase = this.#command(request, changes)
    const interventions = merged(changes)
    this.#log.note(interventions, Number.isFinite(request.now) ? request.now : (this.#body?.time ?? 0))
    return { eeInBase, interventions, ...this.#allowed }
  }

  #command(request: GuardRequest, changes: Change[]): Pose {
    const { observation, now } = request
    const body = this.#bodyAt(observation, now, changes)
    if (!(body && Number.isFinite(now))) {
      changes.push({ kind: 'time', message: `the clock says ${now} s` })
      return body?.pose ?? observation.eeInBase
    }
    const silence = now - body.time
    if (silence < 0) {
      changes.push({ kind: 'time', message: `the clock ran back by ${(-silence).toFixed(3)} s` })
      body.rest(now)
      // What the tracker said belongs to a time that has not come yet.
      this.#tracked.forget()
    } else if (silence > LONGEST_STEP + TICK) {
      changes.push({ kind: 'time', message: `silence of ${silence.toFixed(3)} s: begins again from rest` })
      body.rest(now - LONGEST_STEP)
    }
    const cause = this.#holdCause(request) ?? (this.#restarting ? REARMED : undefined)
    const stands = cause !== undefined || body.isHalting
    if (cause) {
      changes.push(cause)
      if (cause.kind !== 'pause') this.#hold(body, now, cause)
      else this.#pause(body, request, changes)
    } else if (body.isHalting) {
      changes.push(this.#halt as Change)
      this.#hold(body, now, this.#halt as Change)
    } else this.#move(body, request, changes)
    if (stands) this.#ease(observation, changes)
    return body.pose
  }

  /** The command so far, which on the first call and after a rearm begins at the end effector. */
  #bodyAt({ eeInBase, stamp }: Observation, now: number, changes: Change[]): PoseFollower | undefined {
    if (this.#body && !this.#restarting) return this.#body
    if (!isValidPose(eeInBase)) {
      const message = 'the observation has no valid pose of the end effector: there is nothing to begin from'
      if (!this.#body) throw new RangeError(message)
      changes.push({ kind: 'invalid', message })
      return this.#body
    }
    if (!Number.isFinite(now)) return this.#body
    const isYoung = tooOld(this.#limits, { observedAt: stamp, plannedAt: now, now }) === undefined
    if (this.#body) {
      // A clock that was set back does not keep it waiting.
      this.#restartedAt = Math.min(this.#restartedAt ?? now, now)
      if (!(isYoung && stamp >= this.#restartedAt && this.#body.isAtRest)) return this.#body
    }
    // What is old says where it was: good enough to hold, not to begin from.
    this.#restarting = !isYoung
    this.#creeping = true
    this.#tracked.forget()
    this.#contact.reset()
    this.#body = new PoseFollower(eeInBase, now)
    return this.#body
  }

  #holdCause({ wanted, observation, now, plannedAt }: GuardRequest): Change | undefined {
    const tracking = this.#tracked.check(observation, now)
    const { state, reason } = this.#latch
    if (state === 'stopped') return { kind: 'stop', message: `stopped by ${reason}: rearm to go on` }
    if (state === 'paused') return { kind: 'pause', message: 'paused: resume to go on' }
    const invalid = (what: string): Change => {
      return { kind: 'invalid', message: `${what} is not finite, or its quaternion not of length 1` }
    }
    if (!isValidPose(wanted)) return invalid('the wanted pose')
    if (!isValidPose(observation.eeInBase)) return invalid('the observed pose of the end effector')
    return tooOld(this.#limits, { observedAt: observation.stamp, plannedAt, now }) ?? tracking
  }

  /** Held, an arm that is told velocities still makes up for where it lags behind, but not against too much force. */
  #ease({ wrench }: Observation, changes: Change[]): void {
    const pressed = this.#contact.excess(wrench)
    if (!pressed) return
    this.#allowed = STANDING
    if (this.state !== 'stopped') changes.push(pressed)
  }

  /** Within the limits, unless there is something else to brake for. */
  #pause(body: PoseFollower, { observation, now }: GuardRequest, changes: Change[]): void {
    const urgent =
      this.#contact.excess(observation.wrench) ??
      (this.#restarting ? REARMED : undefined) ??
      (body.isHalting ? this.#halt : undefined)
    if (urgent && !body.isAtRest) {
      changes.push(urgent)
      this.#hold(body, now, urgent)
    } else body.brake(now)
  }

  #hold(body: PoseFollower, now: number, cause: Change): void {
    this.#halt = cause
    body.halt(now, this.#rates(this.#limits.speed), HARD_STOP)
  }

  #move(body: PoseFollower, request: GuardRequest, changes: Change[]): void {
    const { wanted, observation, sourceInTarget, now } = request
    const instead = this.#contact.update(wanted, body, observation, now - body.time)
    const { workspace, tilt, contactZone, creep, speed } = this.#limits
    const pressed = instead ? undefined : this.#contact.excess(observation.wrench)
    const distance = distanceToBox(sourceInTarget.position, contactZone)
    const creepSpeed = this.#creeping ? Math.min(creep.speed, speed) : speed
    const inZone = distance === 0 && contactZone.speed < creepSpeed
    const rates = this.#rates(creepSpeed)
    if (inZone) rates.place.speed = contactZone.speed
    const isDeepEnough = instead ? instead.isAhead : pressed !== undefined
    this.#allowed = isDeepEnough ? STANDING : { speed: rates.place.speed, angularSpeed: rates.turn.speed }
    if (instead) changes.push(instead.change)
    if (instead && !instead.goal) {
      this.#hold(body, now, instead.change)
      return
    }
    const reach = pressed ? this.#noDeeper(body.pose, observation.eeInBase) : this.#limits.reach
    const goal = this.#into(instead?.goal ?? wanted, changes)
    const bounds: PoseBounds = {
      place: [...boxBounds(workspace), reachBound(observation.eeInBase.position, reach.translation)],
      turn: [...(tilt ? [coneBound(tilt)] : []), turnReachBound(observation.eeInBase.orientation, reach.rotation)],
    }
    const slow = inZone ? undefined : { distance, speed: contactZone.speed }
    const refused = body.follow(goal, now, rates, bounds, slow)
    const speedKind = inZone ? 'contact' : creepSpeed < speed ? 'creep' : 'speed'
    const turnKind = creepSpeed < speed ? 'creep' : 'speed'
    const ahead = pressed ?? this.#ahead(body.pose, observation.eeInBase)
    if (refused.place) changes.push(explain(refused.place, speedKind, LENGTH, ahead))
    if (refused.turn) changes.push(explain(refused.turn, turnKind, ANGLE, ahead))
    if (!instead) {
      this.#contact.note(body.pose)
      const left = poseDistance(body.pose, wanted)
      if (left.translation <= creep.until && left.rotation <= this.#limits.reach.rotation) this.#creeping = false
    }
  }

  /** The nearest pose in the workspace and the cone. */
  #into({ position: wanted, orientation }: Pose, changes: Change[]): Pose {
    const { workspace, tilt } = this.#limits
    const position = intoBox(wanted, workspace)
    if (position !== wanted) {
      const numbers = wanted.map((value) => value.toFixed(3)).join(', ')
      changes.push({ kind: 'workspace', message: `[${numbers}] m is outside` })
    }
    if (!tilt) return { position, orientation }
    const lean = tiltOf(tilt, orientation)
    if (lean > tilt.angle + 1e-9) {
      changes.push({ kind: 'tilt', message: `tilted by ${degrees(lean)}°, limit ${degrees(tilt.angle)}°` })
    }
    return { position, orientation: intoCone(orientation, tilt) }
  }

  /** The reach while the force is too much: what the spring is stretched by already. */
  #noDeeper(command: Pose, eeInBase: Pose): Limits['reach'] {
    const { translation, rotation } = poseDistance(eeInBase, command)
    const { reach } = this.#limits
    return {
      translation: Math.min(translation, reach.translation),
      rotation: Math.min(rotation, reach.rotation),
    }
  }

  /** What a command at the edge of the reach says of itself. */
  #ahead(command: Pose, eeInBase: Pose): Change {
    const { translation, rotation } = poseDistance(eeInBase, command)
    const { reach } = this.#limits
    const [got, most] = [{ translation, rotation }, reach].map((far) => {
      return `${(far.translation * 1e3).toFixed(1)} mm and ${degrees(far.rotation)}°`
    })
    return { kind: 'reach', message: `${got} ahead of the end effector, limit ${most}` }
  }

  /** `speed`: m/s; turning is slowed down in the same measure. */
  #rates(speed: number): PoseRates {
    const { acceleration, jerk, angularSpeed, angularAcceleration, angularJerk } = this.#limits
    return {
      place: { speed, acceleration, jerk },
      turn: {
        speed: (angularSpeed * speed) / this.#limits.speed,
        acceleration: angularAcceleration,
        jerk: angularJerk,
      },
    }
  }
}

interface Unit {
  name: string
  scale: number
  where: string
}
const LENGTH: Unit = { name: 'mm', scale: 1e3, where: 'the end effector' }
const ANGLE: Unit = { name: '°', scale: 180 / Math.PI, where: 'its orientation' }

/** `ahead`: what is said of a wish that is too far from the end effector. */
function explain(refusal: Refusal, speedKind: Intervention, { name, scale, where }: Unit, ahead: Change): Change {
  if (refusal.by === 'approach') {
    return { kind: 'acceleration', message: `${where} comes at a pace from which it can stop at the wish` }
  }
  if (refusal.by === 'bound') {
    return refusal.name === 'reach' ? ahead : { kind: refusal.name, message: `${where} brakes, to stop at the limit` }
  }
  const [got, allowed] = [refusal.got, refusal.allowed].map((value) => (value * scale).toPrecision(3))
  const per = { speed: '/s', slow: '/s', acceleration: '/s²', jerk: '/s³' }[refusal.by]
  const kind = refusal.by === 'speed' ? speedKind : refusal.by === 'slow' ? 'contact' : refusal.by
  return { kind, message: `${got} ${name}${per}, limit ${allowed} ${name}${per}` }
}

/** One change of each kind. */
function merged(changes: readonly Change[]): Change[] {
  const messages = new Map<Intervention, string>()
  for (const { kind, message } of changes) {
    const said = messages.get(kind)
    if (said !== message) messages.set(kind, said === undefined ? message : `${said}; ${message}`)
  }
  return [...messages].map(([kind, message]) => ({ kind, message }))
}

const degrees = (angle: number): string => ((angle * 180) / Math.PI).toFixed(1)
