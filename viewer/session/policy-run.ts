// The policy that drives, from the moment at which somebody asks for it: it is loaded, it drives, it ends.
//
//   run ──loads──► ready? ──► drives ──► ended
//             end: it does not begin     end: at the next cycle
import { UserError } from '../../cli/errors.ts'
import type { Cycle, Governor } from '../../control/index.ts'
import type { CheckpointConfig } from '../../policy/index.ts'
import type { LogLine } from '../protocol/session.ts'
import { drivePolicy, type LoadedPolicy, loadPolicyFor, type PolicyDrive } from './policy-drive.ts'
import type { Station } from './station.ts'

/** Of whoever has a policy run. */
export interface PolicyWatcher {
  /** It is being loaded. */
  loading(): void
  /** It is loaded; throws what keeps it from driving. */
  ready(info: CheckpointConfig): Promise<void>
  begun(): void
  cycle(cycle: Cycle, poseInterval: number): void
  ended(level: LogLine['level'], why: string): Promise<void>
}

interface Driving {
  name: string
  /** undefined while it is loaded */
  drive?: PolicyDrive
  /** why it is to end, said while it was loaded */
  why?: string
  over: Promise<void>
}

export class PolicyRun {
  readonly #folder: string
  readonly #station: Station
  #now: Driving | undefined
  #last: string | null = null
  /** loaded, and kept from driving by an arm that was lost meanwhile perhaps: the next try begins at once */
  #kept: LoadedPolicy | undefined

  constructor(folder: string, station: Station) {
    this.#folder = folder
    this.#station = station
  }

  /** of the one that drives, else of the one that drove last */
  get name(): string | null {
    return this.#now?.name ?? this.#last
  }

  /** of the one that drives, or is loaded to drive */
  get driving(): string | undefined {
    return this.#now?.name
  }

  /** it has been asked for, and does not drive yet */
  get isLoading(): boolean {
    return this.#now !== undefined && this.#now.drive === undefined
  }

  /** it has planned, and commands */
  get commands(): boolean {
    return this.#now?.drive?.isDriving ?? false
  }

  /** it drives, and is about to stop the robot because it was told to end */
  get isEnding(): boolean {
    return this.#now?.drive?.isEnding ?? false
  }

  /** Resolves when it has ended, if one drives. */
  get over(): Promise<void> {
    return this.#now?.over ?? Promise.resolve()
  }

  /** Throws a UserError while one drives. */
  mustBeOver(): void {
    if (this.#now) throw new UserError(`the policy ${this.#now.name} drives: stop it first`)
  }

  /** Loads it, which takes a while in which it can be told to end, and lets it drive. Throws a UserError. */
  async run(name: string, governor: () => Governor, watcher: PolicyWatcher): Promise<void> {
    const driving: Driving = { name, over: Promise.resolve() }
    this.#now = driving
    watcher.loading()
    let loaded: LoadedPolicy | undefined
    const kept = this.#kept
    this.#kept = undefined
    try {
      loaded = await loadPolicyFor({ folder: this.#folder, checkpoint: name, station: this.#station, kept })
      await watcher.ready(loaded.info)
      // Last: whatever was said before it drives counts.
      if (driving.why !== undefined) throw new UserError(`${name} did not begin: ${driving.why}`)
    } catch (error) {
      this.#now = undefined
      this.#kept = loaded
      if (!loaded) await kept?.predictor.dispose()
      throw error
    }
    this.#drive(driving, loaded, governor(), watcher)
  }

  #drive(driving: Driving, loaded: LoadedPolicy, governor: Governor, watcher: PolicyWatcher): void {
    const { poseInterval } = loaded.predictor
    const drive = drivePolicy(loaded, this.#station, governor, (cycle) => watcher.cycle(cycle, poseInterval))
    const ended = (level: LogLine['level'], why: string) => {
      this.#now = undefined
      this.#last = driving.name
      return watcher.ended(level, why)
    }
    driving.drive = drive
    driving.over = drive.ended.then(
      (why) => ended('info', why),
      (error: Error) => ended('error', error.message),
    )
    watcher.begun()
  }

  /** Ends it, if one drives or is loaded; the first reason stays. */
  end(why: string): void {
    if (!this.#now) return
    this.#now.why ??= why
    this.#now.drive?.end(why)
  }

  /** Ends what is loaded and does not drive. */
  async close(): Promise<void> {
    await this.#kept?.predictor.dispose()
    this.#kept = undefined
  }

  /** Throws a UserError when none drives. */
  async stop(why: string): Promise<void> {
    if (!this.#now) throw new UserError('no policy drives')
    this.end(why)
    await this.over
  }
}
