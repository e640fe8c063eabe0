import { tryExpert } from './expert-trials.ts'

tryExpert('round-peg')
