// Whether somebody looks at the stage for what they do: a replay that arrives late must not take it from them.
import type { RecordingState } from '../protocol/session.ts'
import type { Mode } from '../protocol/state-frame.ts'

interface Doing {
  /** they have the seat */
  drives: boolean
  mode: Mode
  recording: RecordingState['state']
  /** they cut an episode that is shown */
  trims: boolean
}

export const needsStage = ({ drives, mode, recording, trims }: Doing): boolean =>
  trims || (drives && (mode !== 'idle' || recording !== 'off'))
