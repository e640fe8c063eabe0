import { tryExpert } from './expert-trials.ts'

tryExpert('hex-bolt')
