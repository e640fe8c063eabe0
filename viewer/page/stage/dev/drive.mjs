// Drives the stage with real keys, a real mouse, a pretended gamepad and a pretended SpaceMouse, and says what came of it:
// `npx tsx viewer/page/stage/dev/drive.mjs FOLDER`, after shoot.mjs. Not shipped.
import assert from 'node:assert/strict'
import { join, resolve } from 'node:path'
import { chromium } from 'playwright-core'
import { compose, makePose, rotationVectorToQuat } from '../../../../geometry/index.ts'
import { TIP_BELOW_HAND } from '../../../../sim/scenario.ts'
import { findTask } from '../../../../sim/tasks/index.ts'
import { makePolicyPictures } from '../policy-pictures.ts'

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
})
const page = await browser.newPage({ viewport: { width: 1600, height: 960 } })
await page.addInitScript(`
  globalThis.pad = null
  navigator.getGamepads = () => [pad]
  globalThis.knob = Object.assign(new EventTarget(), { opened: true, vendorId: 0x256f, collections: [{ usagePage: 1, usage: 8 }], open: async () => {}, close: async () => {} })
  Object.defineProperty(navigator, 'hid', { value: Object.assign(new EventTarget(), { getDevices: async () => [], requestDevice: async () => [knob] }) })
`)
page.on('pageerror', (error) => process.stdout.write(`page error: ${error.stack}\n`))
await page.goto(`file://${join(resolve(process.argv[2] ?? 'runs/stage'), 'trial.html')}`)
await page.evaluate(`stage.show({task:'usb-c',clearanceMm:0.5,chamferMm:0.5,seed:1})`)
await page.waitForTimeout(1000)
await page.evaluate(`teleop.start((twist) => twists.push({ ...twist, at: performance.now() }))`)
const during = async (act, done = async () => {}) => {
  await page.evaluate('twists.length = 0')
  await act()
  await page.waitForTimeout(500)
  const twists = await page.evaluate('twists')
  await done()
  await page.waitForTimeout(300)
  return { twists, last: twists.at(-1), rest: await page.evaluate('twists.at(-1)') }
}
const size = (v) => Math.hypot(...v)
const report = (name, value) => process.stdout.write(`${name}: ${JSON.stringify(value)}\n`)

const key = await during(
  () => page.keyboard.down('ArrowRight'),
  () => page.keyboard.up('ArrowRight'),
)
report('arrow right', key.last)
assert(Math.abs(size(key.last.linear) - 0.05) < 1e-9)
assert.equal(size(key.rest.linear), 0)
report('twists in half a second', key.twists.length)

const blurred = await during(async () => {
  await page.keyboard.down('ArrowUp')
  await page.waitForTimeout(100)
  await page.evaluate(`dispatchEvent(new Event('blur'))`)
})
assert.equal(size(blurred.last.linear), 0)
await page.keyboard.up('ArrowUp')

const before = await page.evaluate('stage.axes')
await page.mouse.move(500, 300)
await page.keyboard.down('Alt')
await page.mouse.down()
const drag = await during(async () => {
  for (let i = 1; i <= 10; i++) await page.mouse.move(500 + 4 * i, 300)
})
await page.mouse.up()
await page.keyboard.up('Alt')
const moved = drag.twists.filter(({ linear }) => size(linear) > 0)
report('Alt + drag, ticks that move', moved.length)
assert(moved.length > 0)
assert.deepEqual(await page.evaluate('stage.axes'), before)

await page.mouse.move(500, 300)
await page.mouse.down()
const orbit = await during(async () => {
  for (let i = 1; i <= 10; i++) await page.mouse.move(500 + 8 * i, 300)
})
await page.mouse.up()
assert(orbit.twists.every(({ linear, angular }) => size(linear) + size(angular) === 0))
assert.notDeepEqual(await page.evaluate('stage.axes'), before)

