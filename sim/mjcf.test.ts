// What MuJoCo itself made of the model: a wrong attribute is refused, but a forgotten one silently takes its default.
import loadMujoco from '@mujoco/mujoco'
import { afterAll, describe, expect, it } from 'vitest'
import { MM } from './guided-insertion.ts'
import { DEFAULT_HAND } from './hand.ts'
import { buildMjcf, TIMESTEP, toWxyz } from './mjcf.ts'
import { findTask, TASKS } from './tasks/index.ts'

const mujoco = await loadMujoco()

describe.each(Object.keys(TASKS))('the model of the %s', (name) => {
  const task = findTask(name)
  const fit = { clearance: 0.05 * MM, chamfer: 0.5 * MM }
  const model = mujoco.MjModel.from_xml_string(buildMjcf(task, fit, DEFAULT_HAND))
  const options = model.opt
  afterAll(() => {
    options.delete()
    model.delete()
  })

  it('has the solver settings that were found by experiment', () => {
    const { timestep, iterations, tolerance, ccd_tolerance, impratio, noslip_iterations } = options
    expect({ timestep, iterations, tolerance, ccd_tolerance, impratio, noslip_iterations }).toEqual({
      timestep: 1e-4,
      iterations: 100,
      tolerance: 1e-10,
      ccd_tolerance: 1e-9,
      impratio: 10,
      noslip_iterations: 3,
    })
    expect(options.cone).toBe(mujoco.mjtCone.mjCONE_ELLIPTIC.value)
    expect(options.solver).toBe(mujoco.mjtSolver.mjSOL_NEWTON.value)
    expect(options.integrator).toBe(mujoco.mjtIntegrator.mjINT_IMPLICITFAST.value)
    expect(TIMESTEP).toBe(1e-4)
  })

  it('gives every solid the stiff contact, its friction and no margin', () => {
    const count = task.source(fit).length + task.target(fit).length
    expect(model.ngeom).toBe(count)
    for (let i = 0; i < count; i++) {
      // solref must not fall under four time steps: 4 · 1e-4 s.
      expect([...model.geom_solref.slice(2 * i, 2 * i + 2)]).toEqual([4e-4, 1])
      expect([...model.geom_solimp.slice(5 * i, 5 * i + 5)]).toEqual([0.99, 0.99, 1e-6, 0.5, 2])
      expect([...model.geom_friction.slice(3 * i, 3 * i + 3)]).toEqual([0.3, 0.005, 0.0001])
      expect([model.geom_margin[i], model.geom_condim[i]]).toEqual([0, 3])
    }
  })

  it('lets solids meet by their roles: fit and fit, lead and lead, a stop and everything', () => {
    const roles = [...task.target(fit), ...task.source(fit)].map(({ role }) => role)
    const bits = { fit: 1, lead: 2, stop: 3 }
    expect([...model.geom_contype]).toEqual(roles.map((role) => bits[role]))
    expect([...model.geom_conaffinity]).toEqual([...model.geom_contype])
  })

  it('has one free body of the hand’s mass and inertia at its centre of compliance, which gravity spares', () => {
    // Bodies: world, target, source. Only the source moves: 3 + 4 coordinates of one free joint.
    expect([model.nbody, model.nq, model.nv, model.nmocap]).toEqual([3, 7, 6, 1])
    expect(model.body_mass[2]).toBe(0.5)
    expect([...model.body_inertia.slice(6, 9)]).toEqual([1e-3, 1e-3, 1e-3])
    expect([...model.body_ipos.slice(6, 9)]).toEqual([0, 0, 0.01])
    expect(model.body_gravcomp[2]).toBe(1)
  })
})

describe('MuJoCo’s order of a quaternion', () => {
  it('has w first', () => {
    expect(toWxyz([0.1, 0.2, 0.3, 0.9])).toEqual([0.9, 0.1, 0.2, 0.3])
  })
})
