// A policy that drives: loaded into its own thread, and followed cycle by cycle until somebody or something ends it.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../cli/errors.ts'
import { clockSetBack } from '../../cli/run/clock-set-back.ts'
import { insertionFor } from '../../cli/run/insertion.ts'
import { seatedPose } from '../../cli/run/preflight.ts'
import { type Cycle, control, type Governor } from '../../control/index.ts'
import { type CheckpointConfig, loadPolicyThread, readCheckpointConfig } from '../../policy/index.ts'
import { insideFolder } from '../library/inside-folder.ts'
import { inWords } from './in-words.ts'
import type { Station } from './station.ts'

export interface PolicyDrive {
  /** it has planned, and commands */
  readonly isDriving: boolean
  /** it has been told to end */
  readonly isEnding: boolean
  /** Ends it at the next cycle; `ended` follows. */
  end(why: string): void
  /** Resolves with why it ended, when the robot was told to stop. Rejects with what went wrong. */
  readonly ended: Promise<string>
}

export interface PolicyDriveOptions {
  folder: string
  /** id in the folder */
  checkpoint: string
  station: Station
  /** one that was loaded before and did not drive: taken if it is the same still, else disposed of */
  kept?: LoadedPolicy | undefined
}

export interface LoadedPolicy {
  info: CheckpointConfig
  predictor: Awaited<ReturnType<typeof loadPolicyThread>>['predictor']
  /** folder of its checkpoint, and when its network was written, ms */
  path: string
  written: number
}

/** Loads it. Throws a UserError for a checkpoint that does not fit what it should drive. */
export async function loadPolicyFor({ folder, checkpoint, station, kept }: PolicyDriveOptions): Promise<LoadedPolicy> {
  return inWords(async () => {
    const path = await insideFolder(folder, checkpoint)
    const info = await readCheckpointConfig(path)
    const { task } = station.setup
    if (info.task !== task) {
      throw new UserError(
        `${checkpoint} is a policy for ${info.task}, and the robot holds the part of ${task}: choose another checkpoint, or ` +
          (station.isStreamed ? `start the studio with --task ${info.task}` : `set up ${info.task}`),
      )
    }
    if (info.config.model.image && !station.hasPictures) {
      throw new UserError(
        `${checkpoint} needs pictures with depth, and none has come from this robot: start its camera`,
      )
    }
    const { mtimeMs: written } = await stat(join(path, 'policy.onnx'))
    if (kept?.path === path && kept.written === written) return kept
    await kept?.predictor.dispose()
    const { predictor } = await loadPolicyThread(path, { threads: 1 })
    return { info, predictor, path, written }
  })
}

/** Begins to drive; `see` is called with each cycle. */
export function drivePolicy(
  { info, predictor }: LoadedPolicy,
  station: Station,
  governor: Governor,
  see: (cycle: Cycle) => void,
): PolicyDrive {
  let isDriving = false
  let why: string | undefined
  const { robot, commandInterval, policySeed: seed } = station
  const run = async (): Promise<string> => {
    const cycles = control({
      robot,
      clock: robot,
      predictor,
      governor,
      seed,
      planning: 'ahead',
      commandInterval,
      insertion: insertionFor(seatedPose(info), {}, fitOf(station), station.limits),
      planned: async () => {
        isDriving = true
      },
    })
    try {
      if (why === undefined) {
        let last: number | undefined
        for await (const cycle of cycles) {
          why ??= clockSetBack(cycle.time - (last ?? cycle.time))
          last = cycle.time
          see(cycle)
          if (why !== undefined) break
        }
      }
      return why ?? 'the controller ended by itself'
    } catch (error) {
      // The thread was ended before it had planned.
      if (why !== undefined && !isDriving) return why
      throw error
    } finally {
      isDriving = false
      await predictor.dispose()
    }
  }
  const ended = run()
  return {
    ended,
    get isDriving() {
      return isDriving
    },
    get isEnding() {
      return why !== undefined
    },
    end(reason) {
      why ??= reason
      if (!isDriving) void predictor.dispose()
    },
  }
}

const fitOf = ({ setup }: { setup: Station['setup'] }) => ({
  clearance: setup.clearanceMm / 1e3,
  chamfer: setup.chamferMm / 1e3,
})
