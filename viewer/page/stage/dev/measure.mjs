// What the stage costs when the processor draws: `node viewer/page/stage/dev/measure.mjs FOLDER`, after shoot.mjs. Not shipped.
//
// Processor time as well as frames: on a busy machine only the former says anything.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { chromium } from 'playwright-core'

const folder = resolve(process.argv[2] ?? 'runs/stage')
const server = await chromium.launchServer({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
})
const browser = await chromium.connect(server.wsEndpoint())
const page = await browser.newPage({ viewport: { width: 1600, height: 960 } })
page.on('pageerror', (error) => process.stdout.write(`page error: ${error.stack}\n`))
await page.goto(`file://${join(folder, 'trial.html')}`)

/** ms of processor time so far, of the browser's processes. */
function used() {
  const parents = new Map()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      parents.set(pid, readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' '))
    } catch {}
  }
  const ours = (pid) => pid === String(server.process().pid) || (parents.has(pid) && ours(parents.get(pid)[1]))
  const sums = { 'gpu-process': 0, renderer: 0 }
  for (const [pid, stat] of parents) {
    if (!ours(pid)) continue
    const kind = /--type=(gpu-process|renderer)/.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.[1]
    if (kind) sums[kind] += (Number(stat[11]) + Number(stat[12])) * 10
  }
  return sums
}

async function measure(name, setup, seconds = 4) {
  await page.evaluate(setup)
  await page.waitForTimeout(700)
  const before = used()
  const { frames, shortest } = await page.evaluate(`(async () => {
    const began = performance.now(); const first = drawn.length
    await new Promise((done) => { const timer = setInterval(() => { const t = (performance.now() - began) / 1e3
      stage.place(stateAt(approach((t / ${seconds}) % 1, 0.02), 100 + t, true))
      if (t > ${seconds}) { clearInterval(timer); done() } }, 16) })
    const gaps = drawn.slice(first).map((t, i, all) => t - (all[i - 1] ?? 0)).slice(1).sort((a, b) => a - b)
    return { frames: drawn.length - first, shortest: gaps[Math.floor(gaps.length / 10)] } })()`)
  const after = used()
  const each = (kind) => ((after[kind] - before[kind]) / frames).toFixed(1)
  process.stdout.write(
    `${name}: ${(frames / seconds).toFixed(1)} frames/s, a tenth within ${shortest?.toFixed(0)} ms; ` +
      `processor ms a frame: drawing ${each('gpu-process')}, page ${each('renderer')}\n`,
  )
}

await page.evaluate(`globalThis.drawn = []; {
  const clear = WebGL2RenderingContext.prototype.clear
  WebGL2RenderingContext.prototype.clear = function (bits) { if (bits & 16384) drawn.push(performance.now()); return clear.call(this, bits) } }
  stage.show({task:'square-peg',clearanceMm:0.5,chamferMm:0.5,seed:1}); stage.look('front')`)
await measure(
  'nothing but the page',
  `stage.setOptions({cutAway:false, frames:false, trail:false, contacts:false}); 
  globalThis.draws = {}; for (const name of ['drawElements','drawArrays','drawElementsInstanced','drawArraysInstanced']) {
    draws[name] = WebGL2RenderingContext.prototype[name]; WebGL2RenderingContext.prototype[name] = () => {} }`,
)
await page.evaluate(`Object.assign(WebGL2RenderingContext.prototype, draws)`)
await measure('plain', `stage.setOptions({cutAway:false, frames:false, trail:false, contacts:false})`)
await measure('contacts and trail', `stage.setOptions({contacts:true, trail:true})`)
await measure('cut away', `stage.setOptions({contacts:false, trail:false, cutAway:true})`)
await measure(
  'everything',
  `stage.setOptions({cutAway:true, frames:true, trail:true, contacts:true}); stage.setDemonstrations(demonstrations(0.02))`,
)
await measure('with insets', `for (const [name, canvas] of Object.entries(insets)) stage.setInset(name, canvas)`, 6)
await page.waitForTimeout(1000)
const first = await page.evaluate('drawn.length')
await page.waitForTimeout(2000)
process.stdout.write(`at rest: ${(await page.evaluate('drawn.length')) - first} frames in 2 s\n`)
process.stdout.write(`insets, ms: ${await page.evaluate('JSON.stringify(insetCosts())')}\n`)
await browser.close()
await server.close()
