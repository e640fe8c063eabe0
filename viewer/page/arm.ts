// A real robot is armed by nobody who has not been asked whether they mean it, wherever they press.
import { confirmThen } from './controls/question.tsx'
import { store, tell } from './studio.ts'

export const isReal = (): boolean => store.session.value?.robot.kind === 'ros'

/** What releases a stop arms the robot, too. */
export function askToArm(): void {
  confirmThen(
    'Arm the robot? From then on commands move it. Keep people and hands out of its reach, and the stop in yours.',
    'Arm the robot',
    () => void tell('rearm', {}),
  )
}
