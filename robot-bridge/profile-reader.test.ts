import { expect, test } from 'vitest'
import { axisAngleToQuat, makePose } from '../geometry/index.ts'
import { loadProfile } from './load-profile.ts'
import { encodeTFMessage, encodeWrenchStamped } from './messages.ts'
import { ProfileReader } from './profile-reader.ts'

const franka = await loadProfile('franka-cartesian-impedance')

test('Franka tells what its arm exerts: force and torque on the part are the opposite, at the end effector', () => {
  const reader = new ProfileReader(franka)
  // panda_K is 0.1 m further along z, and turned by half a turn about it.
  const pose = makePose([0, 0, 0.1], axisAngleToQuat([0, 0, 1], Math.PI))
  reader.takeTransforms('/tf', encodeTFMessage([{ stamp: 1, frame: 'panda_EE', childFrame: 'panda_K', pose }], 1))
  const wrench = { force: [10, 0, 5], torque: [0, 1, 2] } as const
  const message = encodeWrenchStamped(
    { stamp: 1, frame: 'panda_K', wrench: { force: [...wrench.force], torque: [...wrench.torque] } },
    1,
  )
  // On the part, in K: [−10, 0, −5] N and [0, −1, −2] N·m; turned: [10, 0, −5] and [0, 1, −2]. At the end effector
  // [0, 0, 0.1] × [10, 0, −5] = [0, 1, 0] N·m more.
  const told = reader.wrench(message)?.wrench
  const expected = { force: [10, 0, -5], torque: [0, 2, -2] } as const
  for (const name of ['force', 'torque'] as const) {
    for (const i of [0, 1, 2] as const) expect(told?.[name][i], `${name} ${i}`).toBeCloseTo(expected[name][i], 9)
  }
})
