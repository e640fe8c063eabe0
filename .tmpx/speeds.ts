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
;(Governor.prototype as any).guard=function(...a:any[]){const r=orig.apply(this,a as any); cmds++; {const q=r.eeInBase.position; if(lastp&&Math.hypot(q[0]-lastp[0],q[1]-lastp[1],q[2]-lastp[2])<.01) {sp.push(Math.hypot(q[0]-lastp[0],q[1]-lastp[1],q[2]-lastp[2])*60e3); zs.push((q[2]-lastp[2])*60e3)}; lastp=q} for(const {kind,message} of r.interventions){counts.set(kind,(counts.get(kind)??0)+1); if(!sample.has(kind)||Math.random()<.01)sample.set(kind,message)} return r}
const sp:number[]=[];const zs:number[]=[];let lastp:any,lastz:any;
const out:any[]=[]
for(let i=0;i<Number(n);i++){const {result}=await runEpisode(world,{kind:'policy',predictor},conditions,i); out.push(result.seated?result.seatSeconds!.toFixed(2):result.failure)}
console.log(out.join(' ')); console.log(cmds, JSON.stringify([...counts]), JSON.stringify([...sample]))
const lo=sp.map((s,i)=>[s,zs[i]!]).filter(([s])=>s!<10.5&&s!>5); console.log("n",lo.length,"mean speed",lo.reduce((a,[s])=>a+s!,0)/lo.length,"mean vz",lo.reduce((a,[,z])=>a+z!,0)/lo.length); const h=new Array(22).fill(0); for(const s of sp)h[Math.min(21,Math.floor(s/.5))]++; console.log(h.join(" ")); process.exit(0)
