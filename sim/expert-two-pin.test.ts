import { tryExpert } from './expert-trials.ts'

tryExpert('two-pin')
