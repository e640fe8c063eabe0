// For tests of jobs: speaks as `tenon train` does, and starts in a moment. `node fake-tenon.mjs steps|deaf|failing <steps>`
import { writeSync } from 'node:fs'

const [manner, steps] = process.argv.slice(2)
const say = (line) => writeSync(2, `${line}\n`)

if (manner === 'failing') {
  say('reading the data')
  say('error: nowhere: expected a dataset, found nothing')
  process.exit(1)
}

let step = 0
process.on('SIGINT', () => {
  if (manner === 'deaf') return
  say(`stopped at step ${step} of ${steps}; go on with: tenon train --resume`)
  say('next: tenon train --resume')
  process.exit(130)
})
say('loading 1/2 · 1 s left')
setInterval(() => {
  step += 1
  say(`training ${step}/${steps} · 5 s left · loss ${(1 / step).toFixed(3)}`)
  if (step >= Number(steps)) {
    say('trained')
    process.exit(0)
  }
}, 10)
