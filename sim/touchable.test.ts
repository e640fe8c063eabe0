import loadMujoco from '@mujoco/mujoco'
import { describe, expect, it } from 'vitest'
import { Random } from '../tensor/random.ts'
import { DEFAULT_HAND } from './hand.ts'
import { buildMjcf } from './mjcf.ts'
import { findTask, TASKS } from './tasks/index.ts'
import { Touchable } from './touchable.ts'

const mujoco = await loadMujoco()
const fit = { clearance: 1e-4, chamfer: 5e-4 }
/** No point of any task's part is farther from its origin, m. */
const REACH = 0.08

function start(name: string) {
  const model = mujoco.MjModel.from_xml_string(buildMjcf(findTask(name), fit, DEFAULT_HAND))
  const data = new mujoco.MjData(model)
  return { model, data, shown: () => (model.geom_contype as Int32Array).filter((bits) => bits !== 0).length }
}

describe.each(Object.keys(TASKS))('%s', (name) => {
  it('moves as if MuJoCo were shown everything, to the last bit, and is shown less', () => {
    const [all, few] = [start(name), start(name)]
    const touchable = new Touchable(mujoco, few.model, few.data, REACH)
    const random = new Random(3)
    const counts = { contacts: 0, shown: 0, steps: 0 }
    for (let trial = 0; trial < 6; trial++) {
      const push = Array.from({ length: 6 }, () => random.normal())
      const begin = [2e-4 * random.normal(), 2e-4 * random.normal(), 1e-4, 1, 0.005 * random.normal(), 0, 0]
      for (const { model, data } of [all, few]) {
        mujoco.mj_resetData(model, data)
        data.qpos.set(begin)
      }
      touchable.reset()
      for (const { model, data } of [all, few]) mujoco.mj_forward(model, data)
      for (let step = 0; step < 1000; step++) {
        // Down, from side to side, and turning.
        const sway = Math.sin(step / 100)
        const force = [
          3 * sway * (push[0] as number),
          3 * (push[1] as number),
          -4,
          0.02 * (push[3] as number),
          0.02 * sway,
          0,
        ]
        for (const { model, data } of [all, few]) {
          data.qfrc_applied.set(force.map((f, i) => f - (i < 3 ? 20 : 0.002) * (data.qvel[i] as number)))
          if (data === few.data) touchable.select()
          mujoco.mj_step(model, data)
        }
        touchable.moved(few.data.qvel, 1e-4)
        counts.contacts += few.data.nefc > 0 ? 1 : 0
        counts.shown += few.shown()
        counts.steps++
      }
      expect([...few.data.qpos]).toEqual([...all.data.qpos])
      expect([...few.data.qvel]).toEqual([...all.data.qvel])
    }
    expect(counts.contacts).toBeGreaterThan(500)
    expect(counts.shown / counts.steps).toBeLessThan(0.6 * all.shown())
    for (const { model, data } of [all, few]) {
      data.delete()
      model.delete()
    }
  })
})
