import { loadPolicy } from '../policy/index.ts'
import { createWorld, runEpisode } from '../cli/run-episode.ts'
const [ckpt, i] = process.argv.slice(2)
const conditions:any={task:'square-peg',clearanceMm:.1,chamferMm:.5,split:'id',noise:'tracker',seed:0}
const world=await createWorld(conditions)
const predictor=(await loadPolicy(ckpt!,{} as any)).predictor
const {result,trace}=await runEpisode(world,{kind:'policy',predictor},conditions,Number(i))
console.log(JSON.stringify(result)); console.log(trace.stamps.map((s,k)=>k%6==0?s.toFixed(1)+':'+(trace.executed[k]!.position[2]*1e3).toFixed(2)+'/'+trace.forces[k]!.toFixed(1):'').filter(x=>x).join(' '))
process.exit(0)
