// Draws the stage in headless Chromium and keeps what it looks like: `node viewer/page/stage/dev/shoot.mjs FOLDER`. Not shipped.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'

const folder = process.argv[2] ?? 'runs/stage'
const only = process.argv[3]
await mkdir(folder, { recursive: true })
const bundle = join(folder, 'trial-page.js')
await build({
  entryPoints: [join(import.meta.dirname, 'trial-page.ts')],
  bundle: true,
  format: 'iife',
  outfile: bundle,
  logLevel: 'error',
  minify: true,
})
const html = join(folder, 'trial.html')
await writeFile(
  html,
  `<!doctype html><style>body{margin:0;display:flex}#stage{width:1280px;height:720px}
canvas[data-inset]{display:block;width:320px}</style><div id="stage"></div><div id="insets"></div>
<script>for (const name of ['front-rgb','front-depth','crop','wrist']) {
  const canvas = document.createElement('canvas'); canvas.dataset.inset = name
  document.querySelector('#insets').append(canvas) }</script><script src="trial-page.js"></script>`,
)
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
})
const page = await browser.newPage({ viewport: { width: 1600, height: 960 } })
page.on('console', (message) => process.stdout.write(`page: ${message.text()}\n`))
page.on('pageerror', (error) => process.stdout.write(`page error: ${error.stack}\n`))
await page.goto(`file://${join(process.cwd(), html)}`)

const shots = {
  usual: `stage.show({task:'round-peg',clearanceMm:0.5,chamferMm:0.5,seed:1})`,
  ...Object.fromEntries(
    ['round-peg', 'square-peg', 'two-pin', 'hex-bolt', 'keyed-e', 'usb-c'].map((task) => [
      `cut-${task}`,
      `stage.show({task:'${task}',clearanceMm:0.5,chamferMm:0.5,seed:1});
       stage.setOptions({cutAway:true, frames:false, trail: false, demonstrations:false});
       stage.look('close'); stage.place(stateAt(makePose([0.0001,0,-findTask('${task}').depth*0.6]), 1, true))`,
    ]),
  ),
  live: `stage.show({task:'square-peg',clearanceMm:0.5,chamferMm:0.5,seed:1}); stage.look('front');
    stage.setOptions({cutAway:true, frames:true, trail:true, demonstrations:true, theme:'dark'});
    stage.setDemonstrations(demonstrations(0.02));
    for (let i = 0; i < 200; i++) stage.place(stateAt(approach(i/360, 0.02), i/60));
    stage.setPlan({stamp: 3.4, interval: 0.1, poses: Array.from({length:20}, (_, i) => approach(0.56+i*0.02, 0.02))});
    stage.setOptions({}); for (const [n, c] of Object.entries(insets)) stage.setInset(n, c)`,
  replay: `stage.setOptions({theme:'light', demonstrations:true, frames:false, cutAway:false});
    stage.replay(trackOf('keyed-e'), 4.3); stage.look('side')`,
  'replay-close': `stage.setOptions({cutAway:true}); stage.replay(trackOf('usb-c'), 5.5); stage.look('close')`,
  top: `stage.replay(undefined); stage.look('top')`,
}
for (const [name, script] of Object.entries(shots)) {
  await page.evaluate(script)
  await page.waitForTimeout(1500)
  if (!only || name.startsWith(only)) await page.screenshot({ path: join(folder, `${name}.png`) })
}

await browser.close()
