// A real robot is armed by nobody who has not been asked whether they mean it, wherever they press.
import { confirmThen } from './controls/question.tsx'
import { store, tell } from './studio.ts'

export const isReal = (): boolean => store.session.value?.robot.kind === 'ros'

/** What releases a stop arms the robot, too. */
export function askToArm(): void {
  // As they are when it is asked: who says stop while the question stands means it.
  const halts = store.session.value?.governor.halts ?? 0
  confirmThen(
    'Arm the robot? From then on commands move it. Keep people and hands out of its reach, and the stop in yours.',
    'Arm the robot',
    () => void tell('rearm', { halts }),
  )
}
