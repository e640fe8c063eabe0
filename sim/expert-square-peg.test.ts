import { tryExpert } from './expert-trials.ts'

tryExpert('square-peg')