const pad = await during(
  () =>
    page.evaluate(`globalThis.rumbles = []; pad = { connected: true, mapping: 'standard', axes: [0, -1, 0, 0],
      buttons: Array.from({ length: 17 }, () => ({ value: 0, pressed: false })),
      vibrationActuator: { playEffect: async (kind, how) => { rumbles.push(how) } } }; teleop.feel(12)`),
  () => page.evaluate('pad = null'),
)
report('left stick away', pad.last)
assert(Math.abs(size(pad.last.linear) - 0.05) < 1e-9)
report('rumble', await page.evaluate('rumbles'))
report('devices', await page.evaluate('teleop.devices'))

assert.equal(await page.evaluate('teleop.connectSpaceMouse()'), true)
const knob = await during(() =>
  page.evaluate(`(() => { const send = () => knob.dispatchEvent(Object.assign(new Event('inputreport'), { device: knob, reportId: 1,
    data: new DataView(Uint8Array.from([0, 0, 0, 0, 0xa2, 0xfe]).buffer) })); const timer = setInterval(send, 16)
    setTimeout(() => clearInterval(timer), 500) })()`),
)
report('knob lifted', knob.last)
await page.waitForTimeout(700)
assert.equal(size(await page.evaluate('twists.at(-1).linear')), 0, 'a silent knob moves nothing')
report('devices', await page.evaluate('teleop.devices'))

const targetInBase = makePose([0.51, -0.01, 0.1], rotationVectorToQuat([0, 0, 0.15]))
const sourceInTarget = await page.evaluate('approach(0.3, 0.0065)')
const sourceInBase = compose(targetInBase, sourceInTarget)
const state = {
  sourceInBase,
  targetInBase,
  eeInBase: compose(sourceInBase, makePose([0, 0, TIP_BELOW_HAND], [1, 0, 0, 0])),
  trackedSourceInTarget: sourceInTarget,
}
const fit = { clearance: 5e-4, chamfer: 5e-4 }
const here = makePolicyPictures({ task: findTask('usb-c'), fit }, 1).crop(state, 1)
assert.deepEqual(await page.evaluate('cropBytes()'), [...here.rgb])
report('the crop has the same bytes in Chromium and in Node', here.rgb.length)

const kept = await page.evaluate(`(async () => {
  const names = ['square-peg', 'two-pin', 'usb-c', 'hex-bolt']
  const turn = async () => { for (const task of names) { stage.show({ task, clearanceMm: 0.5, chamferMm: 0.5, seed: 1 })
    stage.setDemonstrations(demonstrations(0.02)); stage.replay(trackOf(task), 3); await new Promise((r) => setTimeout(r, 400)); stage.replay(undefined) } }
  await turn()
  let buffers = 0, textures = 0, made = 0
  const count = (name, by) => { const f = WebGL2RenderingContext.prototype[name]
    WebGL2RenderingContext.prototype[name] = function (...a) { by(); return f.apply(this, a) } }
  count('createBuffer', () => { buffers++; made++ }); count('deleteBuffer', () => buffers--)
  count('createTexture', () => textures++); count('deleteTexture', () => textures--)
  await turn(); const once = { buffers, textures }; await turn(); await turn()
  return { once, thrice: { buffers, textures }, made } })()`)
report('kept on the card after four more tasks, and after twelve', kept)

await page.evaluate(
  `globalThis.gl = document.querySelector('#stage canvas').getContext('webgl2').getExtension('WEBGL_lose_context'); gl.loseContext()`,
)
await page.waitForTimeout(300)
report('context lost', await page.evaluate(`document.querySelector('.stage-notice').textContent`))
await page.evaluate(`gl.restoreContext()`)
await page.waitForTimeout(1000)
assert.equal(await page.evaluate(`document.querySelector('.stage-notice').textContent`), '')
await page.screenshot({ path: join(resolve(process.argv[2] ?? 'runs/stage'), 'restored.png') })
await page.evaluate(`stage.dispose(); teleop.dispose()`)
assert.equal(await page.evaluate(`document.querySelectorAll('#stage *').length`), 0)
await browser.close()
