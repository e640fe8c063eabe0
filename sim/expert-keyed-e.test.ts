import { tryExpert } from './expert-trials.ts'

tryExpert('keyed-e')
