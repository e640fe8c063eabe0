// Drive: what the robot feels, who moves it, and the simulator's next episode.
import { CheckpointDriver } from './checkpoint-driver.tsx'
import { EpisodeSetup } from './episode-setup.tsx'
import { LiveReadOut } from './live-read-out.tsx'
import { SeatNote } from './seat-note.tsx'
import { TeleopControls } from './teleop-controls.tsx'

export function DrivePanel() {
  return (
    <>
      <SeatNote to="drive" />
      <LiveReadOut />
      <TeleopControls />
      <CheckpointDriver />
      <EpisodeSetup />
    </>
  )
}
