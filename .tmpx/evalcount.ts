import { loadPolicy } from '../policy/index.ts'
import { createWorld, runEpisode } from '../cli/run-episode.ts'
import { Governor } from '../control/index.ts'
const [ckpt, n, noise='tracker', mm='0.1', split='id'] = process.argv.slice(2)
const conditions:any={task:'square-peg',clearanceMm:Number(mm),chamferMm:.5,split,noise,seed:0}
const world=await createWorld(conditions)
const predictor=(await loadPolicy(ckpt!,{} as any)).predictor
const counts=new Map<string,number>(); let cmds=0
const orig=Governor.prototype.guard
let cur:any; const sample=new Map<string,string>()
;(Governor.prototype as any).guard=function(...a:any[]){const r=orig.apply(this,a as any); cmds++; for(const {kind,message} of r.interventions){counts.set(kind,(counts.get(kind)??0)+1); if(!sample.has(kind)||Math.random()<.01)sample.set(kind,message)} return r}
const out:any[]=[]
for(let i=0;i<Number(n);i++){const {result}=await runEpisode(world,{kind:'policy',predictor},conditions,i); out.push(result.seated?result.seatSeconds!.toFixed(2):result.failure)}
console.log(out.join(' ')); console.log(cmds, JSON.stringify([...counts]), JSON.stringify([...sample]))
process.exit(0)
